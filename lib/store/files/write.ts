/**
 * Recording one event without a lock (docs/format.md, rules 1 to 6): append
 * the line, fold from the status that was read before, replace the status, set
 * the markers, and look again until nothing new is there.
 */
import {
  errorCode,
  NotFoundError,
  RefusedError,
  StorageError,
} from "../../errors.ts";
import type { OpenFile, Platform } from "../../platform/platform.ts";
import { FORMAT_VERSION, serializeStatus } from "../../session/status.ts";
import type { NewEvent, SessionView, Status } from "../../session/types.ts";
import { requireDirectory } from "./directories.ts";
import { type SessionPaths, STATUS_NAME } from "./layout.ts";
import { lastLines } from "./log_file.ts";
import {
  foldOnward,
  foldSession,
  type FoldState,
  openLog,
} from "./log_fold.ts";
import { reconcileMarkers, removeMarkers } from "./markers.ts";
import { replaceFile } from "./replace.ts";
import { append } from "./append.ts";
import type { Decide, Durability, Recorded } from "../store.ts";
import { readStoredStatus } from "./stored_status.ts";
import {
  guard,
  isLasting,
  look,
  nameOf,
  tend,
  type Write,
} from "./write_steps.ts";

/** How often a write begins anew when its files are replaced under it. */
const TRIES = 8;
const PAUSE_MS = 5;
/** How often a writer looks again before it leaves the rest to the next. */
const ROUNDS = 200;
/** Where our own line is looked for after the log was replaced. */
const RECENT_LINES = 1000;

/** What to record, and how to make the session's directories if allowed. */
export interface Order {
  decide: Decide;
  /** Makes missing directories; absent where the session must exist. */
  prepare?: () => void;
  durability: Durability;
}

/** Records an event; see SessionStore.record. */
export function recordEvent(
  platform: Platform,
  paths: SessionPaths,
  { decide, prepare, durability }: Order,
): Recorded {
  const write: Write = {
    platform,
    paths,
    id: `${platform.pid.toString(36)}-${platform.randomId()}`,
    draft: null,
    durability,
    counted: null,
    warnings: [],
  };
  prepare?.();
  for (let tried = 1; tried <= TRIES; tried++) {
    try {
      const recorded = attempt(write, decide);
      if (recorded !== null) return recorded;
    } catch (error) {
      // Who makes the session does not mind that somebody removes it.
      const first = write.draft === null && prepare === undefined;
      const last = tried === TRIES;
      if (first || last || !(error instanceof NotFoundError)) throw error;
      // Removed under us: whoever did it may put it back in a moment.
      if (tried > TRIES / 2) prepare?.();
    }
    // What could not be done in files that are gone is done anew.
    write.warnings.length = 0;
    platform.clock.pause(PAUSE_MS);
  }
  throw new StorageError(
    `Cannot record in ${
      nameOf(paths.ref)
    }: its files are replaced over and over`,
  );
}

/** One try; null when the log was replaced before the event was seen in it. */
function attempt(write: Write, decide: Decide): Recorded | null {
  const { platform, paths } = write;
  guard(write, "find", () => requireDirectory(platform.files, paths));
  const stored = storedOrRefuse(write);
  let log = guard(
    write,
    "open the log of",
    () => openLog(platform.files, paths, "append"),
  );
  try {
    const own = (id: string, counted: boolean) => {
      if (id === write.id) write.counted = counted;
    };
    const state: FoldState = guard(
      write,
      "read",
      () => foldSession(platform.files, paths, { stored, log }, own),
    );
    if (!guard(write, "read", () => isRecorded(write, log))) {
      const draft = decideOrSettle(write, decide, { state, log, stored });
      log ??= guard(write, "create the log of", () => createLog(write));
      write.draft = draft;
      write.counted = null;
      appendOrSettle(write, log, state);
    }
    const settled = settle(write, log!, state);
    return settled === null ? null : {
      status: settled.status,
      counted: write.counted ?? true,
      warnings: write.warnings,
    };
  } finally {
    closeQuietly(log);
  }
}

function createLog({ platform, paths }: Write): OpenFile {
  try {
    return platform.files.open(paths.log, "create");
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    // The directory was there a moment ago.
    throw new NotFoundError(`Cannot find "${paths.directory}"`);
  }
}

function closeQuietly(log: OpenFile | null): void {
  try {
    log?.close();
  } catch (error) {
    // All that was written is in the log already.
    if (errorCode(error) === "") throw error;
  }
}

