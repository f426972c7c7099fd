/**
 * The layout below `.parallel`: names and paths of a session's files, the
 * directories that hold them, and its markers. Directories are made and listed
 * here, and a link in the place of one is refused.
 */
import { dirname } from "@std/path";
import {
  errorCode,
  NotFoundError,
  StorageError,
  storageError,
  withFallback,
} from "../../errors.ts";
import type {
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

/** The paths of one session. */
export interface SessionPaths {
  ref: SessionRef;
  root: string;
  workspace: string;
  directory: string;
  log: string;
  status: string;
}

/**
 * The paths of a session below `root`, the `.parallel` directory. Every system
 * takes `/`.
 */
export function sessionPaths(root: string, ref: SessionRef): SessionPaths {
  const workspace = `${root}/${ref.workspace}`;
  const directory = `${workspace}/${ref.sessionId}`;
  return {
    ref,
    root,
    workspace,
    directory,
    log: `${directory}/${LOG_NAME}`,
    status: `${directory}/${STATUS_NAME}`,
  };
}

/**
 * Makes the missing directories of `.parallel/<workspace>/<session>`. Returns
 * whether the last one was missing. Throws StorageError.
 */
export function makeDirectories(files: Files, paths: SessionPaths): boolean {
  makeRoot(files, paths.root);
  for (let tried = 1;; tried++) {
    try {
      files.makeDirectory(paths.workspace);
      requireReal(files, paths.workspace);
      return files.makeDirectory(paths.directory);
    } catch (error) {
      if (isMissing(error) && tried < TRIES) continue;
      throw storageError(`Cannot create "${paths.directory}"`, error);
    }
  }
}

/**
 * Makes `.parallel` if it is missing, with a .gitignore of its own, so that
 * sessions are never committed. Throws StorageError.
 */
export function makeRoot(files: Files, root: string): void {
  try {
    const isNew = files.makeDirectory(root);
    hideFromGit(files, `${root}/${IGNORE_NAME}`);
    if (isNew) files.flushDirectory(dirname(root));
  } catch (error) {
    throw storageError(`Cannot create "${root}"`, error);
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

/**
 * Requires that the workspace and the session are real directories. Throws
 * NotFoundError if one is missing, StorageError if it is something else.
 */
export function requireDirectories(files: Files, paths: SessionPaths): void {
  requireReal(files, paths.workspace);
  requireReal(files, paths.directory);
}

function requireReal(files: Files, path: string): void {
  const kind = files.inspect(path)?.kind;
  if (kind === "directory") return;
  if (kind === undefined) throw new NotFoundError(`Cannot find "${path}"`);
  throw new StorageError(`Cannot use "${path}": ${KIND_PROBLEMS[kind]}`);
}

/** Names of the workspaces, sorted; empty if `root` does not exist. */
export function listWorkspaces(files: Files, root: string): string[] {
  return (listDirectory(files, root) ?? [])
    .filter((entry) => entry.kind === "directory" && isSession(entry))
    .map(({ name }) => name);
}

/** Names of a workspace's sessions, sorted; null if it does not exist. */
export function listSessions(
  files: Files,
  root: string,
  workspace: string,
): string[] | null {
  return listWorkspace(files, root, workspace)?.filter(isSession)
    .map(({ name }) => name) ?? null;
}

/**
 * Whether an entry is a session; a link is one that cannot be read. Names that
 * begin with a dot are ptrack's own.
 */
export function isSession({ name, kind }: DirectoryEntry): boolean {
  return (kind === "directory" || kind === "symlink") && !name.startsWith(".");
}

/** All entries of a workspace, sorted; null if it does not exist. */
export function listWorkspace(
  files: Files,
  root: string,
  workspace: string,
): DirectoryEntry[] | null {
  const path = `${root}/${workspace}`;
  const kind = files.inspect(path)?.kind;
  if (kind === undefined) return null;
  if (kind === "directory") return listDirectory(files, path);
  const name = JSON.stringify(workspace);
  throw new StorageError(
    `Cannot read workspace ${name}: ${KIND_PROBLEMS[kind]}`,
  );
}

function listDirectory(files: Files, path: string): DirectoryEntry[] | null {
  try {
    return files.list(path).sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return null;
    throw storageError(`Cannot list "${path}"`, error);
  }
}

// COMPLETED and FAILED are for programs that only look at file names. ptrack
// writes them after the status; a foreign status may be older than its marker.

const MARKER_LIMIT = 1024 * 1024;

/** The states with a marker, whose name is the state in capital letters. */
const ENDED_STATES = ["failed", "completed"] as const;

/**
 * Makes the markers agree with a status: the one right marker, and no other.
 * Returns whether anything had to be done. Throws file errors.
 */
export function reconcileMarkers(
  platform: Platform,
  paths: SessionPaths,
  status: Folded,
): boolean {
  const { files } = platform;
  let changed = false;
  for (const state of ENDED_STATES) {
    const path = markerPath(paths, state);
    if (status.state !== state) {
      // To look first costs a heartbeat less than a removal that fails.
      if (files.inspect(path) !== null) changed = files.remove(path) || changed;
      continue;
    }
    if (readMarker(files, path)?.["attempt"] === status.ptrack.attempt) {
      continue;
    }
    writeMarker(platform, paths, status);
    changed = true;
  }
  return changed;
}

/** Removes both markers, before an attempt begins. Throws file errors. */
export function removeMarkers(files: Files, paths: SessionPaths): void {
  for (const state of ENDED_STATES) files.remove(markerPath(paths, state));
}

/** The status as a marker completes it; null if there is no marker. */
export function applyMarker(
  files: Files,
  paths: SessionPaths,
  status: Status,
): Status | null {
  for (const state of ENDED_STATES) {
    const path = markerPath(paths, state);
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
export function markerProblem(files: Files, paths: SessionPaths): string {
  for (const state of ENDED_STATES) {
    const kind = files.inspect(markerPath(paths, state))?.kind ?? "file";
    if (kind !== "file") {
      return `Cannot read ${state.toUpperCase()}: ${KIND_PROBLEMS[kind]}`;
    }
  }
  return "";
}

function markerPath({ directory }: SessionPaths, state: State): string {
  return `${directory}/${state.toUpperCase()}`;
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

function writeMarker(
  platform: Platform,
  { directory }: SessionPaths,
  status: Folded,
): void {
  const isFailed = status.state === "failed";
  const marker = {
    session_id: status.session_id,
    state: status.state,
    timestamp: status.completed_at,
    output_files: status.output_files,
    error_summary: isFailed ? failureOf(status.message) : null,
    attempt: status.ptrack.attempt,
  };
  replaceFile(platform, {
    directory,
    name: status.state.toUpperCase(),
    text: `${JSON.stringify(marker, null, 2)}\n`,
    flush: true,
  });
}
