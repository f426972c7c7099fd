/**
 * The report for people: the dashboard as files and pipes get it, then how
 * commands failed, then what a wait ended without.
 */
import { dashboards } from "./dashboard.ts";
import { failureReportsText } from "./failure_report.ts";
import { resultEntries, type Results, unfinishedText } from "./results.ts";
import { displayName } from "./sanitize.ts";

/** The report `text`. */
export function textReport(results: readonly Results[]): string {
  const failures = results.flatMap(({ excerpts }) => [...excerpts.values()])
    .map(({ failureReport }) => failureReport).filter((text) => text !== "");
  const missing = results.flatMap(resultEntries)
    .filter(({ report }) => report === null)
    .map(({ sessionId, word, message }) => {
      const name = sessionId === "" ? "" : `${displayName(sessionId)} `;
      return `  ${name}${word}: ${message}\n`;
    });
  return [
    dashboards(results.map(({ snapshot }) => snapshot)),
    failureReportsText(failures),
    ...results.map(unfinishedText).filter((text) => text !== "")
      .map((text) => `  ${text}\n`),
    ...missing,
  ].join("");
}
