/**
 * A session in the form that the page gets: its list entry, its details, and
 * its history from the lines of its log, since the status only knows the
 * present. All of it is bounded, however long the log and its texts are.
 */
import { failureReport } from "../report/failure_report.ts";
import { jsonLine } from "../report/json.ts";
import { parseTimestamp } from "../session/times.ts";
import type { LogLine, SessionReport, Status } from "../session/types.ts";
import { verdictWord } from "../session/verdict.ts";

const LONGEST_LINE = 300;
const LONGEST_EVENT = 900;
const MOST_OUTPUTS = 200;
const MOST_METADATA = 100;
const MOST_RUNS = 20;
const MOST_WAITS = 60;
const MOST_ERRORS = 60;

/** From when to when; null if it goes on, or its end is not known. */
export type Span = readonly [fromMs: number, toMs: number | null];

/** When a session ran, waited and reported errors, for the timeline. */
export interface History {
  /** One for each attempt in the end of the log. */
  runs: Span[];
  waits: Span[];
  errorsMs: number[];
}

/** A session in a list. */
export type PageSession = ReturnType<typeof pageSession>;
/** What is loaded when somebody opens a session. */
export type PageDetail = ReturnType<typeof pageDetail>;
/** An event of a log. */
export type PageLine = ReturnType<typeof pageLine>;

/** Names a session among all workspaces; neither name can hold a slash. */
export function keyOf(workspace: string, sessionId: string): string {
  return `${workspace}/${sessionId}`;
}

/** The list entry of a session. */
export function pageSession(
  { view, verdict }: SessionReport,
  { runs, waits, errorsMs }: History,
) {
  const { status, workspace, sessionId } = view;
  return {
    key: keyOf(workspace, sessionId),
    workspace,
    id: sessionId,
    word: verdictWord(verdict),
    reason: cut(verdict.reason),
    task: cut(status.task_description),
    message: cut(status.message),
    percent: status.progress_pct,
    startedMs: milliseconds(status.started_at),
    endedMs: milliseconds(status.completed_at),
    heartbeatMs: milliseconds(status.last_heartbeat),
    attempt: status.ptrack?.attempt ?? 0,
    batch: status.ptrack?.batch ?? null,
    errorsTotal: status.ptrack?.errors_total ?? status.errors.length,
    lastError: cut(pageError(status.errors.at(-1) ?? "").text),
    outputsTotal: status.output_files.length,
    history: { runs, waits, errorsMs },
  };
}

/** The details of a session. */
export function pageDetail(status: Status, lines: readonly LogLine[]) {
  return {
    /** The last events, oldest first. */
    lines: lines.map(pageLine),
    errors: status.errors.map(pageError),
    outputs: status.output_files.slice(0, MOST_OUTPUTS),
    metadata: Object.entries(status.metadata).slice(0, MOST_METADATA)
      .map(([key, value]) => [cut(key), cut(textOf(value))] as const),
    /** Lines of text; "" if no command failed. */
    failureReport: failureReport(status, lines),
  };
}

/** Errors are stored as `[timestamp] text`. */
function pageError(stored: string) {
  const end = stored.startsWith("[") ? stored.indexOf("] ") : -1;
  const atMs = end < 0 ? null : milliseconds(stored.slice(1, end));
  const text = atMs === null ? stored : stored.slice(end + 2);
  return { atMs, text: cut(text, LONGEST_EVENT) };
}

/** These details come first, and without the name of their key. */
const SPOKEN = ["task", "message", "reason", "error"];

function pageLine(line: LogLine) {
  const { timestamp, event, progress_pct: percent, details } = line;
  const spoken = SPOKEN.map((key) => details[key])
    .filter((value) => typeof value === "string" && value !== "");
  const others = Object.entries(details)
    // The percentage has a column of its own.
    .filter(([key, value]) =>
      key !== "pct" && !SPOKEN.includes(key) && !isEmpty(value)
    )
    .map(([key, value]) => `${key}: ${textOf(value)}`);
  const text = cut([...spoken, ...others].join(" · "), LONGEST_EVENT);
  return { atMs: milliseconds(timestamp), event: cut(event), percent, text };
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" ||
    typeof value === "object" && Object.keys(value).length === 0;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : jsonLine(value);
}

function cut(text: string, longest = LONGEST_LINE): string {
  return text.length <= longest
    ? text
    : `${text.slice(0, longest - 1).toWellFormed()}…`;
}

function milliseconds(timestamp: string | null): number | null {
  const us = parseTimestamp(timestamp);
  return us === null ? null : Math.round(us / 1000);
}

/** A history that grows with its log. */
export interface GrowingHistory extends History {
  /** The attempt that is running, or ran last. */
  attempt: number;
  /** The last event: the end of an attempt that did not report its own. */
  seenMs: number | null;
}

/** The history of a session without events. */
export function emptyHistory(): GrowingHistory {
  return { runs: [], waits: [], errorsMs: [], attempt: 0, seenMs: null };
}

/** Adds the next lines of the log, oldest first. */
export function addLines(
  history: GrowingHistory,
  lines: readonly LogLine[],
): void {
  for (const line of lines) {
    const atMs = milliseconds(line.timestamp);
    if (atMs !== null) addLine(history, line, atMs);
  }
}

function addLine(history: GrowingHistory, line: LogLine, atMs: number): void {
  const { runs, waits, errorsMs, attempt, seenMs } = history;
  // Lines of an attempt that has been replaced no longer count.
  const isOld = line.attempt !== null && line.attempt < attempt;
  if (isOld && line.event !== "started") return;
  switch (line.event) {
    case "started": {
      const endMs = Math.min(seenMs ?? atMs, atMs);
      endLast(waits, endMs);
      endLast(runs, endMs);
      history.attempt = Math.max(attempt, line.attempt ?? 0);
      keep(runs, [atMs, null], MOST_RUNS);
      break;
    }
    case "heartbeat":
      endLast(waits, atMs);
      break;
    case "waiting":
      if (!isOpen(waits)) keep(waits, [atMs, null], MOST_WAITS);
      break;
    case "error":
      keep(errorsMs, atMs, MOST_ERRORS);
      break;
    case "completed":
    case "failed":
      endLast(waits, atMs);
      endLast(runs, atMs);
  }
  history.seenMs = atMs;
}

function isOpen(spans: readonly Span[]): boolean {
  const last = spans.at(-1);
  return last !== undefined && last[1] === null;
}

function endLast(spans: Span[], atMs: number): void {
  if (isOpen(spans)) spans.push([spans.pop()![0], atMs]);
}

function keep<T>(list: T[], item: T, most: number): void {
  list.push(item);
  if (list.length > most) list.shift();
}
