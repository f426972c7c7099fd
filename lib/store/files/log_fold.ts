/**
 * Folding a log over a status: where to begin (docs/format.md, rules 5, 8 and
 * 9), and going on from there as lines arrive. Readers and writers share it,
 * so both always see the same session.
 */
import { errorCode } from "../../errors.ts";
import type { Files, OpenFile } from "../../platform/platform.ts";
import { parseLine } from "../../session/event.ts";
import { type Folded, foldLine, type FoldMode } from "../../session/fold.ts";
import { blankBookkeeping, blankStatus } from "../../session/status.ts";
import { isLater } from "../../session/timestamp.ts";
import type { SessionRef, Status } from "../../session/types.ts";
import type { SessionPaths } from "./layout.ts";
import { eachLine, isContinuation } from "./log_file.ts";
import { applyMarker } from "./markers.ts";

/** Hears of each folded line that has an id, and whether it counted. */
export type OnLine = (id: string, counted: boolean) => void;

/** A fold that has come so far, and how it goes on. */
export interface FoldState {
  status: Folded;
  mode: FoldMode;
  /** Lines up to this timestamp are in the status already; null: none are. */
  knownUntil: string | null;
  /** Whether any line was passed since the status on disk. */
  advanced: boolean;
  /** Whether any of them counted. */
  counted: boolean;
}

const FROM_NOTHING: FoldMode = { fromNothing: true, over: false };
const ONWARD: FoldMode = { fromNothing: false, over: false };
const OVER: FoldMode = { fromNothing: false, over: true };

/** The log, or null if there is none. Throws file errors. */
export function openLog(
  files: Files,
  paths: SessionPaths,
  mode: "read" | "append",
): OpenFile | null {
  try {
    return files.open(paths.log, mode);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/**
 * What is known of a session now: its status with the log's later lines, else
 * the log, else a marker. `known` is false when none of them says anything.
 */
export function foldSession(
  files: Files,
  paths: SessionPaths,
  source: { stored: Status | null; log: OpenFile | null },
  onLine?: OnLine,
): FoldState & { known: boolean } {
  const { stored, log } = source;
  let state = beginFold(paths.ref, stored, log);
  if (log !== null) state = foldOnward(state, log, onLine);
  if (stored !== null || state.status.ptrack.attempt > 0) {
    return { ...state, known: true };
  }
  const marked = applyMarker(files, paths, state.status);
  const status = (marked ?? state.status) as Folded;
  return { ...state, status, known: marked !== null };
}

function beginFold(
  ref: SessionRef,
  stored: Status | null,
  log: OpenFile | null,
): FoldState {
  const untouched = { advanced: false, counted: false };
  if (stored === null) {
    const status = { ...blankStatus(ref), ptrack: blankBookkeeping() };
    return { status, mode: FROM_NOTHING, knownUntil: null, ...untouched };
  }
  if (stored.ptrack === undefined) {
    const status = adopt(stored, log);
    const knownUntil = stored.started_at;
    return { status, mode: OVER, knownUntil, ...untouched };
  }
  const status = stored as Folded;
  const { log_bytes, log_tail } = status.ptrack;
  if (log_bytes === 0 || (log && isContinuation(log, log_bytes, log_tail))) {
    return { status, mode: ONWARD, knownUntil: null, ...untouched };
  }
  return {
    status: withLogPlace(status, 0, status.ptrack.log_tail),
    mode: OVER,
    knownUntil: log_tail?.timestamp ?? null,
    ...untouched,
  };
}

/** A foreign status, with bookkeeping; its attempt is what our lines say. */
function adopt(stored: Status, log: OpenFile | null): Folded {
  const attempt = stored.state === "pending" ? 0 : attemptIn(stored, log) ?? 1;
  return {
    ...stored,
    ptrack: {
      ...blankBookkeeping(),
      attempt,
      errors_total: stored.errors.length,
    },
  };
}

/** The attempt that the first line later than a foreign status belongs to. */
function attemptIn(stored: Status, log: OpenFile | null): number | null {
  let attempt: number | null = null;
  if (log === null) return attempt;
  eachLine(log, 0, ({ text }) => {
    if (attempt !== null || !text.includes('"id"')) return;
    const line = parseLine(text);
    if (line === null || line.id === "" || line.attempt === null) return;
    if (!isLater(line.timestamp, stored.started_at)) return;
    attempt = Math.max(0, line.attempt - (line.event === "started" ? 1 : 0));
  });
  return attempt;
}

/** Folds the whole lines after the state's place; `onLine` hears of each. */
export function foldOnward(
  state: FoldState,
  log: OpenFile,
  onLine?: OnLine,
): FoldState {
  let { status, counted } = state;
  let { log_bytes: place, log_tail: tail } = status.ptrack;
  const begin = place;
  eachLine(log, place, ({ text, bytes, end }) => {
    place = end;
    const maybeOurs = state.mode.fromNothing || text.includes('"id"');
    const line = maybeOurs ? parseLine(text) : null;
    tail = {
      id: line?.id ?? "",
      bytes,
      timestamp: line !== null && line.id !== ""
        ? line.timestamp
        : tail?.timestamp ?? null,
    };
    if (line === null) return;
    if (state.mode.over && !isLater(line.timestamp, state.knownUntil)) return;
    const step = foldLine(status, line, state.mode);
    status = step.status;
    counted ||= step.counted;
    if (line.id !== "") onLine?.(line.id, step.counted);
  });
  if (place === begin) return state;
  return {
    ...state,
    status: withLogPlace(status, place, tail),
    advanced: true,
    counted,
  };
}

function withLogPlace(
  status: Folded,
  log_bytes: number,
  log_tail: Folded["ptrack"]["log_tail"],
): Folded {
  return { ...status, ptrack: { ...status.ptrack, log_bytes, log_tail } };
}
