/**
 * Recording one event without a lock (docs/format.md, rules 1 to 6). A file
 * error ends the call until the event is safe; after that it is a warning.
 */
import {
  NotFoundError,
  RefusedError,
  StorageError,
  storageError,
  SystemError,
  withFallback,
} from "../../errors.ts";
import type { OpenFile, Platform } from "../../platform/platform.ts";
import { replaceFile } from "../../platform/files.ts";
import { encodeLine } from "../../session/event.ts";
import { sessionName } from "../../session/names.ts";
import { FORMAT_VERSION, serializeStatus } from "../../session/status.ts";
import { formatTimestamp, parseTimestamp } from "../../session/times.ts";
import type { EventName, NewEvent, Status } from "../../session/types.ts";
import type { Decide, Recorded, RecordOptions } from "../store.ts";
import {
  reconcileMarkers,
  removeMarkers,
  requireDirectories,
  type SessionPaths,
  STATUS_NAME,
} from "./layout.ts";
import {
  endsInsideLine,
  foldOnward,
  foldSession,
  type FoldState,
  type OnLine,
  openLog,
  readLastLines,
} from "./log.ts";
import { readableView, readStatus } from "./read.ts";

/** How often a write begins anew when its files are replaced under it. */
const TRIES = 8;
const PAUSE_MS = 5;
/** How often a writer looks for new lines; the next one does the rest. */
const ROUNDS = 200;
/** How many lines of a replaced log are searched for our own. */
const RECENT_LINES = 1000;

/** One call that records an event. */
interface Write extends Pick<RecordOptions, "flush"> {
  decide: Decide;
  /** Makes missing directories; absent where the session must exist. */
  prepare?: () => void;
  platform: Platform;
  paths: SessionPaths;
  /** The session, in messages. */
  name: string;
  /** Unique to our line, also when it has to be appended again. */
  id: string;
  draft: NewEvent | null;
  /** Whether our line counted; null until it was folded. */
  counted: boolean | null;
  onLine: OnLine;
  warnings: string[];
}

/** Records an event; see SessionStore.record. */
export function recordEvent(
  platform: Platform,
  paths: SessionPaths,
  order: Pick<Write, "decide" | "prepare" | "flush">,
): Recorded {
  const { prepare } = order;
  const write: Write = {
    ...order,
    platform,
    paths,
    name: `${sessionName(paths.ref)} (${paths.directory})`,
    id: `${platform.pid.toString(36)}-${platform.randomId()}`,
    draft: null,
    counted: null,
    onLine: (id, counted) => {
      if (id === write.id) write.counted = counted;
    },
    warnings: [],
  };
  prepare?.();
  for (let tried = 1; tried <= TRIES; tried++) {
    try {
      const recorded = recordOnce(write);
      if (recorded !== null) return recorded;
    } catch (error) {
      if (!(error instanceof NotFoundError) || tried === TRIES) throw error;
      // Without `prepare` the session must exist at first.
      if (write.draft === null && prepare === undefined) throw error;
      // A removal may put it back in a moment; make it only after that.
      if (tried > TRIES / 2) prepare?.();
    }
    // Warnings about files that are gone do not matter any more.
    write.warnings.length = 0;
    platform.clock.pause(PAUSE_MS);
  }
  throw new StorageError(
    `Cannot record in ${write.name}: its files are replaced over and over`,
  );
}

/** One try; null if the log was replaced meanwhile. */
function recordOnce(write: Write): Recorded | null {
  const { platform: { files, clock }, paths, name, warnings } = write;
  let log: OpenFile | null = null;
  try {
    requireDirectories(files, paths);
    const stored = readOwnStatus(write);
    log = openOwnLog(write, "append");
    const state = foldSession(files, paths, { stored, log }, write.onLine);
    if (!isRecorded(write, log)) {
      const view = readableView(paths.ref, state.status, clock.nowUs());
      try {
        write.draft = write.decide(view);
        log ??= openOwnLog(write, "create");
        // The directory was there a moment ago.
        if (log === null) throw new NotFoundError(`Cannot find ${name}`);
        write.counted = null;
        if (write.draft.event === "started") removeMarkers(files, paths);
        append(write, log, state);
      } catch (error) {
        if (log !== null) {
          // Nothing is recorded, but status and markers are still updated.
          write.draft = null;
          settle(write, log, state);
        }
        throw error;
      }
    }
    const settled = settle(write, log!, state);
    return settled &&
      { status: settled.status, counted: write.counted ?? true, warnings };
  } catch (error) {
    throw storageError(`Cannot record in ${name}`, error);
  } finally {
    // Everything is written already.
    withFallback(() => log?.close(), undefined);
  }
}

/** The status on disk; null if only the log can tell. */
function readOwnStatus({ platform, paths, name }: Write): Status | null {
  const stored = readStatus(platform, paths);
  if (stored.kind === "refused") {
    throw new StorageError(`Cannot record in ${name}: ${stored.problem}`);
  }
  if (stored.kind !== "readable") return null;
  const version = stored.status.ptrack?.version ?? FORMAT_VERSION;
  if (version <= FORMAT_VERSION) return stored.status;
  throw new RefusedError(
    `Cannot record in ${name}: a newer ptrack wrote it (format ${version}, ` +
      `this one knows ${FORMAT_VERSION}); upgrade ptrack`,
  );
}

