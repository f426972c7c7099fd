/**
 * From a session as a monitor sees it to what the page is told of it. Long
 * texts are cut: the page shows a line of each, and asks for more when somebody
 * opens the session.
 */
import { verdictWord } from "../session/verdict.ts";
import { parseTimestamp } from "../session/timestamp.ts";
import type { LogLine, SessionReport, Status } from "../session/types.ts";
import {
  failureReportOf,
  failureReportText,
} from "../report/failure_report.ts";
import type {
  History,
  PageDetail,
  PageError,
  PageLine,
  PageSession,
} from "./wire.ts";

const LONGEST_LINE = 300;
const LONGEST_EVENT = 900;
const MOST_OUTPUTS = 200;
const MOST_METADATA = 100;

/** Names a session among all workspaces; neither name can hold a slash. */
export function keyOf(workspace: string, sessionId: string): string {
  return `${workspace}/${sessionId}`;
}

/** A session for a list. */
export function pageSession(
  { view, verdict }: SessionReport,
  history: History,
): PageSession {
  const { status, workspace, sessionId } = view;
  const errorsTotal = status.ptrack?.errors_total ?? status.errors.length;
  const { runs, waits, errorsMs } = history;
  return {
    key: keyOf(workspace, sessionId),
    workspace,
    id: sessionId,
    word: verdictWord(verdict),
    reason: cut(verdict.reason),
    sinceMs: milliseconds(verdict.since),
    task: cut(status.task_description),
    message: cut(status.message),
    percent: status.progress_pct,
    startedMs: milliseconds(status.started_at),
    endedMs: milliseconds(status.completed_at),
    heartbeatMs: milliseconds(status.last_heartbeat),
    attempt: status.ptrack?.attempt ?? 0,
    batch: status.ptrack?.batch ?? null,
    errorsTotal,
    lastError: cut(pageError(status.errors.at(-1) ?? "").text),
    outputsTotal: status.output_files.length,
    history: { runs, waits, errorsMs },
  };
}

/** All that is told of one session. */
export function pageDetail(
  status: Status,
  lines: readonly LogLine[],
): PageDetail {
  const failureReport = failureReportOf(status, lines);
  return {
    lines: lines.map(pageLine),
    errors: status.errors.map(pageError),
    outputs: status.output_files.slice(0, MOST_OUTPUTS),
    metadata: Object.entries(status.metadata).slice(0, MOST_METADATA)
      .map(([key, value]) => [cut(key), cut(textOf(value))]),
    failureReport: failureReport === null
      ? ""
      : failureReportText(failureReport),
  };
}

/** Errors are stored as `[timestamp] text`. */
function pageError(stored: string): PageError {
  const end = stored.startsWith("[") ? stored.indexOf("] ") : -1;
  const atMs = end < 0 ? null : milliseconds(stored.slice(1, end));
  const text = atMs === null ? stored : stored.slice(end + 2);
  return { atMs, text: cut(text, LONGEST_EVENT) };
}

/** What somebody said comes first, and without the name of its key. */
const SPOKEN = ["task", "message", "reason", "error"];
/** Stands beside the event already. */
const SHOWN = ["pct"];

function pageLine(line: LogLine): PageLine {
  const { timestamp, event, progress_pct: percent, details } = line;
  const spoken = SPOKEN.map((key) => details[key])
    .filter((value) => typeof value === "string" && value !== "");
  const others = Object.entries(details)
    .filter(([key, value]) =>
      !SPOKEN.includes(key) && !SHOWN.includes(key) &&
      !isEmpty(value)
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
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "…";
  }
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
