/** Reading how commands failed out of their logs. */
import {
  FAILURE_LOG_LINES,
  failureReportOf,
  failureReportsText as textOf,
  FAILURES_SHOWN,
} from "../../report/failure_report.ts";
import type { SessionView } from "../../session/types.ts";
import type { SessionStore } from "../../store/store.ts";

/** How the first commands of a workspace failed, as text; "" for none. */
export async function failureReportsText(
  store: SessionStore,
  views: readonly SessionView[],
): Promise<string> {
  const failed = views.filter(({ status }) => status.state === "failed");
  const reports = [];
  for (const view of failed.slice(0, FAILURES_SHOWN)) {
    const page = await store.readLog(view, { last: FAILURE_LOG_LINES })
      .catch(() => null);
    const report = page && failureReportOf(view.status, page.lines);
    if (report !== null) reports.push(report);
  }
  return textOf(reports, failed.length);
}
