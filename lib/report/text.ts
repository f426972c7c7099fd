/** The report for people: dashboards, failures, and what is missing. */
import { dashboards } from "./dashboard.ts";
import { failureReport, failureReportsText } from "./failure_report.ts";
import { resultEntries, type Results, unfinishedText } from "./results.ts";
import { displayName } from "./sanitize.ts";

export function textReport(results: readonly Results[]): string {
  const failures = results.flatMap(({ snapshot, logs }) =>
    snapshot.sessions.map(({ view: { sessionId, status } }) =>
      failureReport(status, logs.get(sessionId) ?? [])
    )
  );
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
