/**
 * What each event does to a status: the table of docs/format.md as pure
 * functions. A line counts or it is ignored; every verb answers from that.
 */
import { foldAgent } from "./agent.ts";
import { clampPercent, isObject, stringOr, textsOf } from "./event.ts";
import {
  blankBookkeeping,
  blankStatus,
  isElapsed,
  isProcess,
  isSeconds,
} from "./status.ts";
import { isLater, parseTimestamp } from "./times.ts";
import type { Bookkeeping, LogLine, Status } from "./types.ts";

/** How many errors a status keeps; the log keeps all. */
const ERRORS_KEPT = 100;
/** How long those may be together, in characters. */
const ERRORS_LENGTH = 64 * 1024;

/**
 * Where a fold begins: from nothing, so that lines without an id count too; at
 * the place that the status has come to; or over a status that may have some of
 * the lines already, so that no error is counted twice.
 */
export type FoldMode = "from nothing" | "onward" | "overlapping";

/** A status with bookkeeping, as the fold keeps it. */
export type Folded = Status & { ptrack: Bookkeeping };

/** Folds one line into a status; null if the line does not count. */
export function foldLine(
  status: Folded,
  line: LogLine,
  mode: FoldMode,
): Folded | null {
  if (parseTimestamp(line.timestamp) === null) return null;
  if (line.id === "") {
    return mode === "from nothing" ? foldForeign(status, line) : null;
  }
  if (line.event === "started") {
    return begins(status, line) ? started(status, line, line.attempt!) : null;
  }
  const { attempt } = status.ptrack;
  if (status.state !== "running" || line.attempt !== attempt) return null;
  const isKnown = mode === "overlapping" && line.event === "error" &&
    status.errors.includes(errorText(line));
  return isKnown ? status : apply(status, line);
}

/** A line of the original, which names no attempt and always counts. */
function foldForeign(status: Folded, line: LogLine): Folded | null {
  if (line.event === "started") return started(status, line, 1);
  const details = { ...line.details };
  if (line.event === "heartbeat") details["pct"] = line.progress_pct;
  return apply(status, { ...line, details });
}

function begins({ state, ptrack }: Folded, line: LogLine): boolean {
  if (line.attempt !== ptrack.attempt + 1) return false;
  return state !== "running" || stringOr(line.details["over"], "") !== "";
}

function started(status: Folded, line: LogLine, attempt: number): Folded {
  const { details, timestamp } = line;
  const { ended_by: _, agent: __, elapsed_s: ___, ...before } = status.ptrack;
  const { session_id: sessionId, workspace } = status;
  const next: Folded = {
    ...status,
    ...blankStatus({ sessionId, workspace }),
    state: "running",
    task_description: stringOr(details["task"], ""),
    started_at: timestamp,
    last_heartbeat: timestamp,
    metadata: isObject(details["metadata"]) ? details["metadata"] : {},
    ptrack: {
      ...before,
      ...blankBookkeeping(),
      log_bytes: before.log_bytes,
      log_tail: before.log_tail,
      attempt,
      progress_at: timestamp,
      heartbeat_timeout: secondsOf(details["heartbeat_timeout"]),
      session_timeout: secondsOf(details["session_timeout"]),
      batch: stringOr(details["batch"], null),
      owner: isProcess(details["owner"]) ? details["owner"] : null,
    },
  };
  const endedBy = details["ended_by"];
  if (endedBy === "run" || endedBy === "hook") next.ptrack.ended_by = endedBy;
  foldAgent(next, details["agent"], timestamp);
  return next;
}

function secondsOf(value: unknown): number | null {
  return isSeconds(value) ? value : null;
}

/** Folds an event of a running session into a copy of its status. */
function apply(status: Folded, line: LogLine): Folded | null {
  const next = { ...status, ptrack: { ...status.ptrack } };
  signOfLife(next, line);
  switch (line.event) {
    case "heartbeat":
      heartbeat(next, line, status);
      return next;
    case "waiting":
      waiting(next, line);
      return next;
    case "error":
      addError(next, errorText(line));
      return next;
    case "completed":
      ended(next, line);
      next.state = "completed";
      next.progress_pct = 100;
      next.message = stringOr(line.details["message"], "") || next.message;
      return next;
    case "failed": {
      const summary = stringOr(line.details["error"], "");
      ended(next, line);
      next.state = "failed";
      next.message = `FAILED: ${summary}`;
      addError(next, `[${line.timestamp}] FATAL: ${summary}`);
      return next;
    }
    default:
      return null;
  }
}

/** The last heartbeat never moves back. `owner` null drops the owner. */
function signOfLife(next: Folded, { details, timestamp }: LogLine): void {
  if (details["owner"] === null) next.ptrack.owner = null;
  if (!isLater(next.last_heartbeat, timestamp)) next.last_heartbeat = timestamp;
  foldAgent(next, details["agent"], timestamp);
}

function heartbeat(
  next: Folded,
  { details, timestamp }: LogLine,
  before: Folded,
): void {
  if (isProcess(details["child"])) next.ptrack.child = details["child"];
  // A wrapper says that its command is alive, and nothing of its work.
  if (details["auto"] === true) return;
  const percent = clampPercent(details["pct"]) ?? next.progress_pct;
  const message = stringOr(details["message"], "") || next.message;
  if (percent !== before.progress_pct || message !== before.message) {
    next.ptrack.progress_at = timestamp;
  }
  next.progress_pct = percent;
  next.message = message;
  next.output_files = textsOf(details["output_files"]) ?? next.output_files;
  if (isObject(details["metadata"])) {
    next.metadata = { ...next.metadata, ...details["metadata"] };
  }
  next.ptrack.waiting = null;
}

function waiting(next: Folded, { details, timestamp }: LogLine): void {
  const reason = stringOr(details["reason"], "");
  const kind = details["kind"];
  next.ptrack.waiting = { reason, since: timestamp };
  if (kind === "idle" || kind === "parked") next.ptrack.waiting.kind = kind;
}

function ended(next: Folded, { details, timestamp }: LogLine): void {
  next.completed_at = timestamp;
  const elapsedS = details["elapsed_s"];
  if (isElapsed(elapsedS)) next.ptrack.elapsed_s = elapsedS;
  next.ptrack.waiting = null;
  // An empty list of outputs says nothing.
  const files = textsOf(details["output_files"]) ?? [];
  if (files.length > 0) next.output_files = files;
  // The session reported its end itself: the hooks have not ended it.
  if (next.ptrack.ended_by === "hook" && details["by"] !== "hook") {
    delete next.ptrack.ended_by;
  }
}

function addError(next: Folded, text: string): void {
  const errors = [...next.errors.slice(1 - ERRORS_KEPT), text];
  let length = errors.reduce((sum, error) => sum + error.length, 0);
  while (length > ERRORS_LENGTH) length -= errors.shift()!.length;
  next.errors = errors;
  next.ptrack.errors_total++;
}

function errorText({ timestamp, details }: LogLine): string {
  return `[${timestamp}] ${stringOr(details["error"], "")}`;
}
