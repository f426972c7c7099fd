/**
 * When a wait is over, and how: decided anew for each snapshot, from the
 * sessions that are there and those that were seen before. No session's end is
 * final: one that timed out and then sends a heartbeat is waited for again.
 */
import { isBad, isDone } from "./snapshot.ts";
import type { SessionReport, Snapshot } from "./types.ts";

/** What must be there before sessions that are done are enough. */
export type Expectation =
  | { kind: "nothing" }
  | { kind: "count"; count: number }
  | { kind: "sessions"; ids: readonly string[] };

/** What a wait waits for. */
export interface WaitGoal {
  /** Until all are done, or until the first has ended. */
  until: "all" | "any";
  expect: Expectation;
  /** The sessions asked for by name; a missing one ends the wait. */
  named: readonly string[];
  /** Sessions that are not waited for; they count for what is expected. */
  except: readonly string[];
  /** End as soon as one has failed. */
  firstFailure: boolean;
  /** End as soon as one waits for input. */
  untilWaiting: boolean;
}

/** Until all sessions that are there are done. */
export const UNTIL_ALL_DONE: WaitGoal = {
  until: "all",
  expect: { kind: "nothing" },
  named: [],
  except: [],
  firstFailure: false,
  untilWaiting: false,
};

/** The sessions seen so far, each as it was last seen. */
export type WaitMemory = ReadonlyMap<string, SessionReport>;

/** How the sessions ended a wait. */
export type WaitEnd = "completed" | "failed" | "nothing" | "waiting";

/** What follows from a snapshot. */
export interface WaitDecision {
  memory: WaitMemory;
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

/** Decides from a snapshot; it is null while there is no workspace. */
export function decideWait(
  goal: WaitGoal,
  before: WaitMemory,
  snapshot: Snapshot | null,
): WaitDecision {
  const { named, expect, except } = goal;
  const there = new Map(
    snapshot?.sessions.map((report) => [report.view.sessionId, report]),
  );
  const gone = [...before].filter(([id]) => !there.has(id));
  const memory = new Map([...there, ...gone]);
  const wanted = [...named, ...(expect.kind === "sessions" ? expect.ids : [])];
  const missing = [...new Set(wanted)].filter((id) => !memory.has(id));
  const lacking = expect.kind === "count"
    ? Math.max(0, expect.count - memory.size)
    : 0;
  const waitedFor = [...memory].filter(([id]) => !except.includes(id))
    .map(([id, report]): WaitedSession => ({
      id,
      report,
      state: there.has(id) ? stateNow(report) : stateLast(report),
    }));
  const vanished = idsOf(waitedFor, ({ state }) => state === "vanished");
  const isComing = expect.kind !== "nothing" &&
    (missing.length > 0 || lacking > 0);
  const { end, sessions } = decideEnd(goal, waitedFor, { missing, isComing });
  return { memory, end, sessions, vanished, missing, lacking };
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
  { until, firstFailure, untilWaiting }: WaitGoal,
  waitedFor: WaitedSession[],
  { missing, isComing }: { missing: string[]; isComing: boolean },
): Pick<WaitDecision, "end" | "sessions"> {
  const failed = idsOf(waitedFor, hasFailed);
  if (firstFailure && failed.length > 0) {
    return { end: "failed", sessions: failed };
  }
  const first = until === "any" ? firstToEnd(waitedFor) : undefined;
  if (first !== undefined) {
    const end = hasFailed(first) ? "failed" : "completed";
    return { end, sessions: [first.id] };
  }
  const needsAll = until === "all";
  const isNothing = waitedFor.length === 0 || needsAll && missing.length > 0;
  if (isNothing && !isComing) return { end: "nothing", sessions: missing };
  const open = waitedFor.filter(({ state }) => state === "open");
  if (needsAll && open.length === 0 && !isComing) {
    return failed.length > 0
      ? { end: "failed", sessions: failed }
      : { end: "completed", sessions: idsOf(waitedFor) };
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
  is: (session: WaitedSession) => boolean = () => true,
): string[] {
  return sessions.filter(is).map(({ id }) => id);
}