/** Whether an earlier try has left our line in the log that is there now. */
function isRecorded(write: Write, log: OpenFile | null): boolean {
  if (write.draft === null || log === null) return false;
  return lastLines(log, RECENT_LINES).some(({ id }) => id === write.id);
}

function storedOrRefuse(write: Write): Status | null {
  const stored = readStoredStatus(write.platform, write.paths);
  if (stored.kind === "refused") {
    throw new StorageError(
      `Cannot write ${nameOf(write.paths.ref)}: ${stored.problem}`,
    );
  }
  if (stored.kind !== "readable") return null;
  const version = stored.status.ptrack?.version ?? FORMAT_VERSION;
  if (version > FORMAT_VERSION) {
    throw new RefusedError(
      `Cannot write ${nameOf(write.paths.ref)}: a newer ptrack wrote it ` +
        `(format ${version}, this one knows ${FORMAT_VERSION}); upgrade ptrack`,
    );
  }
  return stored.status;
}

interface Found {
  state: FoldState;
  log: OpenFile | null;
  stored: Status | null;
}

/** Asks what to record. Who is refused still leaves the files in order. */
function decideOrSettle(write: Write, decide: Decide, found: Found): NewEvent {
  const { ref } = write.paths;
  const empty = found.stored === null && found.state.status.state === "pending";
  const view: SessionView = {
    workspace: ref.workspace,
    sessionId: ref.sessionId,
    condition: empty ? "empty" : "readable",
    status: found.state.status,
    problem: "",
    note: "",
    modifiedUs: write.platform.clock.nowUs(),
  };
  try {
    return decide(view);
  } catch (error) {
    // An earlier try may have had something to record; now there is nothing.
    write.draft = null;
    if (found.log !== null) settle(write, found.log, found.state);
    throw error;
  }
}

/** Appends our line. Who could not still leaves the files in order. */
function appendOrSettle(write: Write, log: OpenFile, state: FoldState): void {
  try {
    if (write.draft!.event === "started") clearMarkers(write);
    append(write, log, state);
  } catch (error) {
    write.draft = null;
    settle(write, log, state);
    throw error;
  }
}

/**
 * Brings status and markers to the state of the log, until there is no whole
 * line left that they do not know. Null if the log is another file by then.
 */
function settle(
  write: Write,
  log: OpenFile,
  from: FoldState,
): FoldState | null {
  let state = from;
  let unsaved = state.advanced;
  // Whoever writes last brings all to rest: to give up here loses nothing.
  for (let round = 0; round < ROUNDS; round++) {
    const next = look(write, "read", () => advance(write, log, state));
    if (next === undefined) break;
    unsaved ||= next !== state;
    state = next;
    if (look(write, "find", () => isCurrent(write, log)) === false) return null;
    if (unsaved) {
      tend(write, "write the status of", () => saveStatus(write, state));
      unsaved = false;
      continue;
    }
    const touched = tend(
      write,
      "set the marker of",
      () => reconcileMarkers(write.platform, write.paths, state.status),
    );
    if (touched !== true) break;
  }
  if (isLasting(write)) flushNames(write);
  return state;
}

/** Folds what came since; our own line is appended again if it is not whole. */
function advance(write: Write, log: OpenFile, from: FoldState): FoldState {
  const own = (id: string, counted: boolean) => {
    if (id === write.id) write.counted = counted;
  };
  let state = foldOnward(from, log, own);
  for (let tried = 0; write.draft !== null && write.counted === null; tried++) {
    if (!isCurrent(write, log)) return state;
    if (tried === TRIES) {
      throw Object.assign(new Error("torn"), { code: "EIO" });
    }
    append(write, log, state);
    state = foldOnward(state, log, own);
  }
  return state;
}

/** Whether the log that we hold is still the one of that name. */
function isCurrent(write: Write, log: OpenFile): boolean {
  return write.platform.files.inspect(write.paths.log)?.identity ===
    log.identity;
}

function saveStatus(write: Write, state: FoldState): void {
  const flush = isLasting(write);
  const text = serializeStatus(state.status);
  const { directory } = write.paths;
  replaceFile(write.platform, { directory, name: STATUS_NAME, text, flush });
}

function clearMarkers(write: Write): void {
  guard(
    write,
    "clear the markers of",
    () => removeMarkers(write.platform.files, write.paths),
  );
}

function flushNames(write: Write): void {
  const { platform: { files }, paths, draft, durability } = write;
  tend(write, "flush the directory of", () => {
    files.flushDirectory(paths.directory);
    if (draft!.event !== "started" && durability !== "whole") return;
    files.flushDirectory(paths.workspace);
    files.flushDirectory(paths.root);
  });
}
