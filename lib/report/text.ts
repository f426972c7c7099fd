/** The report for people: dashboards, failures, and what is missing. */
import { dashboards, REPORT } from "./dashboard.ts";
import { failureReportsText } from "./failure_report.ts";
import {
  flakyText,
  isFlaky,
  resultEntries,
  type Results,
  unfinishedText,
} from "./results.ts";
import { displayName } from "./sanitize.ts";

export function textReport(results: readonly Results[]): string {
  const entries = results.flatMap((one) => resultEntries(one));
  const failures = entries
    .map((entry) => entry.hasWholeStory ? entry.failureDetails : "");
  const flaky = entries.filter(isFlaky).map((entry) => {
    const told = flakyText(entry).replaceAll("\n", "; ");
    return `  ${displayName(entry.sessionId)} is flaky: ${told}\n`;
  });
  const missing = entries
    .filter(({ report }) => report === null)
    .map(({ sessionId, word, message }) => {
      const name = sessionId === "" ? "" : `${displayName(sessionId)} `;
      return `  ${name}${word}: ${message}\n`;
    });
  return [
    dashboards(results.map(({ snapshot }) => snapshot), REPORT),
    failureReportsText(failures),
    ...results.map(unfinishedText).filter((text) => text !== "")
      .map((text) => `  ${text}\n`),
    ...flaky,
    ...missing,
  ].join("");
}
