/**
 * A table in GitHub's Markdown. What came from a session stands in code spans
 * and code blocks only: nothing in it is a link, an image or the end of a cell.
 */
import { formatDuration } from "../session/times.ts";
import { cutToWidth } from "./display.ts";
import { FAILURES_SHOWN } from "./failure_report.ts";
import {
  countsText,
  type Grade,
  isFlaky,
  resultEntries,
  type ResultEntry,
  type Results,
  spoken,
  unfinishedText,
} from "./results.ts";
import { exactName } from "./json.ts";

/** A table with more rows is no overview. */
const MOST_ROWS = 500;
const MOST_BYTES = 1_000_000;
/** The part of a section that its table may take; the rest is for details. */
const TABLE_SHARE = 0.5;
/** Room for the lines that say how much was left out. */
const LEFT_BYTES = 100;
const MOST_DETAIL_BYTES = 20_000;
const MESSAGE_WIDTH = 200;

const TABLE_HEAD = [
  "| State | Session | Progress | Time | Message |",
  "| --- | --- | ---: | ---: | --- |",
];

/** What failed comes first. */
const ORDER: readonly Grade[] = ["failure", "error", "unfinished", "passed"];

/** The report `markdown`: a section for each workspace. */
export function markdownReport(results: readonly Results[]): string {
  return markdownWithin(results, MOST_BYTES);
}

/** As much of the report as fits into so many bytes; "" if nothing does. */
export function markdownWithin(
  results: readonly Results[],
  bytes: number,
): string {
  let left = bytes - LEFT_BYTES;
  const sections: string[] = [];
  for (const one of results) {
    const text = section(one, left - 1);
    left -= sizeOf(text) + 1;
    if (left < 0) break;
    sections.push(text);
  }
  const missing = results.length - sections.length;
  if (sections.length > 0 && missing > 0) {
    sections.push(`… and ${missing} more workspaces.\n`);
  }
  return sections.join("\n");
}

/** The first texts that fit into so many bytes, each with a line end. */
function fitting(texts: readonly string[], bytes: number): string[] {
  let left = bytes;
  const end = texts.findIndex((text) => (left -= sizeOf(text) + 1) < 0);
  return texts.slice(0, end < 0 ? texts.length : end);
}

function sizeOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Larger than `bytes` only if not even its head fits. */
function section(results: Results, bytes: number): string {
  const { workspace } = results.snapshot;
  const entries = resultEntries(results)
    .sort((a, b) => rankOf(a) - rankOf(b));
  const first = entries.slice(0, MOST_ROWS);
  const unfinished = unfinishedText(results);
  const head = [
    `### ${workspace === "" ? "ptrack" : code(exactName(workspace))}`,
    countsText(entries),
    ...(unfinished === "" ? [] : [`**${unfinished}**`]),
  ].join("\n\n");
  let room = bytes - sizeOf(head) - LEFT_BYTES;
  const rows = fitting(first.map(row), room * TABLE_SHARE);
  const table = rows.length === 0 ? "" : [...TABLE_HEAD, ...rows].join("\n");
  const left = entries.length - rows.length;
  room -= sizeOf(table) + LEFT_BYTES;
  const failures = entries
    .filter((entry) => hasFailed(entry) && entry.failureDetails !== "")
    .slice(0, FAILURES_SHOWN);
  return [
    head,
    table,
    left > 0 ? `… and ${left} more.` : "",
    ...fitting(failures.map(details), room - failures.length),
  ].filter((part) => part !== "").join("\n\n") + "\n";
}

function row(entry: ResultEntry): string {
  const { word, sessionId, report, message } = entry;
  const elapsedS = report?.verdict.elapsed_s ?? null;
  const state = isFlaky(entry) ? "completed, flaky" : spoken(word);
  const cells = [
    hasFailed(entry) ? `**${state}**` : state,
    code(sessionId === "" ? "" : exactName(sessionId)),
    report === null ? "" : `${report.view.status.progress_pct}%`,
    elapsedS === null ? "" : formatDuration(elapsedS),
    code(cutToWidth(message, MESSAGE_WIDTH, "…")),
  ];
  return `| ${cells.join(" | ")} |`;
}

function rankOf(entry: ResultEntry): number {
  return ORDER.indexOf(entry.grade) - (isFlaky(entry) ? 0.5 : 0);
}

function hasFailed({ grade }: ResultEntry): boolean {
  return grade === "failure" || grade === "error";
}

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
  return Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
}
