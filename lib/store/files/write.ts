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
import type { Directory, OpenFile, Platform } from "../../platform/platform.ts";
import { replaceFile } from "../../platform/files.ts";
import { encodeLine } from "../../session/event.ts";
import { sessionName } from "../../session/names.ts";
import { FORMAT_VERSION } from "../../session/status.ts";
import { formatTimestamp, parseTimestamp } from "../../session/times.ts";
import type { NewEvent, SessionRef, Status } from "../../session/types.ts";
import type { Decide, Recorded, RecordOptions } from "../store.ts";
import {
  accessBelow,
  LOG_NAME,
  needsMarkers,
  openOwn,
  openRoot,
  PRIVATE,
  STATUS_NAME,
} from "./layout.ts";
import {
  beginOnward,
  endsInsideLine,
  foldOnward,
  type FoldState,
  isTooMuch,
  makeLog,
  type OnLine,
  openLog,
  readableView,
  readStatus,
  statusText,
  tooMuchFor,
} from "./session_files.ts";

/** How often a write begins anew when its files are replaced under it. */
const TRIES = 8;
const PAUSE_MS = 5;
/** How often a writer looks for new lines; the next one does the rest. */
const ROUNDS = 200;
/** How many lines of a replaced log are searched for our own. */
const RECENT_LINES = 1000;

/** What is recorded where. */
export interface Order {
  /** The path of `.parallel`. */
  root: string;
  ref: SessionRef;
  decide: Decide;
  /** Makes missing directories; absent where the session must exist. */
  prepare?: (() => void) | undefined;
  flush?: RecordOptions["flush"];
}

/** One call that records an event. */
interface Write extends Order {
  platform: Platform;
  /** Unique to this call, for temporary names and the id of its line. */
  word: string;
  /** The same also when the line has to be appended again. */
  id: string;
  draft: NewEvent | null;
  /** Whether the log has taken all of our line. */
  isAppended: boolean;
  /** Whether our line counted; null until it was folded. */
  counted: boolean | null;
  onLine: OnLine;
  warnings: string[];
  /** The permission bits of new files. */
  mode: number;
}

/** The session's directories and log, opened for one try. */
interface Opened {
  workspace: Directory;
  directory: Directory;
  log: OpenFile;
}

