/** The sessions of a workspace: selected, judged at one moment, and counted. */
import { parseTimestamp } from "./times.ts";
import type {
  SessionReport,
  SessionView,
  Snapshot,
  Totals,
  Verdict,
} from "./types.ts";
import { assess, type AssessContext } from "./verdict.ts";

/** A choice of sessions; each part narrows it further. */
export interface Selection {
  /** Only these ids; all if empty. */
  sessions?: readonly string[];
  /** Not these ids. */
  leaveOut?: readonly string[];
  /** Only attempts of this batch. */
  batch?: string | null;
  /** Only attempts that began then or later, microseconds since 1970. */
  sinceUs?: number | null;
}

/** The selected sessions, in the given order. */
export function select(
  views: readonly SessionView[],
  { sessions = [], leaveOut = [], batch = null, sinceUs = null }: Selection,
): SessionView[] {
  const isAll = sessions.length === 0 && leaveOut.length === 0 &&
    batch === null && sinceUs === null;
  if (isAll) return [...views];
  return views.filter((view) =>
    !leaveOut.includes(view.sessionId) &&
    (sessions.length === 0 || sessions.includes(view.sessionId)) &&
    (batch === null || view.status.ptrack?.batch === batch) &&
    (sinceUs === null || hasBegunSince(view, sinceUs))
  );
}

/** An unreadable session counts by its last change, so that it is not missed. */
function hasBegunSince(view: SessionView, sinceUs: number): boolean {
  if (view.condition === "unreadable") return view.modifiedUs >= sinceUs;
  const startedUs = parseTimestamp(view.status.started_at);
  return startedUs !== null && startedUs >= sinceUs;
}

/** Judges sessions of a workspace. */
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

/** The counts of several parts together. */
export function sumOfTotals(parts: readonly Totals[]): Totals {
  const sum = totals([]);
  for (const part of parts) {
    for (const key in sum) {
      sum[key as keyof Totals] += part[key as keyof Totals];
    }
  }
  return sum;
}

/** Whether a session has ended, as far as can be told now. */
export function isDone({ state }: Verdict): boolean {
  return state !== "pending" && state !== "running";
}

/** Whether a session has ended without success. */
export function isBad(verdict: Verdict): boolean {
  return isDone(verdict) && verdict.state !== "completed";
}
