/**
 * The files of a session as readers and writers both read them: status.json as
 * it stands, and the lines of log.jsonl that it does not have yet, folded over
 * it (docs/format.md, rules 5, 7 and 8), so that both always see the same
 * session. A line counts only once its newline is there.
 */
import { errorCode, explain } from "../../errors.ts";
import type { Clock, Files, OpenFile } from "../../platform/platform.ts";
import { parseLine } from "../../session/event.ts";
import { type Folded, foldLine, type FoldMode } from "../../session/fold.ts";
import { FORMAT_VERSION, parseStatus } from "../../session/status.ts";
import { isLater } from "../../session/times.ts";
import type {
  LogTail,
  SessionRef,
  SessionView,
  Status,
} from "../../session/types.ts";
import {
  isNotRegular,
  isOurLimit,
  type SessionFiles,
  STATUS_NAME,
} from "./layout.ts";

/** The largest status that is read, in bytes. */
const STATUS_LIMIT = 4 * 1024 * 1024;
/** How often a status that does not parse is read, and the time between. */
const TRIES = 5;
const PAUSE_MS = 4;
/** A file that has not changed for so long is not being rewritten. */
const SETTLED_US = 2_000_000;

/** What was found at status.json. */
export type StoredStatus =
  | { kind: "absent" }
  /** It cannot be used, but the log may do. */
  | { kind: "broken"; problem: string }
  /** It is not a regular file, so nothing of the session is used. */
  | { kind: "refused"; problem: string }
  | { kind: "readable"; status: Status };

/**
 * Reads status.json in a session's directory; `prefix` is the way there, with a
 * slash at its end.
 */
export function readStatus(
  clock: Clock,
  { ref, files, prefix }: SessionFiles,
): StoredStatus {
  const path = `${prefix}${STATUS_NAME}`;
  for (let tried = 1;; tried++) {
    let text: string;
    try {
      text = files.readText(path, STATUS_LIMIT);
    } catch (error) {
      if (errorCode(error) === "ENOENT") return { kind: "absent" };
      if (isOurLimit(error)) throw error;
      const problem = `Cannot read ${STATUS_NAME}: ${explain(error)}`;
      return { kind: isNotRegular(error) ? "refused" : "broken", problem };
    }
    const status = parseStatus(text, ref);
    if (status === "unknown state") {
      return { kind: "broken", problem: `${STATUS_NAME} has an unknown state` };
    }
    if (status !== null) {
      return { kind: "readable", status };
    }
    // Others rewrite it in place, so it may be whole in a moment.
    const changedUs = files.inspect(path)?.modifiedUs ?? Infinity;
    const isSettled = clock.nowUs() - changedUs > SETTLED_US;
    if (isSettled || tried === TRIES) {
      return { kind: "broken", problem: `${STATUS_NAME} is not valid JSON` };
    }
    clock.pause(PAUSE_MS);
  }
}

/** The view of a session that could be read. */
export function readableView(
  { workspace, sessionId }: SessionRef,
  status: Status,
  modifiedUs: number,
): SessionView {
  const version = status.ptrack?.version ?? FORMAT_VERSION;
  return {
    workspace,
    sessionId,
    condition: "readable",
    status,
    problem: "",
    note: version > FORMAT_VERSION
      ? `Written by a newer ptrack (format ${version})`
      : "",
    modifiedUs,
  };
}

const NEWLINE = 10;
const CHUNK_BYTES = 64 * 1024;
/** A longer line is skipped: ptrack writes none. */
const LONGEST_LINE_BYTES = 16 * 1024 * 1024;

const decoder = new TextDecoder();

/** Opens a log at a path; null if it does not exist. Throws file errors. */
export function openLog(
  files: Files,
  path: string,
  mode: "read" | "append",
): OpenFile | null {
  return orMissing(() => files.open(path, mode));
}

/**
 * The same to append, and makes it, with these permission bits, if only the
 * file is missing.
 */
export function makeLog(
  files: Files,
  path: string,
  permissions: number,
): OpenFile | null {
  return orMissing(() => files.open(path, "create", permissions));
}