/** Records an event; see SessionStore.record. */
export async function recordEvent(
  platform: Platform,
  order: Order,
): Promise<Recorded> {
  const { prepare } = order;
  const word = platform.randomId();
  const write: Write = {
    ...order,
    platform,
    word: `${platform.pid}.${word}`,
    id: `${platform.pid.toString(36)}-${word}`,
    draft: null,
    isAppended: false,
    counted: null,
    onLine: (id, counted) => {
      if (id === write.id) write.counted = counted;
    },
    warnings: [],
    mode: PRIVATE.file,
  };
  prepare?.();
  for (let tried = 1; tried <= TRIES; tried++) {
    try {
      const recorded = await recordOnce(write);
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
    `Cannot record in ${nameOf(write)}: its files are replaced over and over`,
  );
}

/** The session, in messages. */
function nameOf({ root, ref }: Write): string {
  const { workspace, sessionId } = ref;
  return `${sessionName(ref)} (${root}/${workspace}/${sessionId})`;
}

/** One try; null if the log was replaced meanwhile. */
async function recordOnce(write: Write): Promise<Recorded | null> {
  const { platform, root: path, ref } = write;
  let root: Directory | null = null;
  let workspace: Directory | null = null;
  let directory: Directory | null = null;
  try {
    root = openRoot(platform, path, "write");
    if (root === null) throw new NotFoundError(`Cannot find "${path}"`);
    write.mode = accessBelow(root, ".").file;
    const { workspace: name, sessionId } = ref;
    workspace = openOwn(platform, { parent: root, path, name });
    const session = { path: `${path}/${name}`, name: sessionId };
    directory = openOwn(platform, { parent: workspace, ...session });
    return await recordIn(write, { workspace, directory });
  } catch (error) {
    throw storageError(`Cannot record in ${nameOf(write)}`, error);
  } finally {
    directory?.close();
    workspace?.close();
    root?.close();
  }
}

/** One try in the directories that were opened for it. */
async function recordIn(
  write: Write,
  { workspace, directory }: Omit<Opened, "log">,
): Promise<Recorded | null> {
  const { platform: { clock }, ref, warnings } = write;
  const stored = readOwnStatus(write, directory);
  let log = openOwnLog(write, () => openLog(directory, LOG_NAME, "append"));
  try {
    const state = await foldAll(write, directory, { stored, log });
    if (!await isRecorded(write, log)) {
      const view = readableView(ref, state.status, clock.nowUs());
      try {
        write.draft = await write.decide(view);
        // By its whole path, so that none is made in a session that is gone.
        const path = `${ref.sessionId}/${LOG_NAME}`;
        log ??= openOwnLog(write, () => makeLog(workspace, path, write.mode));
        // The directory was there a moment ago.
        if (log === null) {
          throw new NotFoundError(`Cannot find ${nameOf(write)}`);
        }
        write.counted = null;
        write.isAppended = false;
        if (write.draft.event === "started") {
          (await import("./markers.ts")).removeMarkers(directory);
        }
        append(write, log, state);
      } catch (error) {
        if (log !== null) {
          // Nothing is recorded, but status and markers are still updated.
          write.draft = null;
          await settle(write, { workspace, directory, log }, state);
        }
        throw error;
      }
    }
    const opened = { workspace, directory, log: log! };
    const settled = await settle(write, opened, state);
    return settled &&
      { status: settled.status, counted: write.counted ?? true, warnings };
  } finally {
    // Everything is written already.
    withFallback(() => log?.close(), undefined);
  }
}

/** The status on disk; null if only the log can tell. */
function readOwnStatus(write: Write, files: Directory): Status | null {
  const { platform: { clock }, ref } = write;
  const stored = readStatus(clock, { ref, files, prefix: "" });
  if (stored.kind === "refused") {
    throw new StorageError(
      `Cannot record in ${nameOf(write)}: ${stored.problem}`,
    );
  }
  if (isTooMuch(stored)) throw new RefusedError(tooMuchFor(nameOf(write)));
  if (stored.kind !== "readable") return null;
  const version = stored.status.ptrack?.version ?? FORMAT_VERSION;
  if (version <= FORMAT_VERSION) return stored.status;
  throw new RefusedError(
    `Cannot record in ${nameOf(write)}: a newer ptrack wrote it (format ` +
      `${version}, this one knows ${FORMAT_VERSION}); upgrade ptrack`,
  );
}

/** Folds what there is; usually the status has all of the log. */
async function foldAll(
  { ref, onLine }: Write,
  files: Directory,
  { stored, log }: { stored: Status | null; log: OpenFile | null },
): Promise<FoldState> {
  const state = beginOnward(stored, log);
  if (state !== null && log !== null) return foldOnward(state, log, onLine);
  const { foldSession } = await import("./refold.ts");
  return foldSession({ ref, stored, log, files, prefix: "" }, onLine);
}

/** The log; null if it does not exist, or its directory does not. */
function openOwnLog(
  write: Write,
  open: () => OpenFile | null,
): OpenFile | null {
  try {
    return open();
  } catch (error) {
    throw storageError(`Cannot open the log of ${nameOf(write)}`, error);
  }
}

/** Whether the log has our line from an earlier try. */
async function isRecorded(
  { draft, id }: Write,
  log: OpenFile | null,
): Promise<boolean> {
  if (draft === null || log === null) return false;
  const { readLastLines } = await import("./log_pages.ts");
  return readLastLines(log, RECENT_LINES).lines.some((line) => line.id === id);
}

/** Appends our line with one write. A short write is never continued. */
function append(write: Write, log: OpenFile, state: FoldState): void {
  const { platform, draft, id } = write;
  // Later than the lines that a log folded over is known to have.
  const leastUs = (parseTimestamp(state.knownUntil) ?? 0) + 1;
  const line = encodeLine(draft!, state.status, {
    timestamp: formatTimestamp(Math.max(platform.clock.nowUs(), leastUs)),
    id,
  });
  const bytes = endsInsideLine(log) ? new Uint8Array([10, ...line]) : line;
  if (log.append(bytes) < bytes.length) {
    throw new SystemError("ENOSPC", "append", LOG_NAME);
  }
  write.isAppended = true;
}

/**
 * Updates status and markers until the log has no line that they do not have.
 * Null if the log has become another file.
 */
async function settle(
  write: Write,
  opened: Opened,
  from: FoldState,
): Promise<FoldState | null> {
  const read = <T>(step: () => T) => tryOrWarn(write, "Cannot read", step);
  let state = from;
  let isUnsaved = state.advanced;
  // The last writer finishes this for all, so giving up loses nothing.
  for (let round = 0; round < ROUNDS; round++) {
    const next = read(() => foldOwnLine(write, opened, state));
    if (next === undefined) break;
    isUnsaved ||= next !== state;
    state = next;
    if (read(() => isCurrent(write, opened)) === false) return null;
    if (isUnsaved) {
      saveStatus(write, opened, state.status);
      isUnsaved = false;
      continue;
    }
    if (!await mendMarkers(write, opened, state)) break;
  }
  if (isLasting(write)) flushDirectories(write, opened);
  return state;
}

/** Makes the markers right; returns whether they were not. */
async function mendMarkers(
  write: Write,
  { directory }: Opened,
  { status }: FoldState,
): Promise<boolean> {
  const set = (step: () => boolean) =>
    tryOrWarn(write, "Cannot set the marker of", step) === true;
  if (!set(() => needsMarkers(directory, status.state))) return false;
  const { mendMarkers } = await import("./markers.ts");
  return set(() => mendMarkers(directory, status, write));
}

/** Folds the new lines; appends ours again if another write has cut it off. */
function foldOwnLine(
  write: Write,
  opened: Opened,
  from: FoldState,
): FoldState {
  const { log } = opened;
  let state = foldOnward(from, log, write.onLine);
  for (let tried = 0; write.draft !== null && write.counted === null; tried++) {
    if (!isCurrent(write, opened)) return state;
    write.isAppended = false;
    if (tried === TRIES) throw new SystemError("EIO", "read", LOG_NAME);
    append(write, log, state);
    state = foldOnward(state, log, write.onLine);
  }
  return state;
}

/**
 * Whether the open log is still the file of that name, in a directory that is
 * still the session's.
 */
function isCurrent({ ref }: Write, { workspace, log }: Opened): boolean {
  const path = `${ref.sessionId}/${LOG_NAME}`;
  return workspace.inspect(path)?.identity === log.identity;
}

function saveStatus(
  write: Write,
  { directory, log }: Opened,
  status: Status,
): void {
  const flush = isLasting(write);
  if (flush) tryOrWarn(write, "Cannot flush the log of", () => log.flush());
  tryOrWarn(write, "Cannot write the status of", () => {
    const text = statusText(status);
    const { word, mode } = write;
    replaceFile(directory, { path: STATUS_NAME, text, word, mode, flush });
  });
}

function flushDirectories(
  write: Write,
  { workspace, directory }: Opened,
): void {
  const { platform: { files }, root, draft, flush } = write;
  tryOrWarn(write, "Cannot flush the directory of", () => {
    directory.flushDirectory(".");
    if (draft!.event !== "started" && flush !== "now") return;
    workspace.flushDirectory(".");
    files.flushDirectory(root);
  });
}

/** `start`, `complete` and `fail` outlast a power cut. */
function isLasting({ draft, flush }: Write): boolean {
  if (draft === null || flush === "later") return false;
  return flush === "now" ||
    ["started", "completed", "failed"].includes(draft.event);
}

/**
 * Runs a step. A file error ends the call until the log has our line; then the
 * call has succeeded, and what cannot be read or written is a warning.
 */
function tryOrWarn<T>(
  write: Write,
  problem: string,
  step: () => T,
): T | undefined {
  try {
    return step();
  } catch (error) {
    const warning = storageError(`${problem} ${nameOf(write)}`, error);
    const { draft, counted, isAppended } = write;
    if (draft !== null && counted === null && !isAppended) throw warning;
    write.warnings.push(warning.message);
    return undefined;
  }
}
