/** All sessions of a workspace, judged at one moment, and their counts. */
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
  context: AssessContext,
): Snapshot {
  const sessions = views.map((view) => ({
    view,
    verdict: assess(view, context),
  }));
  const { nowUs: takenUs } = context;
  return { workspace, takenUs, sessions, totals: totals(sessions) };
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

/** Whether a session has ended, as far as can be told now. */
export function isDone({ state }: Verdict): boolean {
  return state !== "pending" && state !== "running";
}

/** Whether a session has ended without success. */
export function isBad(verdict: Verdict): boolean {
  return isDone(verdict) && verdict.state !== "completed";
}
