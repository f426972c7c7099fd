/**
 * The layout below `.parallel`: names and paths of a session's files, the
 * directories that hold them, and its markers. Directories are made and listed
 * here, and a link in the place of one is refused.
 */
import { dirname } from "@std/path";
import {
  errorCode,
  NotFoundError,
  RefusedError,
  StorageError,
  storageError,
  withFallback,
} from "../../errors.ts";
import type {
  Directory,
  DirectoryEntry,
  FileInfo,
  FileKind,
  Files,
  Platform,
} from "../../platform/platform.ts";
import { removeQuietly, replaceFile } from "../../platform/files.ts";
import { isObject, stringOr, textsOf } from "../../session/event.ts";
import type { Folded } from "../../session/fold.ts";
import { failureOf } from "../../session/status.ts";
import type {
  JsonObject,
  SessionRef,
  State,
  Status,
} from "../../session/types.ts";

/** The name of the directory that holds all state. */
export const ROOT_NAME = ".parallel";

/** The files in a session's directory, beside its marker. */
export const LOG_NAME = "log.jsonl";
export const STATUS_NAME = "status.json";
/** The file that hides `.parallel` from git. */
export const IGNORE_NAME = ".gitignore";

/** `clean` may remove an empty workspace that is about to be used. */
const TRIES = 20;

/** What stands in the place of a directory or a regular file. */
export const KIND_PROBLEMS: Record<FileKind, string> = {
  file: "it is a file",
  directory: "it is a directory",
  symlink: "it is a symbolic link",
  other: "it is neither a file nor a directory",
};

/** Whether an error says that a path is not a regular file. */
export function isNotRegular(error: unknown): boolean {
  return ["ELOOP", "ENOTREG", "EISDIR"].includes(errorCode(error));
}

/** Whether an error says that a directory does not exist. */
export function isMissing(error: unknown): boolean {
  return errorCode(error) === "ENOENT" || error instanceof NotFoundError;
}

/** Inspects a path; null if it does not exist or cannot be inspected. */
export function inspectQuietly(files: Files, path: string): FileInfo | null {
  return withFallback(() => files.inspect(path), null);
}

/** A session by its name in its workspace's directory, which is open. */
export interface SessionPlace {
  ref: SessionRef;
  workspace: Directory;
  /** Usually its id; a tombstone has another name. */
  name: string;
}

/** Opens `.parallel`; null if it does not exist. Refuses one of another user. */
export function openRoot(
  platform: Pick<Platform, "files" | "uid">,
  path: string,
): Directory | null {
  let root: Directory | null = null;
  try {
    root = platform.files.openDirectory(path, "followed");
    // What was checked before it was opened may have been another one.
    if (belongsToUs(platform, root.facts())) return root;
    throw strangersDirectory(path);
  } catch (error) {
    root?.close();
    if (errorCode(error) === "ENOENT") return null;
    throw storageError(`Cannot use "${path}"`, error);
  }
}

/** Whether a directory is the user's own, where the system has users. */
export function belongsToUs(
  { uid }: Pick<Platform, "uid">,
  directory: FileInfo,
): boolean {
  return uid === null || directory.uid === null || directory.uid === uid;
}

/** Says that a `.parallel` directory is not the user's. */
export function strangersDirectory(path: string): RefusedError {
  return new RefusedError(
    `Cannot use "${path}": it belongs to another user; ` +
      `name your own with --dir or PTRACK_DIR`,
  );
}

/**
 * Opens a directory in another one, which is at `path`. Throws NotFoundError if
 * it is missing, StorageError if something else is there.
 */
export function openBelow(
  parent: Directory,
  path: string,
  name: string,
): Directory {
  try {
    return parent.openDirectory(name);
  } catch (error) {
    if (errorCode(error) === "ENOENT") {
      throw new NotFoundError(`Cannot find "${path}/${name}"`);
    }
    throw openError(`Cannot use "${path}/${name}"`, error, parent, name);
  }
}

/** Why a directory could not be opened: what is there instead, if anything. */
function openError(
  problem: string,
  error: unknown,
  parent: Directory,
  name: string,
): StorageError {
  const kind = inspectQuietly(parent, name)?.kind;
  return kind === undefined || kind === "directory"
    ? storageError(problem, error)
    : new StorageError(`${problem}: ${KIND_PROBLEMS[kind]}`);
}

/**
 * Makes the missing directories of `.parallel/<workspace>/<session>`. Returns
 * whether the last one was missing. Throws StorageError.
 */
export function makeDirectories(
  platform: Platform,
  path: string,
  { workspace, sessionId }: SessionRef,
): boolean {
  makeRoot(platform.files, path);
  for (let tried = 1;; tried++) {
    let root: Directory | null = null;
    let directory: Directory | null = null;
    try {
      root = openRoot(platform, path);
      root?.makeDirectory(workspace);
      directory = root && openBelow(root, path, workspace);
      return directory?.makeDirectory(sessionId) ?? false;
    } catch (error) {
      if (isMissing(error) && tried < TRIES) continue;
      const whole = `${path}/${workspace}/${sessionId}`;
      throw storageError(`Cannot create "${whole}"`, error);
    } finally {
      directory?.close();
      root?.close();
    }
  }
}

/**
 * Makes `.parallel` if it is missing, with a .gitignore of its own, so that
 * sessions are never committed. Throws StorageError.
 */
export function makeRoot(files: Files, path: string): void {
  try {
    const isNew = files.makeDirectory(path);
    hideFromGit(files, `${path}/${IGNORE_NAME}`);
    if (isNew) files.flushDirectory(dirname(path));
  } catch (error) {
    throw storageError(`Cannot create "${path}"`, error);
  }
}