function orMissing(open: () => OpenFile): OpenFile | null {
  try {
    return open();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/**
 * Visits the whole lines from `start` to the end: the text, the place after the
 * newline, and the length with it. A callback, because the first generator would
 * slow every heartbeat.
 */
export function eachLine(
  log: OpenFile,
  start: number,
  visit: (text: string, end: number, bytes: number) => void,
): void {
  const size = log.size();
  let position = start;
  let chunkBytes = CHUNK_BYTES;
  while (position < size) {
    const chunk = log.read(position, Math.min(size, position + chunkBytes));
    if (chunk.length === 0) return;
    let passed = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, passed) + 1;
      if (end === 0) break;
      const text = decoder.decode(chunk.subarray(passed, end - 1));
      visit(text, position + end, end - passed);
      passed = end;
    }
    if (passed > 0) chunkBytes = CHUNK_BYTES;
    else if (position + chunk.length >= size) return;
    else if (chunkBytes < LONGEST_LINE_BYTES) chunkBytes *= 4;
    else passed = chunk.length;
    position += passed;
  }
}

/** Whether the file ends inside a line, because a write was cut off. */
export function endsInsideLine(log: OpenFile): boolean {
  const size = log.size();
  return size > 0 && log.read(size - 1, size)[0] !== NEWLINE;
}

/** Called for each folded line that has an id. */
export type OnLine = (id: string, counted: boolean) => void;

/** The state of a fold. */
export interface FoldState {
  status: Folded;
  mode: FoldMode;
  /** In mode `over`: the status has the lines up to this timestamp. */
  knownUntil: string | null;
  /** Whether lines were found that the status on disk does not have. */
  advanced: boolean;
  /** Whether any of these counted. */
  counted: boolean;
}

/**
 * Begins where a status has come to in its log; null if that is not known, or
 * the log has another line there.
 */
export function beginOnward(
  stored: Status | null,
  log: OpenFile | null,
): FoldState | null {
  if (stored?.ptrack === undefined) return null;
  const status = stored as Folded;
  const { log_bytes, log_tail } = status.ptrack;
  const goesOn = log_bytes === 0 ||
    log !== null && isContinuation(log, log_bytes, log_tail);
  return goesOn ? beginFold(status, "onward") : null;
}

/** A fold that has folded nothing yet. */
export function beginFold(
  status: Folded,
  mode: FoldMode,
  knownUntil: string | null = null,
): FoldState {
  return { status, mode, knownUntil, advanced: false, counted: false };
}

/** Whether the line that ends at `end` is the one that `tail` describes. */
function isContinuation(
  log: OpenFile,
  end: number,
  tail: LogTail | null,
): boolean {
  if (tail === null || log.size() < end || tail.bytes > end) return false;
  const bytes = log.read(end - tail.bytes, end);
  if (bytes.length !== tail.bytes || bytes.at(-1) !== NEWLINE) return false;
  const line = parseLine(decoder.decode(bytes.subarray(0, -1)));
  return (line?.id ?? "") === tail.id;
}

/** Folds the lines that have come since. */
export function foldOnward(
  state: FoldState,
  log: OpenFile,
  onLine?: OnLine,
): FoldState {
  const { mode, knownUntil } = state;
  let { status, counted } = state;
  let { log_bytes: place, log_tail: tail } = status.ptrack;
  const begin = place;
  eachLine(log, place, (text, end, bytes) => {
    place = end;
    const maybeOurs = mode === "from nothing" || text.includes('"id"');
    const line = maybeOurs ? parseLine(text) : null;
    const id = line?.id ?? "";
    const latest = tail?.timestamp ?? null;
    tail = { id, bytes, timestamp: id === "" ? latest : line!.timestamp };
    if (line === null) return;
    if (mode === "overlapping" && !isLater(line.timestamp, knownUntil)) return;
    const next = foldLine(status, line, mode);
    status = next ?? status;
    counted ||= next !== null;
    if (id !== "") onLine?.(id, next !== null);
  });
  if (place === begin) return state;
  const ptrack = { ...status.ptrack, log_bytes: place, log_tail: tail };
  return { ...state, status: { ...status, ptrack }, advanced: true, counted };
}
