/** Reads from the logs what reports and the end of a view say of sessions. */
import {
  FAILURE_LOG_LINES,
  failureReport,
  failureReportsText,
  FAILURES_SHOWN,
} from "../../report/failure_report.ts";
import type { LogsNeeded } from "../../report/formats.ts";
import type { LogExcerpt, Results } from "../../report/results.ts";
import type { SessionView, Snapshot } from "../../session/types.ts";
import type { SessionStore } from "../../store/store.ts";

/** How many of the last events a report has, and how many a timeline. */
const EVENTS = 20;
const TIMELINE_EVENTS = 500;

/** Reads what the logs add to a snapshot. */
export async function readResults(
  store: SessionStore,
  snapshot: Snapshot,
  { missing, unfinished, logs }:
    & Pick<Results, "missing" | "unfinished">
    & { logs: LogsNeeded },
): Promise<Results> {
  const events = logs === "long" ? TIMELINE_EVENTS : EVENTS;
  const excerpts = new Map<string, LogExcerpt>();
  for (const { view } of snapshot.sessions) {
    if (logs === "failed" && view.status.state !== "failed") continue;
    const excerpt = await readExcerpt(store, view, events);
    if (excerpt !== null) excerpts.set(view.sessionId, excerpt);
  }
  return { snapshot, excerpts, missing, unfinished };
}

/** The end of a log; null if it cannot be read. */
async function readExcerpt(
  store: SessionStore,
  view: SessionView,
  events: number = EVENTS,
): Promise<LogExcerpt | null> {
  const { status } = view;
  const last = status.state === "failed"
    ? Math.max(FAILURE_LOG_LINES, events)
    : events;
  const page = await store.readLog(view, { last }).catch(() => null);
  return page === null ? null : {
    lines: page.lines.slice(-events),
    failureReport: failureReport(status, page.lines),
  };
}

/** How the commands of failed sessions failed, as text; "" if none did. */
export async function readFailures(
  store: SessionStore,
  views: readonly SessionView[],
): Promise<string> {
  const failed = views.filter(({ status }) => status.state === "failed");
  const reports: string[] = [];
  for (const view of failed.slice(0, FAILURES_SHOWN)) {
    const excerpt = await readExcerpt(store, view);
    if (excerpt?.failureReport) reports.push(excerpt.failureReport);
  }
  return failureReportsText(reports, failed.length);
}
