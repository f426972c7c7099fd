/**
 * Which sessions may be cleaned away: those that have ended, or on request all
 * that are not alive, once they are old enough; and what removals that were
 * killed have left. Pure. A session that runs, waits or is stale is never
 * among them.
 */
import { isDone } from "./snapshot.ts";
import { hasEnded } from "./status.ts";
import { parseTimestamp } from "./times.ts";
import type { SessionReport, SessionView, VerdictState } from "./types.ts";
import type { AssessContext } from "./verdict.ts";

/** What is to be removed, and how sessions are judged. */
export interface Criteria extends AssessContext {
  /** `ended`: completed or failed. `dead`: all others too that are not alive. */
  states: "ended" | "dead";
  /** The least age, in seconds. */
  olderThanS: number;
}

/** A session, or what a removal has left of one. */
export interface CleaningReport extends SessionReport {
  isTombstone: boolean;
  /** The last change of anything in it, microseconds since 1970. */
  changedUs: number;
}

/** A session that may be removed. */
export interface Candidate {
  sessionId: string;
  state: VerdictState | "left over";
  /** Seconds since its end, or since its last sign of life. */
  ageS: number;
  /** As it was when it was chosen: compare `markOf` later. */
  mark: string;
}

/** What may be removed from one workspace. */
export interface WorkspaceCleaning {
  workspace: string;
  candidates: readonly Candidate[];
  /** Nothing is left in it then, and it is removed as well. */
  isEmptied: boolean;
}

/** A session that is just beginning or being removed is left alone this long. */
const SETTLING_S = 60;

/** The session as a candidate; null if it is not to be removed. */
export function candidateOf(
  report: CleaningReport,
  { states, olderThanS, nowUs }: Criteria,
): Candidate | null {
  const { view, verdict, isTombstone, changedUs } = report;
  const isWanted = isTombstone ||
    (states === "dead"
      ? verdict.state !== "running"
      // A foreign status may have recorded that it timed out: an end, too.
      : view.condition === "readable" && hasEnded(verdict.recorded_state));
  const endUs = isTombstone ? changedUs : endOf(report, nowUs);
  const ageS = Math.max(0, nowUs - endUs) / 1e6;
  const isSettling = isTombstone || view.condition === "empty";
  const leastS = isSettling ? Math.max(SETTLING_S, olderThanS) : olderThanS;
  if (!isWanted || ageS < leastS) return null;
  return {
    sessionId: view.sessionId,
    state: isTombstone ? "left over" : verdict.state,
    ageS,
    mark: markOf(view),
  };
}

/** The end, else the last sign of life, else the last change. */
function endOf(
  { view: { status }, verdict, changedUs }: CleaningReport,
  nowUs: number,
): number {
  const ended = isDone(verdict) ? parseTimestamp(status.completed_at) : null;
  const us = ended ?? parseTimestamp(status.last_heartbeat) ??
    parseTimestamp(status.started_at);
  return us === null || us > nowUs ? changedUs : us;
}

/**
 * A text that changes as soon as anything is recorded. While it is the same, a
 * session is as dead as it was: no verdict gets better by itself.
 */
export function markOf(view: SessionView): string {
  const { condition, problem, status, modifiedUs } = view;
  const { ptrack } = status;
  return JSON.stringify([
    condition,
    problem,
    // It says nothing of an unreadable one.
    condition === "unreadable" ? 0 : modifiedUs,
    status.state,
    status.started_at,
    status.last_heartbeat,
    status.completed_at,
    status.progress_pct,
    status.message,
    ptrack?.attempt,
    ptrack?.log_tail?.id,
  ]);
}