function hideFromGit(files: Files, path: string): void {
  try {
    files.createNew(path, new TextEncoder().encode("*\n"));
  } catch (error) {
    if (errorCode(error) === "EEXIST") return;
    // An empty file, left by a full disk, would hide nothing and stay.
    removeQuietly(files, path);
    throw error;
  }
}

/** Names of the workspaces, sorted. Throws StorageError. */
export function listWorkspaces(root: Directory, path: string): string[] {
  return listDirectory(root, path)
    .filter((entry) => entry.kind === "directory" && isSession(entry))
    .map(({ name }) => name).sort();
}

/** Names of a workspace's sessions, sorted. Throws StorageError. */
export function listSessions(workspace: Directory, path: string): string[] {
  return listDirectory(workspace, path).filter(isSession)
    .map(({ name }) => name).sort();
}

/**
 * Whether an entry is a session; a link is one that cannot be read. Names that
 * begin with a dot are ptrack's own.
 */
export function isSession({ name, kind }: DirectoryEntry): boolean {
  return (kind === "directory" || kind === "symlink") && !name.startsWith(".");
}

/** Opens a workspace to read it; null if it does not exist. */
export function openWorkspace(
  root: Directory | null,
  name: string,
): Directory | null {
  try {
    return root?.openDirectory(name) ?? null;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    const problem = `Cannot read workspace ${JSON.stringify(name)}`;
    throw openError(problem, error, root!, name);
  }
}

/** The entries of a directory that is open, in any order; none if it is gone. */
export function listDirectory(
  directory: Directory,
  path: string,
): DirectoryEntry[] {
  try {
    return directory.list(".");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return [];
    throw storageError(`Cannot list "${path}"`, error);
  }
}

// COMPLETED and FAILED are for programs that only look at file names. ptrack
// writes them after the status; a foreign status may be older than its marker.

const MARKER_LIMIT = 1024 * 1024;

/** The states with a marker, whose name is the state in capital letters. */
const ENDED_STATES = ["failed", "completed"] as const;

/**
 * Makes the markers in a session's directory agree with its status: the one
 * right marker, and no other. Returns whether anything had to be done. Throws
 * file errors.
 */
export function reconcileMarkers(
  directory: Files,
  status: Folded,
  word: string,
): boolean {
  let changed = false;
  for (const state of ENDED_STATES) {
    const name = markerName(state);
    if (status.state !== state) {
      // To look first costs a heartbeat less than a removal that fails.
      if (directory.inspect(name) === null) continue;
      changed = directory.remove(name) || changed;
      continue;
    }
    if (readMarker(directory, name)?.["attempt"] === status.ptrack.attempt) {
      continue;
    }
    writeMarker(directory, status, word);
    changed = true;
  }
  return changed;
}

/** Removes both markers, before an attempt begins. Throws file errors. */
export function removeMarkers(directory: Files): void {
  for (const state of ENDED_STATES) directory.remove(markerName(state));
}

/**
 * The status as a marker completes it; null if there is no marker. `prefix` is
 * the way to the session's directory, with a slash at its end.
 */
export function applyMarker(
  files: Files,
  prefix: string,
  status: Status,
): Status | null {
  for (const state of ENDED_STATES) {
    const path = `${prefix}${markerName(state)}`;
    // To look first costs a monitor less than a file that is not there.
    const marker = files.inspect(path) && readMarker(files, path);
    if (marker === null) continue;
    const outputs = textsOf(marker["output_files"]) ?? [];
    const summary = stringOr(marker["error_summary"], "");
    const endedAt = stringOr(marker["timestamp"], null);
    const isCompleted = state === "completed";
    return {
      ...status,
      state,
      progress_pct: isCompleted ? 100 : status.progress_pct,
      message: isCompleted || summary === ""
        ? status.message
        : `FAILED: ${summary}`,
      completed_at: status.completed_at ?? endedAt,
      output_files: outputs.length > 0 ? outputs : status.output_files,
    };
  }
  return null;
}

/** Says which marker is not a file; "" if both are files or missing. */
export function markerProblem(files: Files, prefix: string): string {
  for (const state of ENDED_STATES) {
    const path = `${prefix}${markerName(state)}`;
    const kind = files.inspect(path)?.kind ?? "file";
    if (kind !== "file") {
      return `Cannot read ${markerName(state)}: ${KIND_PROBLEMS[kind]}`;
    }
  }
  return "";
}

function markerName(state: State): string {
  return state.toUpperCase();
}

/**
 * The contents of a marker; null if there is no such file. One that cannot be
 * read still tells the state by its name, and is taken as empty.
 */
function readMarker(files: Files, path: string): JsonObject | null {
  try {
    const value = JSON.parse(files.readText(path, MARKER_LIMIT));
    return isObject(value) ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    if (errorCode(error) === "") throw error;
    if (errorCode(error) === "ENOENT" || isNotRegular(error)) return null;
    return files.inspect(path)?.kind === "file" ? {} : null;
  }
}

function writeMarker(directory: Files, status: Folded, word: string): void {
  const isFailed = status.state === "failed";
  const marker = {
    session_id: status.session_id,
    state: status.state,
    timestamp: status.completed_at,
    output_files: status.output_files,
    error_summary: isFailed ? failureOf(status.message) : null,
    attempt: status.ptrack.attempt,
  };
  replaceFile(directory, {
    path: markerName(status.state),
    text: `${JSON.stringify(marker, null, 2)}\n`,
    word,
    flush: true,
  });
}
