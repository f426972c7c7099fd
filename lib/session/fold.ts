/**
 * What each event does to a status: the table of docs/format.md as pure
 * functions. `foldLine` answers whether the line counted; every verb answers
 * from that.
 */
import { foldAgent } from "./agent.ts";
import { clampPercent, isObject, stringOr, textsOf } from "./event.ts";
import {
  blankBookkeeping,
  blankStatus,
  isProcess,
  isSeconds,
} from "./status.ts";
import { isLater, parseTimestamp } from "./times.ts";
import type { Bookkeeping, LogLine, Owner, Status } from "./types.ts";

/** How many errors a status keeps; the log keeps all. */
export const ERRORS_KEPT = 100;

/** Where the fold of a line begins from. */
export interface FoldMode {
  /** The log is folded from nothing: lines without an id count too. */
  fromNothing: boolean;
  /** The status may have folded the line already: no error comes twice. */
  over: boolean;
}

/** A status with bookkeeping, as the fold keeps it. */
export type Folded = Status & { ptrack: Bookkeeping };

/** A line's effect. */
export interface FoldStep {
  status: Folded;
  counted: boolean;
}

/** Folds one line into a status. */
export function foldLine(
  status: Folded,
  line: LogLine,
  mode: FoldMode,
): FoldStep {
  const ignored = { status, counted: false };
  if (parseTimestamp(line.timestamp) === null) return ignored;
  if (line.id === "") {
    return mode.fromNothing ? foldForeign(status, line) : ignored;
  }
  if (line.event === "started") {
    return begins(status, line)
      ? { status: started(status, line, line.attempt!), counted: true }
      : ignored;
  }
  if (status.state !== "running") return ignored;
  if (line.attempt !== status.ptrack.attempt) return ignored;
  if (mode.over && line.event === "error" && isKnownError(status, line)) {
    return { status, counted: true };
  }
  const next = apply(status, line);
  return next === null ? ignored : { status: next, counted: true };
}

function begins(status: Folded, line: LogLine): boolean {
  if (line.attempt !== status.ptrack.attempt + 1) return false;
  const over = stringOr(line.details["over"], "");
  return status.state !== "running" || over !== "";
}

/** The original's lines name no attempt and are always taken at their word. */
function foldForeign(status: Folded, line: LogLine): FoldStep {
  if (line.event === "started") {
    return { status: started(status, line, 1), counted: true };
  }
  const details = { ...line.details };
  if (line.event === "heartbeat") details["pct"] = line.progress_pct;
  const next = apply(status, { ...line, details });
  return next === null
    ? { status, counted: false }
    : { status: next, counted: true };
}

function apply(status: Folded, line: LogLine): Folded | null {
  switch (line.event) {
    case "heartbeat":
      return heartbeat(status, line);
    case "waiting":
      return waiting(status, line);
    case "error":
      return error(status, line);
    case "completed":
      return completed(status, line);
    case "failed":
      return failed(status, line);
    default:
      return null;
  }
}

function started(status: Folded, line: LogLine, attempt: number): Folded {
  const { details } = line;
  const { ended_by: _, agent: __, ...before } = status.ptrack;
  const next: Folded = {
    ...status,
    ...blankStatus({
      sessionId: status.session_id,
      workspace: status.workspace,
    }),
    state: "running",
    task_description: stringOr(details["task"], ""),
    started_at: line.timestamp,
    last_heartbeat: line.timestamp,
    metadata: isObject(details["metadata"]) ? details["metadata"] : {},
    ptrack: {
      ...before,
      ...blankBookkeeping(),
      log_bytes: status.ptrack.log_bytes,
      log_tail: status.ptrack.log_tail,
      attempt,
      progress_at: line.timestamp,
      heartbeat_timeout: secondsOf(details["heartbeat_timeout"]),
      session_timeout: secondsOf(details["session_timeout"]),
      batch: stringOr(details["batch"], null),
      owner: ownerOf(details["owner"]),
      ...endedByOf(details["ended_by"]),
    },
  };
  tellAgent(next, line);
  return next;
}

