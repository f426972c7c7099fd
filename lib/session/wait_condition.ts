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
}

/** Before the first snapshot. */
export const NOTHING_SEEN: WaitDecision = {
  memory: new Map(),
  end: null,
  sessions: [],
  vanished: [],
};

/** Decides from a snapshot; it is null while there is no workspace. */
export function decideWait(
  goal: WaitGoal,
  before: WaitMemory,
  snapshot: Snapshot | null,
): WaitDecision {
  const there = new Map(
    snapshot?.sessions.map((report) => [report.view.sessionId, report]),
  );
  const gone = [...before].filter(([id]) => !there.has(id));
  const memory = new Map([...there, ...gone]);
  const waitedFor = [...memory].filter(([id]) => !goal.except.includes(id))
    .map(([id, report]): WaitedSession => ({
      id,
      report,
      state: there.has(id) ? stateNow(report) : stateLast(report),
    }));
  const vanished = idsOf(waitedFor, ({ state }) => state === "vanished");
  return { memory, vanished, ...decideEnd(goal, waitedFor, memory) };
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

type Ending = Pick<WaitDecision, "end" | "sessions">;

const GO_ON: Ending = { end: null, sessions: [] };

function decideEnd(
  goal: WaitGoal,
  waitedFor: WaitedSession[],
  memory: WaitMemory,
): Ending {
  const failed = idsOf(waitedFor, hasFailed);
  if (goal.firstFailure && failed.length > 0) {
    return { end: "failed", sessions: failed };
  }
  const decide = goal.until === "any" ? decideAny : decideAll;
  const ending = decide(goal, waitedFor, memory);
  if (ending.end !== null || !goal.untilWaiting) return ending;
  const waiting = idsOf(
    waitedFor,
    ({ report, state }) => state === "open" && report.verdict.waiting,
  );
  return waiting.length > 0 ? { end: "waiting", sessions: waiting } : GO_ON;
}

function decideAll(
  { expect, named }: WaitGoal,
  waitedFor: WaitedSession[],
  memory: WaitMemory,
): Ending {
  const missing = named.filter((id) => !memory.has(id));
  if (expect.kind !== "nothing") {
    if (missing.length > 0 || !isMet(expect, memory)) return GO_ON;
  }
  if (missing.length > 0 || waitedFor.length === 0) {
    return { end: "nothing", sessions: missing };
  }
  if (waitedFor.some(({ state }) => state === "open")) return GO_ON;
  const failed = idsOf(waitedFor, hasFailed);
  return failed.length > 0
    ? { end: "failed", sessions: failed }
    : { end: "completed", sessions: idsOf(waitedFor) };
}

/** The first that has ended is enough, whatever else is still to come. */
function decideAny(
  { expect, named }: WaitGoal,
  waitedFor: WaitedSession[],
  memory: WaitMemory,
): Ending {
  const [first] = waitedFor.filter(({ state }) => state !== "open")
    .sort((a, b) => endOf(a) < endOf(b) ? -1 : endOf(a) > endOf(b) ? 1 : 0);
  if (first !== undefined) {
    const end = hasFailed(first) ? "failed" : "completed";
    return { end, sessions: [first.id] };
  }
  if (waitedFor.length > 0 || !isMet(expect, memory)) return GO_ON;
  return { end: "nothing", sessions: named.filter((id) => !memory.has(id)) };
}

/** All our timestamps sort as text; a session without an end sorts last. */
function endOf({ report }: WaitedSession): string {
  return report.view.status.completed_at ?? report.verdict.since ?? "~";
}

function hasFailed({ state }: WaitedSession): boolean {
  return state === "failed" || state === "vanished";
}

function isMet(expect: Expectation, memory: WaitMemory): boolean {
  if (expect.kind === "nothing") return true;
  return expect.kind === "count"
    ? memory.size >= expect.count
    : expect.ids.every((id) => memory.has(id));
}

function idsOf(
  sessions: WaitedSession[],
  is: (session: WaitedSession) => boolean = () => true,
): string[] {
  return sessions.filter(is).map(({ id }) => id);
}
