/**
 * The plain report: the dashboard as files and pipes get it, then the dossiers
 * of failed commands, then who is not there.
 */
import { resultEntries, type Results, unfinishedText } from "./results.ts";
import { dashboards } from "./dashboard.ts";
import { failureReportText } from "./failure_report.ts";
import { displayName } from "./sanitize.ts";

/** More than these are looked up one by one. */
const FAILURES = 10;

/** The results as people read them. */
export function textReport(results: readonly Results[]): string {
  const all = results.flatMap(({ excerpts }) => [...excerpts.values()])
    .flatMap(({ failureReport }) => failureReport ?? []);
  const left = all.length - FAILURES;
  return [
    dashboards(results.map(({ snapshot }) => snapshot)),
    ...all.slice(0, FAILURES).map((one) => `${failureReportText(one)}\n`),
    ...(left > 0
      ? [`  ${left} more failed; see ptrack monitor log -s ID\n\n`]
      : []),
    ...results.map(unfinishedText).filter((text) => text !== "")
      .map((text) => `  ${text}\n`),
    ...results.flatMap(resultEntries).filter(({ report }) => report === null)
      .map(({ sessionId, word, message }) =>
        `  ${sessionId === "" ? word : `${displayName(sessionId)} ${word}`}: ` +
        `${message}\n`
      ),
  ].join("");
}
