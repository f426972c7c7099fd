/**
 * A second, much shorter fold of a log, to compare with the fold of lib/session;
 * and that fold applied to a whole log from nothing.
 */
import { parseLine } from "../../lib/session/event.ts";
import { type Folded, foldLine } from "../../lib/session/fold.ts";
import { blankBookkeeping, blankStatus } from "../../lib/session/status.ts";
import { REF } from "./program.ts";

/** The state that a log leads to. */
export interface LogSummary {
  state: string;
  attempt: number;
  pct: number;
  errors: string[];
  /** The lines that counted, in order. */
  counted: string[];
}

/** The whole lines of a log: those with a newline. */
export function wholeLinesOf(log: string): string[] {
  return log.split("\n").slice(0, -1);
}

/** Folds a log. */
export function summarize(log: string): LogSummary {
  const summary: LogSummary = {
    state: "pending",
    attempt: 0,
    pct: 0,
    errors: [],
    counted: [],
  };
  for (const text of wholeLinesOf(log)) {
    const line = jsonOrNull(text);
    if (line === null || !happens(summary, line)) continue;
    summary.counted.push(text);
  }
  return summary;
}

// deno-lint-ignore no-explicit-any
function happens(summary: LogSummary, line: any): boolean {
  const { event, attempt, details } = line;
  const isRunning = summary.state === "running";
  if (event === "started") {
    if (attempt !== summary.attempt + 1 || isRunning && !details.over) {
      return false;
    }
    Object.assign(summary, { state: "running", attempt, pct: 0, errors: [] });
    return true;
  }
  if (!isRunning || attempt !== summary.attempt) return false;
  if (event === "heartbeat") summary.pct = details.pct ?? summary.pct;
  if (event === "error") {
    summary.errors.push(`[${line.timestamp}] ${details.error}`);
  }
  if (event === "completed") {
    Object.assign(summary, { state: "completed", pct: 100 });
  }
  if (event === "failed") {
    summary.state = "failed";
    summary.errors.push(`[${line.timestamp}] FATAL: ${details.error}`);
  }
  return true;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The fold of lib/session over a whole log, from nothing. */
export function foldWhole(log: string): Folded {
  let status: Folded = { ...blankStatus(REF), ptrack: blankBookkeeping() };
  for (const text of wholeLinesOf(log)) {
    const line = parseLine(text);
    if (line === null) continue;
    status = foldLine(status, line, "from nothing") ?? status;
  }
  const end = log.lastIndexOf("\n") + 1;
  const log_bytes = new TextEncoder().encode(log.slice(0, end)).length;
  return { ...status, ptrack: { ...status.ptrack, log_bytes } };
}
