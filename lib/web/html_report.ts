/**
 * The page as a report: one file with all sessions, and as many of their logs
 * as fit, to be kept and opened anywhere.
 */
import {
  type Coverage,
  type Results,
  unfinishedText,
} from "../report/results.ts";
import { isBad } from "../session/snapshot.ts";
import { pageDocument } from "./document.ts";
import {
  History,
  keyOf,
  type PageData,
  type PageDetail,
  pageDetail,
  pageSession,
} from "./page_data.ts";

/** How many of a session's events are in a report. */
const SHOWN_LINES = 100;
/** The size of all details, in characters, beyond which only failures have any. */
const MOST_DETAIL = 4_000_000;

export async function htmlReport(
  results: readonly Results[],
  coverage: Coverage,
): Promise<string> {
  return (await pageDocument(reportData(results, coverage))).html;
}

/** The data of the page. Pure. */
export function reportData(
  results: readonly Results[],
  coverage: Coverage,
): PageData & { kind: "report" } {
  const reports = results.flatMap(({ snapshot, logs, tail }) =>
    snapshot.sessions.map((report) => ({
      report,
      tail,
      isFailure: isBad(report.verdict),
      lines: logs.get(report.view.sessionId) ?? [],
    }))
  );
  // Failures come first: there may not be room for all.
  reports.sort((a, b) => Number(b.isFailure) - Number(a.isFailure));
  const details: Record<string, PageDetail> = {};
  let room = MOST_DETAIL;
  for (const { report: { view }, isFailure, lines, tail } of reports) {
    const shown = lines.slice(-SHOWN_LINES);
    const detail = pageDetail(view.status, shown, tail);
    room -= JSON.stringify(detail).length;
    if (room > 0 || isFailure) details[keyOf(view)] = detail;
  }
  const snapshots = results.map(({ snapshot }) => snapshot);
  const workspace = coverage === "one" ? snapshots[0]?.workspace : undefined;
  return {
    kind: "report",
    state: {
      version: 1,
      takenMs: Math.max(0, ...snapshots.map(({ takenUs }) => takenUs / 1000)),
      workspace: workspace ?? null,
      sessions: reports.map(({ report, lines }) =>
        pageSession(report, new History().add(lines))
      ),
    },
    details,
    notes: results.flatMap(notesOf),
  };
}

function notesOf(results: Results) {
  const missing = results.missing
    .map(({ sessionId, reason }) => ({ id: sessionId, text: reason }));
  const text = unfinishedText(results);
  return text === "" ? missing : [{ id: "", text }, ...missing];
}
