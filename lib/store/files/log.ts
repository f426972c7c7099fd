/**
 * log.jsonl: reading its lines, and folding them over a status (docs/format.md,
 * rules 5, 8 and 9). Readers and writers share the fold, so both always see the
 * same session. A line counts only once its newline is there.
 */
import { errorCode, storageError } from "../../errors.ts";
import type { Files, OpenFile, OpenMode } from "../../platform/platform.ts";
import { parseLine } from "../../session/event.ts";
import { type Folded, foldLine, type FoldMode } from "../../session/fold.ts";
import { sessionName } from "../../session/names.ts";
import { blankBookkeeping, blankStatus } from "../../session/status.ts";
import { isLater } from "../../session/times.ts";
import type {
  LogLine,
  LogTail,
  SessionRef,
  Status,
} from "../../session/types.ts";
import type { LogPage, LogRange } from "../store.ts";
import { applyMarker, LOG_NAME, type SessionPlace } from "./layout.ts";

const NEWLINE = 10;
const CHUNK_BYTES = 64 * 1024;
/** Twenty lines of most logs. */
const LAST_BYTES = 8 * 1024;
/** A longer line is skipped: ptrack writes none. */
const LONGEST_LINE_BYTES = 16 * 1024 * 1024;

const decoder = new TextDecoder();

/** Opens a log at a path; null if it does not exist. Throws file errors. */
export function openLog(
  files: Files,
  path: string,
  mode: OpenMode,
): OpenFile | null {
  try {
    return files.open(path, mode);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/**
 * Visits the whole lines from `start` to the end: the text, the place after the
 * newline, and the length with it. A
 * callback, because the first generator would slow every heartbeat.
 */
function eachLine(
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

/** Events of a session; see SessionStore.readLog. Throws StorageError. */
export function readLog(
  { ref, workspace, name }: SessionPlace,
  { last, after }: LogRange,
): LogPage | null {
  if (workspace.inspect(name)?.kind !== "directory") return null;
  let log: OpenFile | null = null;
  try {
    log = openLog(workspace, `${name}/${LOG_NAME}`, "read");
    if (log === null) return { lines: [], cursor: { offset: 0, identity: "" } };
    if (last !== undefined) return readLastLines(log, last);
    const goesOn = after !== undefined && after.identity === log.identity &&
      after.offset <= log.size();
    return readLinesFrom(log, goesOn ? after.offset : 0);
  } catch (error) {
    throw storageError(`Cannot read the log of ${sessionName(ref)}`, error);
  } finally {
    log?.close();
  }
}

/** The events from `start` on; `isInside` a line, its rest is skipped. */
function readLinesFrom(
  log: OpenFile,
  start: number,
  isInside = false,
): LogPage {
  const lines: LogLine[] = [];
  let offset = start;
  eachLine(log, start, (text, end) => {
    const line = isInside && offset === start ? null : parseLine(text);
    offset = end;
    if (line !== null) lines.push(line);
  });
  return { lines, cursor: { offset, identity: log.identity } };
}

/** The last `count` events of a log, read from its end. */
export function readLastLines(log: OpenFile, count: number): LogPage {
  const size = log.size();
  for (let span = LAST_BYTES;; span *= 4) {
    const start = Math.max(0, size - span);
    const { lines, cursor } = readLinesFrom(log, start, start > 0);
    const isEnough = lines.length >= count && cursor.offset > start;
    if (isEnough || start === 0) {
      return { lines: count === 0 ? [] : lines.slice(-count), cursor };
    }
  }
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

/** What is folded: a session's status and its log, as far as there are any. */
export interface FoldSource {
  ref: SessionRef;
  stored: Status | null;
  log: OpenFile | null;
  /** Where its markers are: `prefix` is the way there. */
  files: Files;
  prefix: string;
}

/**
 * Folds a session: its status and the later lines of the log, else the log
 * alone, else a marker. `known` is false if there is nothing of all that.
 */
export function foldSession(
  { ref, stored, log, files, prefix }: FoldSource,
  onLine?: OnLine,
): FoldState & { known: boolean } {
  let state = beginFold(ref, stored, log);
  if (log !== null) state = foldOnward(state, log, onLine);
  if (stored !== null || state.status.ptrack.attempt > 0) {
    return { ...state, known: true };
  }
  const marked = applyMarker(files, prefix, state.status);
  const status = (marked ?? state.status) as Folded;
  return { ...state, status, known: marked !== null };
}

/** Begins after the lines that the status has, else over it, else anew. */
function beginFold(
  ref: SessionRef,
  stored: Status | null,
  log: OpenFile | null,
): FoldState {
  const begin = (
    status: Folded,
    mode: FoldMode,
    knownUntil: string | null = null,
  ) => ({ status, mode, knownUntil, advanced: false, counted: false });
  if (stored === null) {
    const blank = { ...blankStatus(ref), ptrack: blankBookkeeping() };
    return begin(blank, "from nothing");
  }
  if (stored.ptrack === undefined) {
    return begin(adopt(stored, log), "overlapping", stored.started_at);
  }
  const status = stored as Folded;
  const { log_bytes, log_tail } = status.ptrack;
  if (log_bytes === 0 || (log && isContinuation(log, log_bytes, log_tail))) {
    return begin(status, "onward");
  }
  const fromStart = { ...status, ptrack: { ...status.ptrack, log_bytes: 0 } };
  return begin(fromStart, "overlapping", log_tail?.timestamp);
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

/** Adds bookkeeping to a foreign status; the log tells its attempt. */
function adopt(stored: Status, log: OpenFile | null): Folded {
  const attempt = stored.state === "pending" ? 0 : attemptIn(stored, log) ?? 1;
  const errors_total = stored.errors.length;
  const ptrack = { ...blankBookkeeping(), attempt, errors_total };
  return { ...stored, ptrack };
}

/** The attempt that the first line later than a foreign status belongs to. */
function attemptIn(stored: Status, log: OpenFile | null): number | null {
  if (log === null) return null;
  let attempt: number | null = null;
  eachLine(log, 0, (text) => {
    if (attempt !== null || !text.includes('"id"')) return;
    const line = parseLine(text);
    if (line === null || line.id === "" || line.attempt === null) return;
    if (!isLater(line.timestamp, stored.started_at)) return;
    attempt = Math.max(0, line.attempt - (line.event === "started" ? 1 : 0));
  });
  return attempt;
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
