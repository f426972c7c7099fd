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
  resultEntries,
  type ResultEntry,
  type Results,
  spoken,
  unfinishedText,
} from "./results.ts";
import { exactName } from "./json.ts";

/** A table with more rows is no overview. */
const MOST_ROWS = 500;
/** A step summary that is larger than 1 MiB is lost as a whole. */
const MOST_BYTES = 1_000_000;
const MOST_TABLE_BYTES = 500_000;
const MOST_DETAIL_BYTES = 20_000;
const MESSAGE_WIDTH = 120;

const TABLE_HEAD = [
  "| State | Session | Progress | Time | Message |",
  "| --- | --- | ---: | ---: | --- |",
];

/** What failed comes first. */
const ORDER: readonly Grade[] = ["failure", "error", "unfinished", "passed"];

/** The report `markdown`: a section for each workspace. */
export function markdownReport(results: readonly Results[]): string {
  const sections = fitting(results.map(section), MOST_BYTES);
  const left = results.length - sections.length;
  if (left > 0) sections.push(`… and ${left} more workspaces.\n`);
  return sections.join("\n");
}

/** The first texts that fit into so many bytes, each with a line end. */
function fitting(texts: readonly string[], bytes: number): string[] {
  const encoder = new TextEncoder();
  let left = bytes;
  const end = texts.findIndex((text) =>
    (left -= encoder.encode(text).length + 1) < 0
  );
  return texts.slice(0, end < 0 ? texts.length : end);
}

function section(results: Results): string {
  const { workspace } = results.snapshot;
  const entries = resultEntries(results)
    .sort((a, b) => ORDER.indexOf(a.grade) - ORDER.indexOf(b.grade));
  const first = entries.slice(0, MOST_ROWS);
  const rows = fitting(first.map(row), MOST_TABLE_BYTES);
  const left = entries.length - rows.length;
  const unfinished = unfinishedText(results);
  const failures = entries
    .filter((entry) => hasFailed(entry) && entry.failureDetails !== "")
    .slice(0, FAILURES_SHOWN);
  return [
    `### ${workspace === "" ? "ptrack" : code(exactName(workspace))}`,
    countsText(entries),
    unfinished === "" ? "" : `**${unfinished}**`,
    entries.length === 0 ? "" : [...TABLE_HEAD, ...rows].join("\n"),
    left > 0 ? `… and ${left} more.` : "",
    ...failures.map(details),
  ].filter((part) => part !== "").join("\n\n") + "\n";
}

function row(entry: ResultEntry): string {
  const { word, sessionId, report, message } = entry;
  const elapsedS = report?.verdict.elapsed_s ?? null;
  const cells = [
    hasFailed(entry) ? `**${spoken(word)}**` : spoken(word),
    code(sessionId === "" ? "" : exactName(sessionId)),
    report === null ? "" : `${report.view.status.progress_pct}%`,
    elapsedS === null ? "" : formatDuration(elapsedS),
    code(cutToWidth(message, MESSAGE_WIDTH, "…")),
  ];
  return `| ${cells.join(" | ")} |`;
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
