/**
 * The plain report: the dashboard as files and pipes get it, then the dossiers
 * of failed commands, then who is not there.
 */
import { resultEntries, type Results, unfinishedText } from "./results.ts";
import { dashboards } from "./dashboard.ts";
import { failureReportText } from "./failure_report.ts";
import { displayName } from "./sanitize.ts";

/** More than these are looked up one by one. */
const DOSSIERS = 10;

/** The accounts as people read them. */
export function plainReport(accounts: readonly Results[]): string {
  const all = accounts.flatMap(({ stories }) => [...stories.values()])
    .flatMap(({ dossier }) => dossier ?? []);
  const left = all.length - DOSSIERS;
  return [
    dashboards(accounts.map(({ snapshot }) => snapshot)),
    ...all.slice(0, DOSSIERS).map((one) => `${failureReportText(one)}\n`),
    ...(left > 0
      ? [`  ${left} more failed; see ptrack monitor log -s ID\n\n`]
      : []),
    ...accounts.map(unfinishedText).filter((text) => text !== "")
      .map((text) => `  ${text}\n`),
    ...accounts.flatMap(resultEntries).filter(({ report }) => report === null)
      .map(({ sessionId, word, message }) =>
        `  ${sessionId === "" ? word : `${displayName(sessionId)} ${word}`}: ` +
        `${message}\n`
      ),
  ].join("");
}
