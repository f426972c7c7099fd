/** Reads from the logs what reports and the end of a view say of sessions. */
import {
  FAILURE_LOG_LINES,
  failureReport,
  failureReportsText,
  FAILURES_SHOWN,
} from "../../report/failure_report.ts";
import type { LogsNeeded } from "../../report/formats.ts";
import type { Results } from "../../report/results.ts";
import type { LogLine, SessionView, Snapshot } from "../../session/types.ts";
import type { SessionStore } from "../../store/store.ts";

/** How many of the last events a report has, and how many a timeline. */
const EVENTS = 20;
const TIMELINE_EVENTS = 500;

/** Reads what the logs add to a snapshot. */
export async function readResults(
  store: SessionStore,
  snapshot: Snapshot,
  { missing, unfinished, logs: needed }:
    & Pick<Results, "missing" | "unfinished">
    & { logs: LogsNeeded },
): Promise<Results> {
  const events = needed === "long" ? TIMELINE_EVENTS : EVENTS;
  const logs = new Map<string, readonly LogLine[]>();
  for (const { view } of snapshot.sessions) {
    if (needed === "failed" && view.status.state !== "failed") continue;
    logs.set(view.sessionId, await readEnd(store, view, events));
  }
  return { snapshot, logs, missing, unfinished };
}

/** The last events of a log, enough for a failure; none if it is unreadable. */
async function readEnd(
  store: SessionStore,
  view: SessionView,
  events: number,
): Promise<readonly LogLine[]> {
  const hasFailed = view.status.state === "failed";
  const last = hasFailed ? Math.max(FAILURE_LOG_LINES, events) : events;
  const page = await store.readLog(view, { last }).catch(() => null);
  return page?.lines ?? [];
}

/** How the commands of failed sessions failed, as text; "" if none did. */
export async function readFailures(
  store: SessionStore,
  views: readonly SessionView[],
): Promise<string> {
  const failed = views.filter(({ status }) => status.state === "failed");
  const reports: string[] = [];
  for (const view of failed.slice(0, FAILURES_SHOWN)) {
    const lines = await readEnd(store, view, EVENTS);
    reports.push(failureReport(view.status, lines));
  }
  return failureReportsText(reports, failed.length);
}
