/**
 * When a session ran, waited and erred, from the lines of its log: the status
 * only knows the present. Pure; fed with lines as they come, and bounded,
 * however long the log.
 */
import { parseTimestamp } from "../session/timestamp.ts";
import type { LogLine } from "../session/types.ts";
import type { History, Span } from "./wire.ts";

const MOST_RUNS = 20;
const MOST_WAITS = 60;
const MOST_ERRORS = 60;

/** A history that grows. */
export interface GrowingHistory extends History {
  /** The attempt that is running, or ran last. */
  attempt: number;
  /** The last sign of life, where an attempt ended that did not say so. */
  seenMs: number | null;
}

/** The history of a session that has said nothing yet. */
export function noHistory(): GrowingHistory {
  return { runs: [], waits: [], errorsMs: [], attempt: 0, seenMs: null };
}

/** Adds the next lines of the log, oldest first. */
export function addLines(
  history: GrowingHistory,
  lines: readonly LogLine[],
): void {
  for (const line of lines) {
    const us = parseTimestamp(line.timestamp);
    if (us !== null) addLine(history, line, Math.round(us / 1000));
  }
}

function addLine(history: GrowingHistory, line: LogLine, atMs: number): void {
  if (line.event === "started") return begin(history, line, atMs);
  // What an attempt says that has been replaced no longer counts.
  if (line.attempt !== null && line.attempt < history.attempt) return;
  switch (line.event) {
    case "heartbeat":
      endLast(history.waits, atMs);
      break;
    case "waiting":
      if (!isOpen(history.waits)) keep(history.waits, [atMs, null], MOST_WAITS);
      break;
    case "error":
      keep(history.errorsMs, atMs, MOST_ERRORS);
      break;
    case "completed":
    case "failed":
      endLast(history.waits, atMs);
      endLast(history.runs, atMs);
  }
  history.seenMs = atMs;
}

function begin(history: GrowingHistory, line: LogLine, atMs: number): void {
  const endMs = Math.min(history.seenMs ?? atMs, atMs);
  endLast(history.waits, endMs);
  endLast(history.runs, endMs);
  history.attempt = Math.max(history.attempt, line.attempt ?? 0);
  history.seenMs = atMs;
  keep(history.runs, [atMs, null], MOST_RUNS);
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
