/**
 * Accounts for reports: reading what the logs add to a snapshot, and telling
 * what a wait had waited for in vain.
 */
import type { WaitOutcome } from "../../monitor.ts";
import type {
  LogExcerpt,
  MissingSession,
  Results,
  Unfinished,
} from "../../report/results.ts";
import {
  FAILURE_LOG_LINES,
  failureReportOf,
} from "../../report/failure_report.ts";
import { totals } from "../../session/snapshot.ts";
import type { SessionView, Snapshot } from "../../session/types.ts";
import type { WaitGoal } from "../../session/wait_condition.ts";
import type { SessionStore } from "../../store/store.ts";
import type { LogsNeeded } from "../../report/formats.ts";

/** How many of the last events are read for a report, and for a timeline. */
const EVENTS = 20;
const LONG = 500;

/** What is known besides the snapshot. */
export interface Context {
  missing: readonly MissingSession[];
  unfinished: Unfinished;
  logs: LogsNeeded;
}

/** Reads what the logs add; a log that cannot be read adds nothing. */
export async function readResults(
  store: SessionStore,
  snapshot: Snapshot,
  { missing, unfinished, logs }: Context,
): Promise<Results> {
  const excerpts = new Map<string, LogExcerpt>();
  for (const { view } of snapshot.sessions) {
    if (logs === "failed" && view.status.state !== "failed") continue;
    const excerpt = await readExcerpt(store, view, logs);
    if (excerpt !== null) excerpts.set(view.sessionId, excerpt);
  }
  return { snapshot, excerpts, missing, unfinished };
}

async function readExcerpt(
  store: SessionStore,
  view: SessionView,
  logs: LogsNeeded,
): Promise<LogExcerpt | null> {
  const isFailed = view.status.state === "failed";
  const told = logs === "long" ? LONG : EVENTS;
  const last = isFailed ? Math.max(FAILURE_LOG_LINES, told) : told;
  const page = await store.readLog(view, { last }).catch(() => null);
  if (page === null) return null;
  const failureReport = isFailed
    ? failureReportOf(view.status, page.lines)
    : null;
  return { lines: page.lines.slice(-told), failureReport };
}

/** A workspace of which nothing is known. */
export function emptySnapshot(workspace: string, takenUs: number): Snapshot {
  return { workspace, takenUs, sessions: [], totals: totals([]) };
}

/** Sessions that a wait which ended had waited for, and that are not there. */
export function missingSessions(
  goal: WaitGoal,
  { reason, sessions, vanished, snapshot }: WaitOutcome,
): MissingSession[] {
  const there = new Set([
    ...snapshot?.sessions.map(({ view }) => view.sessionId) ?? [],
    ...vanished,
  ]);
  const gone = vanished.map((sessionId): MissingSession => ({
    sessionId,
    kind: "vanished",
    reason: "It went away before its end",
  }));
  if (reason === "completed" || reason === "failed") return gone;
  const named = [
    ...reason === "nothing" ? sessions : goal.named,
    ...goal.expect.kind === "sessions" ? goal.expect.ids : [],
  ];
  const missing = [...new Set(named)].filter((id) => !there.has(id))
    .map((sessionId): MissingSession => ({
      sessionId,
      kind: "missing",
      reason: "It never began",
    }));
  const left = goal.expect.kind === "count"
    ? goal.expect.count - there.size - missing.length
    : 0;
  const others: MissingSession[] = left <= 0 ? [] : [{
    sessionId: "",
    kind: "missing",
    reason: `${left} of ${
      (goal.expect as { count: number }).count
    } expected sessions never began`,
  }];
  return [...gone, ...missing, ...others];
}