/** The log; null if it does not exist, or its directory does not. */
function openOwnLog(
  { platform, paths, name }: Write,
  mode: "append" | "create",
): OpenFile | null {
  try {
    return openLog(platform.files, paths.log, mode);
  } catch (error) {
    throw storageError(`Cannot open the log of ${name}`, error);
  }
}

/** Whether the log has our line from an earlier try. */
function isRecorded({ draft, id }: Write, log: OpenFile | null): boolean {
  if (draft === null || log === null) return false;
  return readLastLines(log, RECENT_LINES).lines.some((line) => line.id === id);
}

/** What a line shows of the session after it, for people only. */
const SHOWN: Partial<Record<EventName, Partial<Status>>> = {
  started: { state: "running", progress_pct: 0 },
  completed: { state: "completed", progress_pct: 100 },
  failed: { state: "failed" },
};

/** Appends our line with one write. A short write is never continued. */
function append(write: Write, log: OpenFile, state: FoldState): void {
  const { platform, paths, draft, id } = write;
  // Later than the lines that a log folded over is known to have.
  const leastUs = (parseTimestamp(state.knownUntil) ?? 0) + 1;
  const { event, details: { pct } } = draft!;
  const shown = typeof pct === "number" ? { progress_pct: pct } : SHOWN[event];
  const line = encodeLine(draft!, { ...state.status, ...shown }, {
    timestamp: formatTimestamp(Math.max(platform.clock.nowUs(), leastUs)),
    id,
  });
  const bytes = endsInsideLine(log) ? new Uint8Array([10, ...line]) : line;
  if (log.append(bytes) < bytes.length) {
    throw new SystemError("ENOSPC", "append", paths.log);
  }
}

/**
 * Updates status and markers until the log has no line that they do not have.
 * Null if the log has become another file.
 */
function settle(
  write: Write,
  log: OpenFile,
  from: FoldState,
): FoldState | null {
  const { platform, paths, name } = write;
  const read = <T>(step: () => T) =>
    tryOrWarn(write, `Cannot read ${name}`, step);
  let state = from;
  let isUnsaved = state.advanced;
  // The last writer finishes this for all, so giving up loses nothing.
  for (let round = 0; round < ROUNDS; round++) {
    const next = read(() => foldOwnLine(write, log, state));
    if (next === undefined) break;
    isUnsaved ||= next !== state;
    state = next;
    if (read(() => isCurrent(write, log)) === false) return null;
    if (isUnsaved) {
      saveStatus(write, log, state.status);
      isUnsaved = false;
      continue;
    }
    const hasChanged = tryOrWarn(
      write,
      `Cannot set the marker of ${name}`,
      () => reconcileMarkers(platform, paths, state.status),
    );
    if (hasChanged !== true) break;
  }
  if (isLasting(write)) flushDirectories(write);
  return state;
}

/** Folds the new lines; appends ours again if another write has cut it off. */
function foldOwnLine(write: Write, log: OpenFile, from: FoldState): FoldState {
  let state = foldOnward(from, log, write.onLine);
  for (let tried = 0; write.draft !== null && write.counted === null; tried++) {
    if (!isCurrent(write, log)) return state;
    if (tried === TRIES) throw new SystemError("EIO", "read", write.paths.log);
    append(write, log, state);
    state = foldOnward(state, log, write.onLine);
  }
  return state;
}

/** Whether the open log is still the file of that name. */
function isCurrent({ platform, paths }: Write, log: OpenFile): boolean {
  return platform.files.inspect(paths.log)?.identity === log.identity;
}

function saveStatus(write: Write, log: OpenFile, status: Status): void {
  const { platform, paths: { directory }, name } = write;
  const flush = isLasting(write);
  if (flush) {
    tryOrWarn(write, `Cannot flush the log of ${name}`, () => log.flush());
  }
  tryOrWarn(write, `Cannot write the status of ${name}`, () => {
    const text = serializeStatus(status);
    replaceFile(platform, { directory, name: STATUS_NAME, text, flush });
  });
}

function flushDirectories(write: Write): void {
  const { platform: { files }, paths, name, draft, flush } = write;
  tryOrWarn(write, `Cannot flush the directory of ${name}`, () => {
    files.flushDirectory(paths.directory);
    if (draft!.event !== "started" && flush !== "now") return;
    files.flushDirectory(paths.workspace);
    files.flushDirectory(paths.root);
  });
}

/** `start`, `complete` and `fail` outlast a power cut. */
function isLasting({ draft, flush }: Write): boolean {
  if (draft === null || flush === "later") return false;
  return flush === "now" ||
    ["started", "completed", "failed"].includes(draft.event);
}

/**
 * Runs a step. A file error is a warning once it is known whether our line
 * counts; until then it ends the call.
 */
function tryOrWarn<T>(
  write: Write,
  problem: string,
  step: () => T,
): T | undefined {
  try {
    return step();
  } catch (error) {
    const warning = storageError(problem, error);
    if (write.draft !== null && write.counted === null) throw warning;
    write.warnings.push(warning.message);
    return undefined;
  }
}
