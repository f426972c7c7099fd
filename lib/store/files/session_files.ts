/**
 * The files of a session as readers and writers both read them: status.json as
 * it stands, and the lines of log.jsonl that it does not have yet, folded over
 * it (docs/format.md, rules 5, 7 and 8), so that both always see the same
 * session. A line counts only once its newline is there.
 */
import { errorCode, explain, isOurLimit, SystemError } from "../../errors.ts";
import type { Clock, Files, OpenFile } from "../../platform/platform.ts";
import {
  excessOf,
  jsonBytes,
  LINE_LIMIT,
  parseLine,
} from "../../session/event.ts";
import { type Folded, foldLine, type FoldMode } from "../../session/fold.ts";
import {
  FORMAT_VERSION,
  parseStatus,
  serializeStatus,
} from "../../session/status.ts";
import { isLater } from "../../session/times.ts";
import type {
  LogTail,
  SessionRef,
  SessionView,
  Status,
} from "../../session/types.ts";
import {
  isNotRegular,
  LOG_NAME,
  type SessionFiles,
  STATUS_NAME,
} from "./layout.ts";

/** The largest status that is read and written, in bytes. */
const STATUS_LIMIT = 1024 * 1024;
/** So near to it, no event is added any more. */
const STATUS_ROOM = 4 * LINE_LIMIT;
/** How often a status that does not parse is read, and the time between. */
const TRIES = 5;
const PAUSE_MS = 4;
/** The most such pauses for all the sessions that are read at once. */
const MOST_PAUSES = 25;
/** A file that has not changed for so long is not being rewritten. */
const SETTLED_US = 2_000_000;

/** What was found at status.json. */
export type StoredStatus =
  | { kind: "absent" }
  /** It cannot be used, but the log may do; `isTooMuch` to be rewritten. */
  | { kind: "broken"; problem: string; isTooMuch?: true }
  /** It is not a regular file, so nothing of the session is used. */
  | { kind: "refused"; problem: string }
  /** `length` is that of its text. */
  | { kind: "readable"; status: Status; length: number };

/** How many pauses are left for statuses that do not parse. */
export interface Patience {
  pauses: number;
}

/** The patience with all that is read at once. */
export function newPatience(): Patience {
  return { pauses: MOST_PAUSES };
}

/**
 * Reads status.json in a session's directory; `prefix` is the way there, with a
 * slash at its end.
 */
export function readStatus(
  clock: Clock,
  { ref, files, prefix }: SessionFiles,
  patience = newPatience(),
): StoredStatus {
  const path = `${prefix}${STATUS_NAME}`;
  for (let tried = 1;; tried++) {
    let text: string;
    try {
      text = files.readText(path, STATUS_LIMIT);
    } catch (error) {
      if (errorCode(error) === "ENOENT") return { kind: "absent" };
      if (isOurLimit(error)) throw error;
      if (errorCode(error) === "EFBIG") return tooMuch("it is over 1 MiB");
      const problem = `Cannot read ${STATUS_NAME}: ${explain(error)}`;
      return { kind: isNotRegular(error) ? "refused" : "broken", problem };
    }
    const excess = excessOf(text);
    if (excess !== "") return tooMuch(excess);
    const status = parseStatus(text, ref);
    if (status === "unknown state") {
      return { kind: "broken", problem: `${STATUS_NAME} has an unknown state` };
    }
    if (status !== null) {
      return { kind: "readable", status, length: text.length };
    }
    // Others rewrite it in place, so it may be whole in a moment.
    const changedUs = files.inspect(path)?.modifiedUs ?? Infinity;
    const isSettled = Math.abs(clock.nowUs() - changedUs) > SETTLED_US;
    if (isSettled || tried === TRIES || patience.pauses === 0) {
      return { kind: "broken", problem: `${STATUS_NAME} is not valid JSON` };
    }
    patience.pauses--;
    clock.pause(PAUSE_MS);
  }
}

function tooMuch(why: string): StoredStatus {
  const problem = `Cannot read ${STATUS_NAME}: ${why}`;
  return { kind: "broken", problem, isTooMuch: true };
}

/** Whether a status leaves no room for another event. */
export function isTooMuch(stored: StoredStatus): boolean {
  return stored.kind === "readable"
    ? stored.length > STATUS_LIMIT - STATUS_ROOM
    : stored.kind === "broken" && stored.isTooMuch === true;
}

/** Why such a session takes no event. */
export function tooMuchFor(name: string): string {
  return `Cannot record in ${name}: its ${STATUS_NAME} would be over 1 MiB, ` +
    "too deep, or of too many values; begin another session";
}

/** The text of a status; throws EFBIG for one that nobody would read. */
export function statusText(status: Status): string {
  const text = serializeStatus(status);
  const isSmall = text.length * 3 < STATUS_LIMIT;
  if (isSmall || jsonBytes(text) < STATUS_LIMIT) return text;
  throw new SystemError("EFBIG", "write", STATUS_NAME);
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
const LONGEST_LINE_BYTES = 1024 * 1024;
/** The most of a log that is read at once, up to its end. */
export const LOG_LIMIT = 32 * 1024 * 1024;
const MOST_LINES = 250_000;

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
 * Visits the whole lines from `start`, or of the last 32 MiB, to the end: the text, the place after the
 * newline, and the length with it. A callback, because the first generator would
 * slow every heartbeat. Throws EFBIG if there are too many.
 */
export function eachLine(
  log: OpenFile,
  start: number,
  visit: (text: string, end: number, bytes: number) => void,
): void {
  const size = log.size();
  let lines = 0;
  // A line that begins before that is half a line, which says nothing.
  let position = Math.max(start, size - LOG_LIMIT);
  let chunkBytes = CHUNK_BYTES;
  while (position < size) {
    const chunk = log.read(position, Math.min(size, position + chunkBytes));
    if (chunk.length === 0) return;
    let passed = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, passed) + 1;
      if (end === 0) break;
      if (++lines > MOST_LINES) {
        throw new SystemError("EFBIG", "read", LOG_NAME);
      }
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
