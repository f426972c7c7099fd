/** Counting verdicts, and taking a whole workspace at one moment. */
import { assess, type AssessContext } from "./verdict.ts";
import type {
  SessionReport,
  SessionView,
  Snapshot,
  Totals,
  Verdict,
} from "./types.ts";

/** Judges all sessions of a workspace at one moment. */
export function takeSnapshot(
  workspace: string,
  views: readonly SessionView[],
  moment: AssessContext,
): Snapshot {
  const sessions = views.map((view) => ({
    view,
    verdict: assess(view, moment),
  }));
  return {
    workspace,
    takenUs: moment.nowUs,
    sessions,
    totals: totals(sessions),
  };
}

/** How many sessions are in which state; waiting and stale ones run too. */
export function totals(sessions: readonly SessionReport[]): Totals {
  const counts: Totals = {
    total: sessions.length,
    pending: 0,
    running: 0,
    completed: 0,
    failed: 0,
    timed_out: 0,
    stale: 0,
    crashed: 0,
    waiting: 0,
    unreadable: 0,
  };
  for (const { verdict } of sessions) {
    counts[verdict.state]++;
    if (verdict.stale) counts.stale++;
    if (verdict.waiting) counts.waiting++;
  }
  return counts;
}

/** Whether nothing more is to be expected of a session, as it looks now. */
export function isDone({ state }: Verdict): boolean {
  return state !== "pending" && state !== "running";
}

/** Whether a session is done and did not complete. */
export function isBad(verdict: Verdict): boolean {
  return isDone(verdict) && verdict.state !== "completed";
}
