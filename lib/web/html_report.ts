/**
 * The page as a report: one file with all sessions, and as many of their logs
 * as fit, to be kept and opened anywhere. Pure but for the page's own parts,
 * which are loaded.
 */
import {
  type Coverage,
  type Results,
  unfinishedText,
} from "../report/results.ts";
import { isBad } from "../session/snapshot.ts";
import type { LogLine, SessionReport } from "../session/types.ts";
import { documentText, loadParts } from "./document.ts";
import { addLines, noHistory } from "./history.ts";
import { keyOf, pageDetail, pageSession } from "./page_session.ts";
import type { PageData, PageDetail, PageNote, PageSession } from "./wire.ts";

/** The data of a report. */
export type ReportData = PageData & { kind: "report" };

/** Of a session's events in a report. */
const SHOWN_LINES = 100;
/** Of all details together, in characters; beyond it only failures have any. */
const MOST_DETAIL = 4_000_000;

/** The whole HTML file; `coverage` is whether one workspace was named. */
export async function htmlReport(
  parts: readonly Results[],
  coverage: Coverage,
): Promise<string> {
  return await renderPage(reportData(parts, coverage));
}

/** A report's data as one HTML file. */
export async function renderPage(data: ReportData): Promise<string> {
  return documentText(await loadParts(), data);
}

/** What the page is to show of these workspaces. */
export function reportData(
  parts: readonly Results[],
  coverage: Coverage,
): ReportData {
  const sessions: PageSession[] = [];
  const details: Record<string, PageDetail> = {};
  let room = MOST_DETAIL;
  const add = (report: SessionReport, lines: readonly LogLine[]) => {
    const { view } = report;
    const history = noHistory();
    addLines(history, lines);
    sessions.push(pageSession(report, history));
    const detail = pageDetail(view.status, lines.slice(-SHOWN_LINES));
    room -= JSON.stringify(detail).length;
    if (room > 0 || isBad(report.verdict)) {
      details[keyOf(view.workspace, view.sessionId)] = detail;
    }
  };
  const addAll = (isWanted: (report: SessionReport) => boolean) => {
    for (const { snapshot, excerpts } of parts) {
      for (const report of snapshot.sessions.filter(isWanted)) {
        add(report, excerpts.get(report.view.sessionId)?.lines ?? []);
      }
    }
  };
  // Who failed is told of first: there may not be room for all.
  addAll(({ verdict }) => isBad(verdict));
  addAll(({ verdict }) => !isBad(verdict));
  const takenUs = Math.max(0, ...parts.map(({ snapshot }) => snapshot.takenUs));
  return {
    kind: "report",
    state: {
      version: 1,
      takenMs: takenUs / 1000,
      workspace: coverage === "one"
        ? parts[0]?.snapshot.workspace ?? null
        : null,
      sessions,
    },
    details,
    notes: parts.flatMap(notesOf),
  };
}

function notesOf(results: Results): PageNote[] {
  const text = unfinishedText(results);
  return [
    ...(text === "" ? [] : [{ id: "", text }]),
    ...results.missing.map(({ sessionId: id, reason }) => ({
      id,
      text: reason,
    })),
  ];
}
