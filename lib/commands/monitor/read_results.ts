/** Reads from the logs what reports and the end of a view say of sessions. */
import type { Invocation, Option } from "../../cli/command.ts";
import { parseCount } from "../../cli/options.ts";
import {
  FAILURE_LOG_LINES,
  failureReport,
  failureReportsText,
  FAILURES_SHOWN,
} from "../../report/failure_report.ts";
import type { LogsNeeded } from "../../report/formats.ts";
import type { Results } from "../../report/results.ts";
import { isAutomatic, linesOfBatch } from "../../session/log_lines.ts";
import { attemptOf } from "../../session/status.ts";
import type { LogLine, SessionView, Snapshot } from "../../session/types.ts";
import type { SessionStore } from "../../store/store.ts";

/** How much reports tell of each session. */
export const DEPTH: readonly Option[] = [
  {
    name: "tail",
    short: "n",
    value: "N",
    help: "How many lines of a failed command's output to show (30; junit " +
      "and html: all that was kept)",
  },
  {
    name: "attempts",
    value: "WHICH",
    choices: ["current", "all"],
    help: "Whose events to tell: current, all (current)",
  },
];

/** Reads these options. Throws UsageError. */
export function readDepth(invocation: Invocation) {
  const tail = invocation.text("tail");
  return {
    /** Undefined: the format decides. */
    tail: tail === null ? undefined : parseCount(tail, "--tail"),
    attempts: invocation.text("attempts") === "all" ? "all" : "current",
  } as const;
}

/** How many of the last events a report has, and how many a timeline. */
const EVENTS = 20;
const TIMELINE_EVENTS = 500;

/** What to read, and what else the results are. */
interface Wanted
  extends
    Pick<Results, "missing" | "unfinished">,
    ReturnType<typeof readDepth> {
  logs: LogsNeeded;
  /** The batch that was asked for; null for any. */
  batch: string | null;
}

/** Reads what the logs add to a snapshot. */
export async function readResults(
  store: SessionStore,
  snapshot: Snapshot,
  { missing, unfinished, tail, logs: needed, ...choice }: Wanted,
): Promise<Results> {
  const events = needed === "long" ? TIMELINE_EVENTS : EVENTS;
  const logs = new Map<string, readonly LogLine[]>();
  for (const { view } of snapshot.sessions) {
    if (needed === "failed" && !hasFailed(view) && !mayBeFlaky(view)) continue;
    logs.set(view.sessionId, await readEnd(store, view, { events, ...choice }));
  }
  return { snapshot, logs, missing, unfinished, tail };
}

function hasFailed({ status }: SessionView): boolean {
  return status.state === "failed";
}

/** A command that passed has errors if it did not at its first try. */
function mayBeFlaky({ status: { state, ptrack } }: SessionView): boolean {
  return state === "completed" && ptrack?.ended_by === "run" &&
    ptrack.errors_total > 0;
}

/** The last events of a log, enough for a failure; none if it is unreadable. */
async function readEnd(
  store: SessionStore,
  view: SessionView,
  { events, attempts, batch }: Pick<Wanted, "attempts" | "batch"> & {
    events: number;
  },
): Promise<readonly LogLine[]> {
  const attempt = attemptOf(view.status);
  const isAll = attempts === "all" || attempt === null;
  const page = await store.readLog(view, {
    last: hasFailed(view) ? Math.max(FAILURE_LOG_LINES, events) : events,
    leaveOut: isAutomatic,
    ...(isAll ? {} : { attempt }),
  }).catch(() => null);
  const lines = page?.lines ?? [];
  return batch === null || attempt === null
    ? lines
    : linesOfBatch(lines, { batch, attempt });
}

/** How the commands of failed sessions failed, as text; "" if none did. */
export async function readFailures(
  store: SessionStore,
  views: readonly SessionView[],
  tail?: number,
): Promise<string> {
  const failed = views.filter(hasFailed);
  const reports: string[] = [];
  const choice = { attempts: "current", batch: null, events: EVENTS } as const;
  for (const view of failed.slice(0, FAILURES_SHOWN)) {
    const lines = await readEnd(store, view, choice);
    reports.push(failureReport(view.status, lines, tail));
  }
  return failureReportsText(reports, failed.length);
}
