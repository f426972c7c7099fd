/**
 * What changed between two looks at a workspace: transitions (another verdict,
 * a session that is new, one that is gone) and progress. Each is one short
 * line, since whoever reads through a pipe may pay by the byte, or one JSON
 * object on a line. All times are UTC.
 */
import { formatTimestamp } from "../session/times.ts";
import type { SessionReport, Snapshot } from "../session/types.ts";
import { type VerdictWord, verdictWord } from "../session/verdict.ts";
import { cutToWidth } from "./display.ts";
import { jsonLine } from "./json.ts";
import { displayName, sanitize } from "./sanitize.ts";

/** A session that changed its verdict, appeared or vanished. */
export interface Transition {
  workspace: string;
  sessionId: string;
  /** Null if the session was not there at the look before. */
  from: VerdictWord | null;
  to: VerdictWord | "vanished";
  /** What the session says, or why it is judged so; "" for nothing. */
  detail: string;
  /** When it was seen, microseconds since 1970. */
  atUs: number;
  /** The session; of one that vanished as it was before. */
  report: SessionReport;
}

/** A running session that got on, or said something new. */
export interface Progress {
  workspace: string;
  sessionId: string;
  /** 0 to 100. */
  pct: number;
  message: string;
  /** When it was seen, microseconds since 1970. */
  atUs: number;
}

/** Two looks that follow one another, and what is different. */
export interface Change {
  /** Null at the first sight of the workspace: all its sessions are new. */
  before: Snapshot | null;
  after: Snapshot;
  transitions: Transition[];
}

/** Takes one look after the other, and remembers the last. */
export class Changes {
  #before: Snapshot | null = null;

  /** What changed; null while the workspace has not been there. */
  next(now: Snapshot | null): Change | null {
    const before = this.#before;
    if (now === null && before === null) return null;
    // A workspace that went away has no sessions, and may come back.
    const after: Snapshot = now ?? { ...before!, sessions: [] };
    this.#before = after;
    return { before, after, transitions: transitions(before, after) };
  }
}

/** What changed; without a look before, every session appears. */
export function transitions(
  before: Snapshot | null,
  after: Snapshot,
): Transition[] {
  const { workspace, takenUs: atUs } = after;
  const known = reportsById(before);
  const found: Transition[] = [];
  for (const report of after.sessions) {
    const { sessionId } = report.view;
    const last = known.get(sessionId) ?? null;
    known.delete(sessionId);
    const from = last === null ? null : verdictWord(last.verdict);
    const to = verdictWord(report.verdict);
    const isNewAttempt = last === null || attemptOf(last) !== attemptOf(report);
    // A new attempt is a change even if it is where the old one was.
    if (from === to && !isNewAttempt) continue;
    const detail = to === "running" && !isNewAttempt ? "" : detailOf(report);
    found.push({ workspace, sessionId, from, to, detail, atUs, report });
  }
  for (const [sessionId, report] of known) {
    const from = verdictWord(report.verdict);
    const [to, detail] = ["vanished", `was ${from}`] as const;
    found.push({ workspace, sessionId, from, to, detail, atUs, report });
  }
  return found;
}

/** The progress of sessions that ran at both looks, in the same attempt. */
export function progressBetween(
  before: Snapshot | null,
  after: Snapshot,
): Progress[] {
  const known = reportsById(before);
  const { workspace, takenUs: atUs } = after;
  return after.sessions.flatMap((report) => {
    const { sessionId, status } = report.view;
    const last = known.get(sessionId);
    if (last === undefined || !hasMoved(last, report)) return [];
    const { progress_pct: pct, message } = status;
    return [{ workspace, sessionId, pct, message, atUs }];
  });
}

function reportsById(snapshot: Snapshot | null): Map<string, SessionReport> {
  return new Map(
    snapshot?.sessions.map((report) => [report.view.sessionId, report]),
  );
}

function attemptOf({ view }: SessionReport): number {
  return view.status.ptrack?.attempt ?? 0;
}

function hasMoved(last: SessionReport, now: SessionReport): boolean {
  const [before, after] = [last.view.status, now.view.status];
  return last.verdict.state === "running" && now.verdict.state === "running" &&
    attemptOf(last) === attemptOf(now) &&
    (before.progress_pct !== after.progress_pct ||
      before.message !== after.message);
}

function detailOf(report: SessionReport): string {
  const { message } = report.view.status;
  switch (verdictWord(report.verdict)) {
    case "pending":
      return "";
    case "running":
      return taskOf(report);
    case "completed":
      return message;
    case "failed":
      return message.replace(/^FAILED: /, "");
    default:
      return report.verdict.reason;
  }
}

function taskOf(report: SessionReport): string {
  const { task_description: task } = report.view.status;
  const attempt = attemptOf(report);
  if (attempt <= 1) return task;
  return task === "" ? `attempt ${attempt}` : `attempt ${attempt}, ${task}`;
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
  const { pct, message } = progress;
  return withDetail(`${headOf(progress)} ${pct}%`, message, PROGRESS_WIDTH);
}

function headOf({ sessionId, atUs }: Transition | Progress): string {
  return `${formatTimestamp(atUs).slice(11, 19)} ${displayName(sessionId)}`;
}

/** What happened to which session is never cut, only what is said of it. */
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
  { workspace, sessionId: session_id, pct, message, atUs }: Progress,
): string {
  const type = "progress";
  const at = formatTimestamp(atUs);
  const progress_pct = pct;
  return jsonLine({ type, workspace, session_id, progress_pct, message, at });
}
