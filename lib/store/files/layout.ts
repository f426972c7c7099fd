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
import { removeQuietly } from "../../platform/files.ts";
import type { SessionRef, State } from "../../session/types.ts";

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

/** Whether an error is about this process, and says nothing of a file. */
export function isOurLimit(error: unknown): boolean {
  return ["EMFILE", "ENFILE"].includes(errorCode(error));
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

/** The files of a session: `prefix` is the way to them, with its slash. */
export interface SessionFiles {
  ref: SessionRef;
  files: Files;
  prefix: string;
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
      const { directory: mode } = root ? accessBelow(root, ".") : PRIVATE;
      root?.makeDirectory(workspace, mode);
      directory = root && openBelow(root, path, workspace);
      return directory?.makeDirectory(sessionId, mode) ?? false;
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
    const isNew = files.makeDirectory(path, PRIVATE.directory);
    hideFromGit(files, path);
    if (isNew) files.flushDirectory(dirname(path));
  } catch (error) {
    throw storageError(`Cannot create "${path}"`, error);
  }
}

function hideFromGit(files: Files, root: string): void {
  const path = `${root}/${IGNORE_NAME}`;
  try {
    const { file: mode } = accessBelow(files, root);
    files.createNew(path, new TextEncoder().encode("*\n"), { mode });
  } catch (error) {
    if (errorCode(error) === "EEXIST") return;
    // An empty file, left by a full disk, would hide nothing and stay.
    removeQuietly(files, path);
    throw error;
  }
}

/*
 * Who may read what is made below `.parallel`: its owner alone, or also the
 * group of `.parallel`, if its mode says so.
 */

/** Permission bits of what is made. */
export interface Access {
  directory: number;
  file: number;
}

/** Its owner's alone. */
export const PRIVATE: Access = { directory: 0o700, file: 0o600 };
/** New files get the group of their directory, which a set-group-id bit says. */
export const SHARED: Access = { directory: 0o2750, file: 0o640 };

/** The set-group-id bit, the group's right to read, and all rights of others. */
const SHARED_MASK = 0o2047;
const SHARED_BITS = 0o2040;
/** The rights of everybody but the owner. */
const OTHERS = 0o077;

/** How the mode of `.parallel` opens it: `open` is an older one, or odd. */
export function accessOf(
  files: Files,
  path: string,
): "private" | "shared" | "open" {
  const mode = files.mode(path) ?? 0;
  if ((mode & SHARED_MASK) === SHARED_BITS) return "shared";
  return (mode & OTHERS) === 0 ? "private" : "open";
}

/** The permission bits for what is made below `.parallel`, at `path`. */
export function accessBelow(files: Files, path: string): Access {
  return accessOf(files, path) === "shared" ? SHARED : PRIVATE;
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

/** The states with a marker, whose name is the state in capital letters. */
export const ENDED_STATES = ["failed", "completed"] as const;

/** The name of the marker of a state. */
export function markerName(state: State): string {
  return state.toUpperCase();
}

/** Whether markers may have to be written or removed: markers.ts does it. */
export function needsMarkers(directory: Files, state: State): boolean {
  for (const ended of ENDED_STATES) {
    // To look first costs a heartbeat less than a removal that fails.
    const isWanted = state === ended;
    if (isWanted || directory.inspect(markerName(ended)) !== null) return true;
  }
  return false;
}
