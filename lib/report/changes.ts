/**
 * What changed between two snapshots of a workspace: transitions (another verdict,
 * a session that is new, one that is gone) and progress. Each is one short
 * line, since agents that read the lines pay for each byte, or one JSON object
 * on a line. All times are UTC.
 */
import { formatTimestamp } from "../session/times.ts";
import type { SessionReport, Snapshot } from "../session/types.ts";
import { type VerdictWord, verdictWord } from "../session/verdict.ts";
import { cutToWidth } from "./display.ts";
import { jsonLine } from "./json.ts";
import { displayName, sanitize } from "./sanitize.ts";

/** A running session that got on, or said something new. */
export interface Progress {
  workspace: string;
  sessionId: string;
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

/** The differences between two snapshots. */
export interface Change {
  /** Whether the workspace is there for the first time: all is new. */
  isFirst: boolean;
  after: Snapshot;
  transitions: Transition[];
  progress: Progress[];
}

/** Takes one snapshot after the other, and remembers the last. */
export class Changes {
  #before: Snapshot | null = null;

  /** What changed; null while the workspace has not been there. */
  next(now: Snapshot | null): Change | null {
    const before = this.#before;
    if (now === null && before === null) return null;
    // A workspace that went away has no sessions, and may come back.
    const after: Snapshot = now ?? { ...before!, sessions: [] };
    this.#before = after;
    return { isFirst: before === null, after, ...compare(before, after) };
  }
}

function compare(before: Snapshot | null, after: Snapshot) {
  const { workspace, takenUs: atUs } = after;
  const known = new Map(
    before?.sessions.map((report) => [report.view.sessionId, report]),
  );
  const transitions: Transition[] = [];
  const progress: Progress[] = [];
  for (const report of after.sessions) {
    const { sessionId } = report.view;
    const change = { workspace, sessionId, atUs, report };
    const last = known.get(sessionId) ?? null;
    known.delete(sessionId);
    const from = last === null ? null : verdictWord(last.verdict);
    const to = verdictWord(report.verdict);
    const isNewAttempt = last === null || attemptOf(last) !== attemptOf(report);
    // A new attempt is a change even if it is where the old one was.
    if (from !== to || isNewAttempt) {
      const detail = to === "running" && !isNewAttempt ? "" : detailOf(report);
      transitions.push({ ...change, from, to, detail });
    }
    if (last !== null && !isNewAttempt && hasMoved(last, report)) {
      progress.push(change);
    }
  }
  for (const [sessionId, report] of known) {
    const from = verdictWord(report.verdict);
    const what = { from, to: "vanished", detail: `was ${from}` } as const;
    transitions.push({ workspace, sessionId, atUs, report, ...what });
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
      if (attempt <= 1) return task;
      return task === "" ? `attempt ${attempt}` : `attempt ${attempt}, ${task}`;
    case "completed":
      return message;
    case "failed":
      return message.replace(/^FAILED: /, "");
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

function headOf({ sessionId, atUs }: Progress): string {
  return `${formatTimestamp(atUs).slice(11, 19)} ${displayName(sessionId)}`;
}

/** Cuts the detail only, never the session and what happened to it. */
function withDetail(head: string, detail: string, columns: number): string {
  const line = detail === "" ? head : `${head}: ${sanitize(detail)}`;
  return cutToWidth(line, Math.max(columns, head.length)).trimEnd();
}

/** The transition as a JSON object on one line, without its end. */
export function transitionJson(
  { workspace, sessionId: session_id, from, to, detail, atUs }: Transition,
): string {
  const at = formatTimestamp(atUs);
  const type = "transition";
  return jsonLine({ type, workspace, session_id, from, to, detail, at });
}

/** The progress as a JSON object on one line, without its end. */
export function progressJson(
  { workspace, sessionId: session_id, atUs, report }: Progress,
): string {
  const { progress_pct, message } = report.view.status;
  const at = formatTimestamp(atUs);
  const type = "progress";
  return jsonLine({ type, workspace, session_id, progress_pct, message, at });
}
