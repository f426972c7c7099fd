/** Reading the dossiers of failed commands out of their logs. */
import {
  type FailureReport,
  failureReportOf,
  failureReportText,
} from "../../report/failure_report.ts";
import type { SessionView } from "../../session/types.ts";
import type { SessionStore } from "../../store/store.ts";

/** Where the last heartbeat before the end is looked for, in lines. */
const LINES = 50;
/** More failures than this are not read about, but looked up one by one. */
const SESSIONS = 10;

/** The failureReport of one session; null if there is none, or it cannot be read. */
export async function readFailureReport(
  store: SessionStore,
  view: SessionView,
): Promise<FailureReport | null> {
  if (view.status.state !== "failed") return null;
  const page = await store.readLog(view, { last: LINES }).catch(() => null);
  return page === null ? null : failureReportOf(view.status, page.lines);
}

/** The dossiers of a workspace as text, "" if there are none. */
export async function failureReportsText(
  store: SessionStore,
  views: readonly SessionView[],
): Promise<string> {
  const failed = views.filter(({ status }) => status.state === "failed");
  let text = "";
  for (const view of failed.slice(0, SESSIONS)) {
    const failureReport = await readFailureReport(store, view);
    if (failureReport !== null) text += `${failureReportText(failureReport)}\n`;
  }
  const left = failed.length - SESSIONS;
  return left <= 0 || text === ""
    ? text
    : `${text}  ${left} more failed; see ptrack monitor log -s ID\n\n`;
}
