/**
 * A table in GitHub's Markdown, for step summaries, comments and tickets. What
 * came from a session stands in code spans and code blocks only: nothing in it
 * is a link, a mention, an image or the end of a cell.
 */
import { formatDuration } from "../session/duration.ts";
import {
  countsText,
  resultEntries,
  type ResultEntry,
  type Results,
  unfinishedText,
} from "./results.ts";
import { cutToWidth } from "./display.ts";
import { exactName } from "./exact_name.ts";

/** With more rows a table is no overview. */
const ROWS = 500;
const FAILURES = 10;
/** A step summary holds 1 MiB, or is lost as a whole: in bytes. */
const MOST_BYTES = 1_000_000;
const MOST_TABLE_BYTES = 500_000;
const MOST_DETAIL_BYTES = 20_000;
const MESSAGE_WIDTH = 120;

/** Who needs somebody comes first, else in the order of ids. */
const ORDER: Record<ResultEntry["grade"], number> = {
  failure: 0,
  error: 1,
  unfinished: 2,
  passed: 3,
};

/** A heading, a table and what is known of failures, for each workspace. */
export function markdownReport(results: readonly Results[]): string {
  const sections = fitting(results.map(section), MOST_BYTES);
  const left = results.length - sections.length;
  return [
    ...sections,
    ...(left === 0 ? [] : [`… and ${left} more workspaces.\n`]),
  ].join("\n");
}

/** As many of the texts as there is room for, one a line or more. */
function fitting(texts: readonly string[], bytes: number): string[] {
  let left = bytes;
  const end = texts.findIndex((text) => (left -= sizeOf(text) + 1) < 0);
  return texts.slice(0, end < 0 ? texts.length : end);
}

function sizeOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

function section(result: Results): string {
  const { workspace } = result.snapshot;
  const name = workspace === "" ? "ptrack" : code(exactName(workspace));
  const entries = resultEntries(result)
    .sort((a, b) => ORDER[a.grade] - ORDER[b.grade]);
  const rows = fitting(entries.slice(0, ROWS).map(row), MOST_TABLE_BYTES);
  const left = entries.length - rows.length;
  const unfinished = unfinishedText(result);
  return [
    `### ${name}`,
    countsText(entries),
    ...(unfinished === "" ? [] : [`**${unfinished}**`]),
    ...(entries.length === 0 ? [] : [table(rows)]),
    ...(left > 0 ? [`… and ${left} more.`] : []),
    ...entries.filter(({ grade, failureDetails }) =>
      failureDetails !== "" && (grade === "failure" || grade === "error")
    ).slice(0, FAILURES).map(details),
  ].join("\n\n") + "\n";
}

function table(rows: readonly string[]): string {
  return [
    "| State | Session | Progress | Time | Message |",
    "| --- | --- | ---: | ---: | --- |",
    ...rows,
  ].join("\n");
}

function row(entry: ResultEntry): string {
  const { word, sessionId, report, message } = entry;
  const elapsedS = report?.verdict.elapsed_s ?? null;
  const cells = [
    isBad(entry) ? `**${spoken(word)}**` : spoken(word),
    code(sessionId === "" ? "" : exactName(sessionId)),
    report === null ? "" : `${report.view.status.progress_pct}%`,
    elapsedS === null ? "" : formatDuration(elapsedS),
    code(cutToWidth(message, MESSAGE_WIDTH, "…")),
  ];
  return `| ${cells.join(" | ")} |`;
}

function isBad({ grade }: ResultEntry): boolean {
  return grade === "failure" || grade === "error";
}

function spoken(word: string): string {
  return word.replace("_", " ");
}

/** Open, since whoever comes here looks for it. */
function details({ sessionId, failureDetails }: ResultEntry): string {
  const lines = failureDetails.trimEnd().split("\n");
  const shown = fitting(lines, MOST_DETAIL_BYTES);
  if (shown.length < lines.length) shown.push("…");
  const text = shown.join("\n");
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${code(exactName(sessionId))}:\n\n${fence}text\n${text}\n${fence}`;
}

/** A code span that is safe in a cell; "" for nothing. */
function code(text: string): string {
  const shown = text.trim();
  if (shown === "") return "";
  const fence = "`".repeat(longestRun(shown) + 1);
  const padding = shown.startsWith("`") || shown.endsWith("`") ? " " : "";
  // A backslash before a pipe could be read as one that escapes a backslash.
  const cell = shown.replaceAll(/\\(?=\|)/g, "\\ ").replaceAll("|", "\\|");
  return `${fence}${padding}${cell}${padding}${fence}`;
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? [])
    .reduce((longest, run) => Math.max(longest, run.length), 0);
}