function endedByOf(value: unknown): Pick<Bookkeeping, "ended_by"> {
  return value === "run" || value === "hook" ? { ended_by: value } : {};
}

/** Only hooks tell of agents: nobody else waits for what is said here. */
function tellAgent(next: Folded, { details, timestamp }: LogLine): void {
  const news = details["agent"];
  if (news !== undefined) foldAgent(next, news, timestamp);
}

function heartbeat(status: Folded, line: LogLine): Folded {
  const { details } = line;
  const next = alive(status, line);
  if (isProcess(details["child"])) next.ptrack.child = details["child"];
  if (details["auto"] === true) return next;
  const percent = clampPercent(details["pct"]) ?? next.progress_pct;
  const message = stringOr(details["message"], "") || status.message;
  if (percent !== status.progress_pct || message !== status.message) {
    next.ptrack.progress_at = line.timestamp;
  }
  next.progress_pct = percent;
  next.message = message;
  next.output_files = textsOf(details["output_files"]) ?? status.output_files;
  if (isObject(details["metadata"])) {
    next.metadata = { ...next.metadata, ...details["metadata"] };
  }
  next.ptrack.waiting = null;
  return next;
}

function waiting(status: Folded, line: LogLine): Folded {
  const next = alive(status, line);
  const { reason, kind } = line.details;
  next.ptrack.waiting = {
    reason: stringOr(reason, ""),
    since: line.timestamp,
    ...(kind === "idle" || kind === "parked" ? { kind } : {}),
  };
  return next;
}

function error(status: Folded, line: LogLine): Folded {
  return withError(alive(status, line), errorText(line));
}

function completed(status: Folded, line: LogLine): Folded {
  const { details } = line;
  const next = ended(status, line);
  next.state = "completed";
  next.progress_pct = 100;
  next.message = stringOr(details["message"], "") || status.message;
  next.output_files = outputsOf(details["output_files"], status);
  return next;
}

function failed(status: Folded, line: LogLine): Folded {
  const { details } = line;
  const next = ended(status, line);
  const summary = stringOr(details["error"], "");
  next.state = "failed";
  next.message = `FAILED: ${summary}`;
  next.output_files = outputsOf(details["output_files"], status);
  return withError(next, `[${line.timestamp}] FATAL: ${summary}`);
}

/**
 * A copy whose heartbeat is the line's, unless a later one is known. A sign of
 * life after the owner's end says that the session is driven from elsewhere.
 */
function alive(status: Folded, line: LogLine): Folded {
  const ptrack = { ...status.ptrack };
  if (line.details["owner"] === null) ptrack.owner = null;
  const next = {
    ...status,
    last_heartbeat: isLater(status.last_heartbeat, line.timestamp)
      ? status.last_heartbeat
      : line.timestamp,
    ptrack,
  };
  tellAgent(next, line);
  return next;
}

function ended(status: Folded, line: LogLine): Folded {
  const next = alive(status, line);
  next.completed_at = line.timestamp;
  next.ptrack.waiting = null;
  // What was to be ended by hooks, and was not, has ended by its own word.
  if (next.ptrack.ended_by === "hook" && line.details["by"] !== "hook") {
    delete next.ptrack.ended_by;
  }
  return next;
}

/** Outputs "if given": an empty list says nothing. */
function outputsOf(value: unknown, status: Folded): string[] {
  const files = textsOf(value);
  return files === null || files.length === 0 ? status.output_files : files;
}

function withError(next: Folded, text: string): Folded {
  next.errors = [...next.errors.slice(1 - ERRORS_KEPT), text];
  next.ptrack.errors_total++;
  return next;
}

function errorText(line: LogLine): string {
  return `[${line.timestamp}] ${stringOr(line.details["error"], "")}`;
}

function isKnownError(status: Folded, line: LogLine): boolean {
  return status.errors.includes(errorText(line));
}

function secondsOf(value: unknown): number | null {
  return isSeconds(value) ? value : null;
}

function ownerOf(value: unknown): Owner | null {
  return isProcess(value) ? value : null;
}
