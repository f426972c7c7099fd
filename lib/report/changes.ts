/**
 * What changed between two snapshots of a workspace: transitions and progress.
 * Each is one short line, since agents pay for each byte, or one JSON object.
 */
import { offsetAt } from "../platform/time_zone.ts";
import { failureOf, messageOrTask } from "../session/status.ts";
import { formatTimestamp } from "../session/times.ts";
import type { SessionReport, Snapshot } from "../session/types.ts";
import { type VerdictWord, verdictWord } from "../session/verdict.ts";
import { cutToWidth } from "./display.ts";
import { jsonLine } from "./json.ts";
import { localSecond } from "./local_time.ts";
import { displayName, sanitize } from "./sanitize.ts";

/** A session changed its verdict, began a new attempt, appeared or vanished. */
export interface Transition {
  type: "transition";
  /** When it was seen, microseconds since 1970. */
  atUs: number;
  /** The session; of one that vanished as it was before. */
  report: SessionReport;
  /** Null if the session was not in the snapshot before. */
  from: VerdictWord | null;
  to: VerdictWord | "vanished";
  /** What the session says, or why it is judged so; "" for nothing. */
  detail: string;
}

/** A running session got on, or said something new. */
interface Progress extends Pick<Transition, "atUs" | "report"> {
  type: "progress";
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
      transitions.push({ type: "transition", atUs, report, from, to, detail });
    }
    if (!isNewAttempt && hasMoved(last, report)) {
      progress.push({ type: "progress", atUs, report });
    }
  }
  for (const report of known.values()) {
    const from = verdictWord(report.verdict);
    const what = { from, to: "vanished", detail: `was ${from}` } as const;
    transitions.push({ type: "transition", atUs, report, ...what });
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
  const { status } = report.view;
  const { task_description: task } = status;
  const message = messageOrTask(status);
  const word = verdictWord(report.verdict);
  if (word === "pending") return "";
  if (word === "completed") return message;
  if (word === "failed") return failureOf(message);
  if (word !== "running") return report.verdict.reason;
  const attempt = attemptOf(report);
  return [attempt > 1 ? `attempt ${attempt}` : "", task]
    .filter((part) => part !== "").join(", ");
}

/** The longest detail, in columns: agents pay for each byte. */
const DETAIL_WIDTH = 200;

/** The change on one line, without its end. */
export function changeText(change: Transition | Progress): string {
  const { atUs, report: { view } } = change;
  const isTransition = change.type === "transition";
  const what = isTransition ? change.to : `${view.status.progress_pct}%`;
  const detail = isTransition ? change.detail : view.status.message;
  const time = localSecond(atUs, offsetAt(atUs)).slice(-8);
  const head = `${time} ${displayName(view.sessionId)} ${what}`;
  const shown = cutToWidth(sanitize(detail), DETAIL_WIDTH, "…").trimEnd();
  return shown === "" ? head : `${head}: ${shown}`;
}

/** The change as a JSON object on one line, without its end. */
export function changeJson(change: Transition | Progress): string {
  const { workspace, sessionId, status } = change.report.view;
  const what = change.type === "transition"
    ? { from: change.from, to: change.to, detail: change.detail }
    : { progress_pct: status.progress_pct, message: status.message };
  return jsonLine({
    type: change.type,
    workspace,
    session_id: sessionId,
    ...what,
    at: formatTimestamp(change.atUs),
  });
}
