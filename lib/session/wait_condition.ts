/**
 * When a wait is over, and how: decided anew at each look from the sessions
 * that are there and from those that were seen before. Nothing is latched: a
 * session that timed out and then sends a heartbeat is waited for again.
 */
import { isBad, isDone } from "./snapshot.ts";
import type { SessionReport, Snapshot } from "./types.ts";

/** What must be there before sessions that are done can be enough. */
export type Expectation =
  | { kind: "nothing" }
  | { kind: "count"; count: number }
  | { kind: "sessions"; ids: readonly string[] };

/** What a wait waits for. */
export interface WaitGoal {
  /** Until all are done, until the first has ended, or for ever. */
  until: "all" | "any" | "never";
  expect: Expectation;
  /** Sessions asked for by name: without them there is nothing to wait for. */
  named: readonly string[];
  /** Sessions not waited for; they count for what is expected. */
  except: readonly string[];
  /** Leave as soon as one has failed. */
  firstFailure: boolean;
  /** Leave as soon as one waits for input. */
  untilWaiting: boolean;
  /** Whether a session that goes away has failed, or may come back. */
  gone: "failed" | "forgotten";
}

/** Until all sessions that are there are done. */
export const PLAIN_GOAL: WaitGoal = {
  until: "all",
  expect: { kind: "nothing" },
  named: [],
  except: [],
  firstFailure: false,
  untilWaiting: false,
  gone: "failed",
};

/** The sessions seen so far, each as it was last seen. */
export type WaitMemory = ReadonlyMap<string, SessionReport>;

/** How a wait ended by what the sessions did. */
export type WaitEnd = "completed" | "failed" | "nothing" | "waiting";

/** What a look led to. */
export interface WaitDecision {
  memory: WaitMemory;
  /** Null to go on waiting. */
  end: WaitEnd | null;
  /** The sessions that decided it, for `nothing` those that are missing. */
  sessions: string[];
  /** The sessions that went away before their end. */
  vanished: string[];
}

/** One session as a wait sees it. */
interface Waited {
  id: string;
  report: SessionReport;
  fate: "open" | "completed" | "failed" | "vanished";
}

/** Decides from a look; `snapshot` is null while there is no workspace. */
export function decideWait(
  goal: WaitGoal,
  before: WaitMemory,
  snapshot: Snapshot | null,
): WaitDecision {
  const all = gather(goal.gone === "forgotten" ? new Map() : before, snapshot);
  const memory = new Map(all.map(({ id, report }) => [id, report]));
  const waited = all.filter(({ id }) => !goal.except.includes(id));
  const verdict = decideEnd(goal, waited, memory);
  return {
    memory,
    end: verdict?.end ?? null,
    sessions: verdict?.sessions ?? [],
    vanished: idsOf(waited, "vanished"),
  };
}

/** The sessions that are there, and those that were. */
function gather(before: WaitMemory, snapshot: Snapshot | null): Waited[] {
  const present = (snapshot?.sessions ?? []).map((report): Waited => ({
    id: report.view.sessionId,
    report,
    fate: !isDone(report.verdict)
      ? "open"
      : isBad(report.verdict)
      ? "failed"
      : "completed",
  }));
  const there = new Set(present.map(({ id }) => id));
  const gone = [...before].filter(([id]) => !there.has(id)).map(
    ([id, report]): Waited => ({ id, report, fate: lastFate(report) }),
  );
  return [...present, ...gone];
}

/** An ended session may be tidied away; any other has vanished. */
function lastFate({ verdict }: SessionReport): Waited["fate"] {
  return verdict.state === "completed" || verdict.state === "failed"
    ? verdict.state
    : "vanished";
}

type Ending = { end: WaitEnd; sessions: string[] } | null;

function decideEnd(
  goal: WaitGoal,
  waited: Waited[],
  seen: WaitMemory,
): Ending {
  const bad = waited.filter(({ fate }) => isBadFate(fate)).map(({ id }) => id);
  if (goal.firstFailure && bad.length > 0) {
    return { end: "failed", sessions: bad };
  }
  if (goal.until === "never") return null;
  const end = goal.until === "any"
    ? decideAny(goal, waited, seen)
    : decideAll(goal, waited, seen);
  if (end !== null) return end;
  const asking = waited.filter(({ report, fate }) =>
    fate === "open" && report.verdict.waiting
  ).map(({ id }) => id);
  return goal.untilWaiting && asking.length > 0
    ? { end: "waiting", sessions: asking }
    : null;
}

function decideAll(goal: WaitGoal, waited: Waited[], seen: WaitMemory): Ending {
  const missing = goal.named.filter((id) => !seen.has(id));
  if (goal.expect.kind === "nothing") {
    if (waited.length === 0 || missing.length > 0) {
      return { end: "nothing", sessions: missing };
    }
  } else if (missing.length > 0 || !isMet(goal.expect, seen)) return null;
  if (waited.length === 0) return { end: "nothing", sessions: [] };
  if (waited.some(({ fate }) => fate === "open")) return null;
  const bad = waited.filter(({ fate }) => isBadFate(fate)).map(({ id }) => id);
  return bad.length > 0
    ? { end: "failed", sessions: bad }
    : { end: "completed", sessions: waited.map(({ id }) => id) };
}

/** The first that ended is enough, whoever else is still to come. */
function decideAny(goal: WaitGoal, waited: Waited[], seen: WaitMemory): Ending {
  const first = waited.filter(({ fate }) => fate !== "open")
    .sort((a, b) => endOf(a) < endOf(b) ? -1 : endOf(a) > endOf(b) ? 1 : 0)[0];
  if (first !== undefined) {
    const end = first.fate === "completed" ? "completed" : "failed";
    return { end, sessions: [first.id] };
  }
  return waited.length === 0 && isMet(goal.expect, seen)
    ? { end: "nothing", sessions: goal.named.filter((id) => !seen.has(id)) }
    : null;
}

/** All timestamps of ours sort as text; one without an end sorts last. */
function endOf({ report }: Waited): string {
  return report.view.status.completed_at ?? report.verdict.since ?? "~";
}

function isBadFate(fate: Waited["fate"]): boolean {
  return fate === "failed" || fate === "vanished";
}

function isMet(expect: Expectation, seen: WaitMemory): boolean {
  if (expect.kind === "nothing") return true;
  return expect.kind === "count"
    ? seen.size >= expect.count
    : expect.ids.every((id) => seen.has(id));
}

function idsOf(waited: Waited[], fate: Waited["fate"]): string[] {
  return waited.filter((one) => one.fate === fate).map(({ id }) => id);
}
