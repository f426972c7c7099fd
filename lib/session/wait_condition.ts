/**
 * When a wait is over, and how: decided anew for each snapshot, from the
 * sessions that are there and those that were seen before. No session's end is
 * final: one that timed out and then sends a heartbeat is waited for again.
 */
import { isBad, isDone } from "./snapshot.ts";
import type { SessionReport, Snapshot } from "./types.ts";

/** What a wait waits for; without anything, until all sessions are done. */
export interface WaitGoal {
  /** Sessions that must be there, by number or by name, before all are done. */
  expect?: number | readonly string[];
  /** The sessions asked for by name; a missing one ends the wait. */
  named?: readonly string[];
  /** Sessions that are not waited for; they count for what is expected. */
  except?: readonly string[];
  /** End as soon as the first has ended. */
  any?: boolean;
  /** End as soon as one has failed. */
  firstFailure?: boolean;
  /** End as soon as one waits for input. */
  untilWaiting?: boolean;
}

/** How the sessions ended a wait. */
export type WaitEnd = "completed" | "failed" | "nothing" | "waiting";

/** What follows from a snapshot and those before it. */
export interface WaitDecision {
  /** The snapshot; null while there is no workspace. */
  snapshot: Snapshot | null;
  /** The sessions seen so far, each as it was last seen. */
  memory: ReadonlyMap<string, SessionReport>;
  /** Null to go on waiting. */
  end: WaitEnd | null;
  /** The sessions that decided it; for `nothing` those that are missing. */
  sessions: string[];
  /** The sessions that went away before their end. */
  vanished: string[];
  /** Named or expected sessions that were never there. */
  missing: string[];
  /** How many sessions fewer there were than the expected number. */
  lacking: number;
}

/** Decides from a snapshot and the decision before; null for the first one. */
export function decideWait(
  goal: WaitGoal,
  before: WaitDecision | null,
  snapshot: Snapshot | null,
): WaitDecision {
  const { named = [], expect, except = [] } = goal;
  const there = new Map(
    snapshot?.sessions.map((report) => [report.view.sessionId, report]),
  );
  const known = [...before?.memory ?? []];
  const memory = new Map([
    ...there,
    ...known.filter(([id]) => !there.has(id)),
  ]);
  const wanted = [...named, ...(typeof expect === "object" ? expect : [])];
  const missing = [...new Set(wanted)].filter((id) => !memory.has(id));
  const lacking = typeof expect === "number"
    ? Math.max(0, expect - memory.size)
    : 0;
  const waitedFor = [...memory].filter(([id]) => !except.includes(id))
    .map(([id, report]): WaitedSession => ({
      id,
      report,
      state: there.has(id) ? stateNow(report) : stateLast(report),
    }));
  const vanished = idsOf(waitedFor, ({ state }) => state === "vanished");
  const isComing = expect !== undefined && missing.length + lacking > 0;
  const { end, sessions } = decideEnd(goal, waitedFor, { missing, isComing });
  return { snapshot, memory, end, sessions, vanished, missing, lacking };
}

/** A session that is waited for, whether it is there or was. */
interface WaitedSession {
  id: string;
  report: SessionReport;
  state: "open" | "completed" | "failed" | "vanished";
}

function stateNow({ verdict }: SessionReport): WaitedSession["state"] {
  if (!isDone(verdict)) return "open";
  return isBad(verdict) ? "failed" : "completed";
}

/** An ended session may be cleaned up; any other has vanished. */
function stateLast({ verdict: { state } }: SessionReport) {
  return state === "completed" || state === "failed" ? state : "vanished";
}

/** `isComing`: more sessions are expected, so there is no end yet. */
function decideEnd(
  { any, firstFailure, untilWaiting }: WaitGoal,
  waitedFor: WaitedSession[],
  { missing, isComing }: { missing: string[]; isComing: boolean },
): Pick<WaitDecision, "end" | "sessions"> {
  const failed = idsOf(waitedFor, hasFailed);
  if (firstFailure && failed.length > 0) {
    return { end: "failed", sessions: failed };
  }
  const first = any ? firstToEnd(waitedFor) : undefined;
  if (first !== undefined) {
    const end = hasFailed(first) ? "failed" : "completed";
    return { end, sessions: [first.id] };
  }
  const isNothing = waitedFor.length === 0 || !any && missing.length > 0;
  if (isNothing && !isComing) return { end: "nothing", sessions: missing };
  const open = waitedFor.filter(({ state }) => state === "open");
  if (!any && open.length === 0 && !isComing) {
    return failed.length > 0
      ? { end: "failed", sessions: failed }
      : { end: "completed", sessions: idsOf(waitedFor, () => true) };
  }
  const waiting = idsOf(open, ({ report }) => report.verdict.waiting);
  return untilWaiting && waiting.length > 0
    ? { end: "waiting", sessions: waiting }
    : { end: null, sessions: [] };
}

/** All our timestamps sort as text; a session without an end sorts last. */
function firstToEnd(sessions: WaitedSession[]): WaitedSession | undefined {
  const endOf = ({ report: { view, verdict } }: WaitedSession) =>
    view.status.completed_at ?? verdict.since ?? "~";
  return sessions.filter(({ state }) => state !== "open")
    .sort((a, b) => endOf(a) < endOf(b) ? -1 : endOf(a) > endOf(b) ? 1 : 0)[0];
}

function hasFailed({ state }: WaitedSession): boolean {
  return state === "failed" || state === "vanished";
}

function idsOf(
  sessions: WaitedSession[],
  is: (session: WaitedSession) => boolean,
): string[] {
  return sessions.filter(is).map(({ id }) => id);
}
