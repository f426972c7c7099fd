/**
 * Progress between two looks, one line each: what `watch` tells without a
 * terminal besides the transitions. (A `wait` leaves it out: it pays by the
 * byte.)
 */
import { cutToWidth } from "../report/display.ts";
import { displayName, sanitize } from "../report/sanitize.ts";
import { jsonLine } from "../report/json.ts";
import { formatTimestamp } from "../session/timestamp.ts";
import type { SessionReport, Snapshot } from "../session/types.ts";

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

const LINE_WIDTH = 80;

/** The progress of sessions that ran at both looks, in the same attempt. */
export function progressBetween(
  before: Snapshot | null,
  after: Snapshot,
): Progress[] {
  const known = new Map(
    before?.sessions.map((report) => [report.view.sessionId, report]),
  );
  const { workspace, takenUs: atUs } = after;
  return after.sessions.flatMap((report) => {
    const { sessionId, status } = report.view;
    const last = known.get(sessionId);
    if (last === undefined || !hasMoved(last, report)) return [];
    const { progress_pct: pct, message } = status;
    return [{ workspace, sessionId, pct, message, atUs }];
  });
}

/** The line of some progress, without its end; times are UTC. */
export function progressText(progress: Progress): string {
  const { sessionId, pct, message, atUs } = progress;
  const time = formatTimestamp(atUs).slice(11, 19);
  const head = `${time} ${displayName(sessionId)} ${pct}%`;
  const line = message === "" ? head : `${head}: ${sanitize(message)}`;
  return cutToWidth(line, Math.max(LINE_WIDTH, head.length)).trimEnd();
}

/** The progress as a JSON object on one line, without its end. */
export function progressJson(progress: Progress): string {
  const { workspace, sessionId, pct, message, atUs } = progress;
  return jsonLine({
    type: "progress",
    workspace,
    session_id: sessionId,
    progress_pct: pct,
    message,
    at: formatTimestamp(atUs),
  });
}

function hasMoved(last: SessionReport, now: SessionReport): boolean {
  const [before, after] = [last.view.status, now.view.status];
  return last.verdict.state === "running" && now.verdict.state === "running" &&
    before.ptrack?.attempt === after.ptrack?.attempt &&
    (before.progress_pct !== after.progress_pct ||
      before.message !== after.message);
}
