/**
 * What the page is told: sessions, the details of one, and when each ran. It is
 * bounded, however long a log and its texts are; the page makes the texts
 * harmless. Times are milliseconds since 1970, so that the page counts ages.
 */
import { failureReport } from "../report/failure_report.ts";
import { jsonLine } from "../report/json.ts";
import { parseTimestamp } from "../session/times.ts";
import type {
  LogLine,
  SessionRef,
  SessionReport,
  Status,
} from "../session/types.ts";
import { verdictWord } from "../session/verdict.ts";

const LONGEST_LINE = 300;
const LONGEST_EVENT = 900;
const MOST_OUTPUTS = 200;
const MOST_METADATA = 100;
const MOST_RUNS = 20;
const MOST_WAITS = 60;
const MOST_ERRORS = 60;

export type PageSession = ReturnType<typeof pageSession>;
/** What is loaded when somebody opens a session. */
export type PageDetail = ReturnType<typeof pageDetail>;
export type PageLine = ReturnType<typeof pageLine>;

/** All sessions at one moment. */
export interface ServerState {
  /** Grows with each change; a page that missed one asks for all again. */
  version: number;
  takenMs: number;
  /** The one workspace that is shown; null for all. */
  workspace: string | null;
  sessions: PageSession[];
}

/** The changes since the version before. */
export interface PageDelta {
  version: number;
  takenMs: number;
  changed: PageSession[];
  /** Keys of sessions that are gone. */
  removed: string[];
}

/** The page's data as it is loaded: a report has all, and never changes. */
export type PageData = { kind: "live" } | {
  kind: "report";
  state: ServerState;
  /** By the keys of sessions. */
  details: Record<string, PageDetail>;
  /** Shown at the top; the id is "" for none, or if nobody knows it. */
  notes: { id: string; text: string }[];
};

/** Names a session among all workspaces; neither name can hold a slash. */
export function keyOf({ workspace, sessionId }: SessionRef): string {
  return `${workspace}/${sessionId}`;
}

export function pageSession(
  { view, verdict }: SessionReport,
  { runs, waits, errorsMs }: History,
) {
  const { status, workspace, sessionId } = view;
  return {
    key: keyOf(view),
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

export function pageDetail(
  status: Status,
  lines: readonly LogLine[],
  tail = Infinity,
) {
  return {
    /** The last events, oldest first. */
    lines: lines.map(pageLine),
    errors: status.errors.map(pageError),
    outputs: status.output_files.slice(0, MOST_OUTPUTS),
    metadata: Object.entries(status.metadata).slice(0, MOST_METADATA)
      .map(([key, value]) => [cut(key), cut(textOf(value))] as const),
    /** Lines of text; "" if no command failed. */
    failureReport: failureReport(status, lines, tail),
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

function pageLine({ timestamp, event, progress_pct, details }: LogLine) {
  const spoken = SPOKEN.map((key) => details[key])
    .filter((value) => typeof value === "string" && value !== "");
  const others = Object.entries(details)
    // The percentage has a column of its own.
    .filter(([key, value]) =>
      key !== "pct" && !SPOKEN.includes(key) && !isEmpty(value)
    )
    .map(([key, value]) => `${key}: ${textOf(value)}`);
  const text = cut([...spoken, ...others].join(" · "), LONGEST_EVENT);
  const atMs = milliseconds(timestamp);
  return { atMs, event: cut(event), percent: progress_pct, text };
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

/** From when to when; null if it goes on, or its end is not known. */
export type Span = [fromMs: number, toMs: number | null];

/** When a session ran, waited and reported errors; it grows with its log. */
export class History {
  /** One for each attempt in the end of the log. */
  readonly runs: Span[] = [];
  readonly waits: Span[] = [];
  readonly errorsMs: number[] = [];
  /** The attempt that is running, or ran last. */
  #attempt = 0;
  /** The last event: the end of an attempt that did not report its own. */
  #seenMs: number | null = null;

  /** Adds the next lines of the log, oldest first. */
  add(lines: readonly LogLine[]): this {
    for (const line of lines) {
      const atMs = milliseconds(line.timestamp);
      if (atMs !== null) this.#add(line, atMs);
    }
    return this;
  }

  #add({ event, attempt }: LogLine, atMs: number): void {
    const { runs, waits, errorsMs } = this;
    // Lines of an attempt that has been replaced no longer count.
    const isOld = attempt !== null && attempt < this.#attempt;
    if (isOld && event !== "started") return;
    switch (event) {
      case "started": {
        const endMs = Math.min(this.#seenMs ?? atMs, atMs);
        endLast(waits, endMs);
        endLast(runs, endMs);
        this.#attempt = Math.max(this.#attempt, attempt ?? 0);
        keep(runs, [atMs, null], MOST_RUNS);
        break;
      }
      case "heartbeat":
        endLast(waits, atMs);
        break;
      case "waiting":
        if (waits.at(-1)?.[1] !== null) keep(waits, [atMs, null], MOST_WAITS);
        break;
      case "error":
        keep(errorsMs, atMs, MOST_ERRORS);
        break;
      case "completed":
      case "failed":
        endLast(waits, atMs);
        endLast(runs, atMs);
    }
    this.#seenMs = atMs;
  }
}

/** Ends the last span, unless it has ended. */
function endLast(spans: Span[], atMs: number): void {
  const last = spans.at(-1);
  if (last?.[1] === null) last[1] = atMs;
}

function keep<T>(list: T[], item: T, most: number): void {
  list.push(item);
  if (list.length > most) list.shift();
}
