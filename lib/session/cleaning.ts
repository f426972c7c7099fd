/**
 * Which sessions may be cleaned away: those that have ended, or on request all
 * that do not live, once they are old enough. Pure. A session that runs, waits
 * or is stale is never among them.
 */
import { parseTimestamp } from "./timestamp.ts";
import { hasEnded } from "./status.ts";
import { isDone } from "./snapshot.ts";
import type {
  SessionReport,
  SessionView,
  Snapshot,
  VerdictState,
} from "./types.ts";

/** What is to go. */
export interface Criteria {
  /** `ended`: completed or failed. `dead`: all others too that do not live. */
  states: "ended" | "dead";
  /** The least age, in seconds. */
  olderThanS: number;
}

/** A session that may go. */
export interface Candidate {
  sessionId: string;
  state: VerdictState;
  /** Seconds since its end, or since its last sign of life. */
  ageS: number;
  /** As it was when it was chosen: `markOf` of another look tells. */
  mark: string;
}

/** What a killed removal has left. */
export interface Leftover {
  name: string;
  /** Seconds since it was last at work. */
  ageS: number;
}

/** What may go of one workspace. */
export interface WorkspaceCleaning {
  workspace: string;
  sessions: readonly Candidate[];
  leftovers: readonly Leftover[];
  /** Then nothing is left in it, and it goes as well. */
  isEmptied: boolean;
}

/** How much there is to remove, or has been. */
export interface CleaningCounts {
  sessions: number;
  leftovers: number;
  workspaces: number;
}

/** The sum of what may go. */
export function countCleaning(
  cleanings: readonly WorkspaceCleaning[],
): CleaningCounts {
  const sum = { sessions: 0, leftovers: 0, workspaces: 0 };
  for (const { sessions, leftovers, isEmptied } of cleanings) {
    sum.sessions += sessions.length;
    sum.leftovers += leftovers.length;
    if (isEmptied) sum.workspaces++;
  }
  return sum;
}

/** What is just beginning, or just being removed, is left alone so long. */
export const SETTLING_S = 60;

/** Chooses the sessions of a workspace that may go, in the order of ids. */
export function chooseSessions(
  { sessions, takenUs }: Pick<Snapshot, "sessions" | "takenUs">,
  criteria: Criteria,
): Candidate[] {
  return sessions.filter((report) => mayGo(report, criteria))
    .filter((report) =>
      ageS(report, takenUs) >= leastAgeS(report.view, criteria)
    )
    .map((report) => toCandidate(report, takenUs));
}

function toCandidate(report: SessionReport, nowUs: number): Candidate {
  const { view, verdict: { state } } = report;
  return {
    sessionId: view.sessionId,
    state,
    ageS: ageS(report, nowUs),
    mark: markOf(view),
  };
}

/** A foreign status may have recorded that it timed out: an end, too. */
function mayGo({ view, verdict }: SessionReport, { states }: Criteria) {
  if (states === "dead") return verdict.state !== "running";
  return hasEnded(verdict.recorded_state) && view.condition === "readable";
}

function leastAgeS({ condition }: SessionView, { olderThanS }: Criteria) {
  return condition === "empty" ? Math.max(SETTLING_S, olderThanS) : olderThanS;
}

function ageS(report: SessionReport, nowUs: number): number {
  return Math.max(0, nowUs - endUs(report, nowUs)) / 1e6;
}

/** The end, else the last sign of life, else the files' last change. */
function endUs({ view, verdict }: SessionReport, nowUs: number): number {
  const { status, modifiedUs } = view;
  const ended = isDone(verdict) ? parseTimestamp(status.completed_at) : null;
  const us = ended ?? parseTimestamp(status.last_heartbeat) ??
    parseTimestamp(status.started_at);
  return us === null || us > nowUs ? modifiedUs : us;
}

/**
 * A text that is another one as soon as anything has been recorded. What is
 * the same is as dead as it was: no verdict gets better by itself.
 */
export function markOf(view: SessionView): string {
  const { condition, problem, status, modifiedUs } = view;
  const { ptrack } = status;
  return JSON.stringify([
    condition,
    problem,
    // An unreadable one has none.
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
