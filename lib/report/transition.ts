/**
 * What changed between two looks at a workspace, one short line a change:
 * whoever waits through a pipe may pay by the byte. The JSON form is one
 * object a line.
 */
import { type VerdictWord, verdictWord } from "../session/verdict.ts";
import { formatTimestamp } from "../session/timestamp.ts";
import type { SessionReport, Snapshot } from "../session/types.ts";
import { cutToWidth } from "./display.ts";
import { displayName, sanitize } from "./sanitize.ts";
import { jsonLine } from "./json.ts";

/** A session that went from one verdict to another, or appeared, or went. */
export interface Transition {
  workspace: string;
  sessionId: string;
  /** Null when the session was not there at the look before. */
  from: VerdictWord | null;
  to: VerdictWord | "vanished";
  /** What it says of it, as it came from the session; "" for nothing. */
  detail: string;
  /** When it was seen, microseconds since 1970. */
  atUs: number;
}

/** Longest line, in columns: an hour's wait on four sessions stays in 2 KB. */
const LINE_WIDTH = 56;

/** The line of a transition, without its end; times are UTC. */
export function transitionText(transition: Transition): string {
  const { sessionId, to, detail, atUs } = transition;
  const time = formatTimestamp(atUs).slice(11, 19);
  const head = `${time} ${displayName(sessionId)} ${to}`;
  const line = detail === "" ? head : `${head}: ${sanitize(detail)}`;
  // What happened to whom is never cut, only what is said of it.
  const width = Math.max(LINE_WIDTH, head.length);
  return cutToWidth(line, width).trimEnd();
}

/** The transition as a JSON object on one line, without its end. */
export function transitionJson(transition: Transition): string {
  const { workspace, sessionId, from, to, detail, atUs } = transition;
  const at = formatTimestamp(atUs);
  return jsonLine({
    type: "transition",
    workspace,
    session_id: sessionId,
    from,
    to,
    detail,
    at,
  });
}

/** What changed; without a look before, every session appears. */
export function transitions(
  before: Snapshot | null,
  after: Snapshot,
): Transition[] {
  const { workspace, takenUs: atUs } = after;
  const known = new Map(
    before?.sessions.map((report) => [report.view.sessionId, report]),
  );
  const found: Transition[] = [];
  for (const report of after.sessions) {
    const { sessionId } = report.view;
    const last = known.get(sessionId) ?? null;
    known.delete(sessionId);
    if (last !== null && isSame(last, report)) continue;
    const from = last === null ? null : verdictWord(last.verdict);
    const to = verdictWord(report.verdict);
    const detail = detailOf(last, report);
    found.push({ workspace, sessionId, from, to, detail, atUs });
  }
  for (const [sessionId, { verdict }] of known) {
    const from = verdictWord(verdict);
    const detail = `was ${from}`;
    found.push({ workspace, sessionId, from, to: "vanished", detail, atUs });
  }
  return found;
}

/** A new attempt is a change even if it is where the old one was. */
function isSame(last: SessionReport, now: SessionReport): boolean {
  return verdictWord(last.verdict) === verdictWord(now.verdict) &&
    attemptOf(last) === attemptOf(now);
}

function attemptOf({ view }: SessionReport): number {
  return view.status.ptrack?.attempt ?? 0;
}

function detailOf(last: SessionReport | null, now: SessionReport): string {
  const { status } = now.view;
  const word = verdictWord(now.verdict);
  switch (word) {
    case "pending":
      return "";
    case "running":
      return last === null || attemptOf(last) !== attemptOf(now)
        ? taskOf(now)
        : "";
    case "completed":
      return status.message;
    case "failed":
      return status.message.replace(/^FAILED: /, "");
    default:
      return now.verdict.reason;
  }
}

function taskOf(report: SessionReport): string {
  const { task_description: task } = report.view.status;
  const attempt = attemptOf(report);
  if (attempt <= 1) return task;
  return task === "" ? `attempt ${attempt}` : `attempt ${attempt}, ${task}`;
}
