/**
 * What changed between two snapshots of a workspace: transitions (another
 * verdict, a session that is new or gone) and progress. Each is one short line,
 * since agents pay for each byte, or one JSON object. All times are UTC.
 */
import { failureOf } from "../session/status.ts";
import { formatTimestamp } from "../session/times.ts";
import type { SessionReport, Snapshot } from "../session/types.ts";
import { type VerdictWord, verdictWord } from "../session/verdict.ts";
import { cutToWidth } from "./display.ts";
import { jsonLine } from "./json.ts";
import { displayName, sanitize } from "./sanitize.ts";

/** A running session that got on, or said something new. */
export interface Progress {
  /** When it was seen, microseconds since 1970. */
  atUs: number;
  /** The session; of one that vanished as it was before. */
  report: SessionReport;
}

/** A session that changed its verdict, appeared or vanished. */
export interface Transition extends Progress {
  /** Null if the session was not in the snapshot before. */
  from: VerdictWord | null;
  to: VerdictWord | "vanished";
  /** What the session says, or why it is judged so; "" for nothing. */
  detail: string;
}

/** Takes one snapshot after the other, and remembers the last. */
export class Changes {
  #before: Snapshot | null = null;

  /** What changed; null while the workspace has not been there. */
  next(now: Snapshot | null) {
    const before = this.#before;
    if (now === null && before === null) return null;
    // A workspace that went away has no sessions, and may come back.
    const after: Snapshot = now ?? { ...before!, sessions: [] };
    this.#before = after;
    return { isFirst: before === null, ...compare(before, after) };
  }
}

function compare(before: Snapshot | null, after: Snapshot) {
  const { takenUs: atUs } = after;
  const known = new Map(
    before?.sessions.map((report) => [report.view.sessionId, report]),
  );
  const transitions: Transition[] = [];
  const progress: Progress[] = [];
  for (const report of after.sessions) {
    const { sessionId } = report.view;
    const last = known.get(sessionId);
    known.delete(sessionId);
    const from = last === undefined ? null : verdictWord(last.verdict);
    const to = verdictWord(report.verdict);
    const isNewAttempt = last === undefined ||
      attemptOf(last) !== attemptOf(report);
    // A new attempt is a change even if it is where the old one was.
    if (from !== to || isNewAttempt) {
      const detail = to === "running" && !isNewAttempt ? "" : detailOf(report);
      transitions.push({ atUs, report, from, to, detail });
    }
    if (!isNewAttempt && hasMoved(last, report)) {
      progress.push({ atUs, report });
    }
  }
  for (const report of known.values()) {
    const from = verdictWord(report.verdict);
    const detail = `was ${from}`;
    transitions.push({ atUs, report, from, to: "vanished", detail });
  }
  return { transitions, progress };
}

function attemptOf({ view }: SessionReport): number {
  return view.status.ptrack?.attempt ?? 0;
}

function hasMoved(last: SessionReport, now: SessionReport): boolean {
  const [before, after] = [last.view.status, now.view.status];
  return last.verdict.state === "running" && now.verdict.state === "running" &&
    (before.progress_pct !== after.progress_pct ||
      before.message !== after.message);
}

function detailOf(report: SessionReport): string {
  const { message, task_description: task } = report.view.status;
  const attempt = attemptOf(report);
  switch (verdictWord(report.verdict)) {
    case "pending":
      return "";
    case "running":
      return [attempt > 1 ? `attempt ${attempt}` : "", task]
        .filter((part) => part !== "").join(", ");
    case "completed":
      return message;
    case "failed":
      return failureOf(message);
    default:
      return report.verdict.reason;
  }
}

/** In columns; an hour's wait on four sessions stays below 2 KB. */
const TRANSITION_WIDTH = 56;
const PROGRESS_WIDTH = 80;

/** The transition on one line, without its end. */
export function transitionText(transition: Transition): string {
  const { to, detail } = transition;
  return withDetail(`${headOf(transition)} ${to}`, detail, TRANSITION_WIDTH);
}

/** The progress on one line, without its end. */
export function progressText(progress: Progress): string {
  const { progress_pct, message } = progress.report.view.status;
  const head = `${headOf(progress)} ${progress_pct}%`;
  return withDetail(head, message, PROGRESS_WIDTH);
}

function headOf({ report: { view }, atUs }: Progress): string {
  const time = formatTimestamp(atUs).slice(11, 19);
  return `${time} ${displayName(view.sessionId)}`;
}

/** Cuts the detail only, never the session and what happened to it. */
function withDetail(head: string, detail: string, columns: number): string {
  const line = detail === "" ? head : `${head}: ${sanitize(detail)}`;
  return cutToWidth(line, Math.max(columns, head.length)).trimEnd();
}

/** The transition as a JSON object on one line, without its end. */
export function transitionJson(transition: Transition): string {
  const { from, to, detail } = transition;
  return changeJson("transition", transition, { from, to, detail });
}

/** The progress as a JSON object on one line, without its end. */
export function progressJson(progress: Progress): string {
  const { progress_pct, message } = progress.report.view.status;
  return changeJson("progress", progress, { progress_pct, message });
}

function changeJson(
  type: string,
  { report: { view }, atUs }: Progress,
  what: Record<string, unknown>,
): string {
  const { workspace, sessionId: session_id } = view;
  const at = formatTimestamp(atUs);
  return jsonLine({ type, workspace, session_id, ...what, at });
}
