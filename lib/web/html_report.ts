/**
 * The page as a report: one file with all sessions, and as many of their logs
 * as fit, to be kept and opened anywhere.
 */
import { isBad } from "../session/totals.ts";
import type { SessionReport, Snapshot } from "../session/types.ts";
import type { SessionStore } from "../store/store.ts";
import { documentText, loadParts } from "./document.ts";
import { addLines, noHistory } from "./history.ts";
import { keyOf, pageDetail, pageSession } from "./page_session.ts";
import type { PageData, PageDetail, PageSession } from "./wire.ts";

/** The end of a log that is enough for a timeline. */
const READ_LINES = 500;
/** Of a log in a report. */
const SHOWN_LINES = 100;
/** Of all logs in a report, in characters; beyond it only failures have one. */
const MOST_DETAIL = 4_000_000;

/** The data of a report; `workspace` is the one asked for, null for all. */
export async function reportData(
  store: Pick<SessionStore, "readLog">,
  snapshots: readonly Snapshot[],
  workspace: string | null,
): Promise<PageData & { kind: "report" }> {
  const sessions: PageSession[] = [];
  const details: Record<string, PageDetail> = {};
  let room = MOST_DETAIL;
  const add = async (report: SessionReport) => {
    const { view } = report;
    const page = await store.readLog(view, { last: READ_LINES })
      .catch(() => null);
    const history = noHistory();
    addLines(history, page?.lines ?? []);
    const session = pageSession(report, history);
    sessions.push(session);
    const lines = page?.lines.slice(-SHOWN_LINES) ?? [];
    const detail = pageDetail(view.status, lines);
    room -= JSON.stringify(detail).length;
    if (room > 0 || isBad(report.verdict)) {
      details[keyOf(view.workspace, view.sessionId)] = detail;
    }
  };
  const reports = snapshots.flatMap(({ sessions }) => sessions);
  // Who failed is told of first: there may not be room for all.
  for (const one of reports) if (isBad(one.verdict)) await add(one);
  for (const one of reports) if (!isBad(one.verdict)) await add(one);
  const takenUs = Math.max(0, ...snapshots.map(({ takenUs }) => takenUs));
  return {
    kind: "report",
    state: { version: 1, takenMs: takenUs / 1000, workspace, sessions },
    details,
  };
}

/** The report as one HTML file. */
export async function renderPage(
  data: PageData & { kind: "report" },
): Promise<string> {
  return documentText(await loadParts(), data);
}
