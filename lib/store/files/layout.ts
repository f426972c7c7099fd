/**
 * The layout below `.parallel`: names and paths of a session's files, the
 * directories that hold them, and its markers. Directories are opened and listed
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
import { belongsToUs } from "../checkout.ts";

/** The name of the directory that holds all state. */
export const ROOT_NAME = ".parallel";

/** The files in a session's directory, beside its marker. */
export const LOG_NAME = "log.jsonl";
export const STATUS_NAME = "status.json";
/** The file that hides `.parallel` from git. */
export const IGNORE_NAME = ".gitignore";

/** `clean` may remove an empty workspace that is about to be used. */
const TRIES = 20;

/** How long ptrack's .gitignore may be; how many directories are looked at. */
const LONGEST_IGNORE = 64 * 1024;
const MOST_LOOKS = 1000;

/** What to do where no `.parallel` can be used. */
export const NAME_ONE = "name a directory of your own with --dir or PTRACK_DIR";

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

/** The files of a session: `prefix` is the way to them, with its slash. */
export interface SessionFiles {
  ref: SessionRef;
  files: Files;
  prefix: string;
}

/** Says what is in the place of a directory. */
export function notADirectory(path: string, kind: FileKind): StorageError {
  const problem = kind === "symlink"
    ? `${KIND_PROBLEMS[kind]}; name what it leads to with --dir or PTRACK_DIR`
    : "it is not a directory";
  return new StorageError(`Cannot use "${path}": ${problem}`);
}

/** Says that a `.parallel` directory is not the user's. */
export function strangersDirectory(path: string): RefusedError {
  return new RefusedError(
    `Cannot use "${path}": it belongs to another user; ${NAME_ONE}, or this ` +
      "one to read it",
  );
}

/**
 * Opens `.parallel`; null if it does not exist. Refuses a link, and to write to
 * one of another user.
 */
export function openRoot(
  platform: Pick<Platform, "files" | "uid">,
  path: string,
  use: "read" | "write",
): Directory | null {
  const { files } = platform;
  let root: Directory | null = null;
  try {
    root = files.openDirectory(path);
    // What was found before it was opened may have been another one.
    if (use === "read" || belongsToUs(platform, root.facts())) return root;
    throw strangersDirectory(path);
  } catch (error) {
    root?.close();
    if (errorCode(error) === "ENOENT") return null;
    const kind = inspectQuietly(files, path)?.kind ?? "directory";
    if (kind !== "directory") throw notADirectory(path, kind);
    throw storageError(`Cannot use "${path}"`, error);
  }
}

/** A directory by its name in another one, which is open and at `path`. */
export interface Inner {
  parent: Directory;
  path: string;
  name: string;
}

/**
 * Opens a directory to write in it. Throws NotFoundError if it is missing,
 * RefusedError if it is another user's, StorageError if something else is there.
 */
export function openOwn(
  platform: Pick<Platform, "uid">,
  { parent, path, name }: Inner,
): Directory {
  let directory: Directory | null = null;
  try {
    directory = parent.openDirectory(name);
    requireOwn(platform, directory, `${path}/${name}`);
    return directory;
  } catch (error) {
    directory?.close();
    if (errorCode(error) === "ENOENT") {
      throw new NotFoundError(`Cannot find "${path}/${name}"`);
    }
    throw openError(`Cannot use "${path}/${name}"`, error, parent, name);
  }
}

/** Refuses to write in a directory of another user. */
export function requireOwn(
  platform: Pick<Platform, "uid">,
  directory: Directory,
  path: string,
): void {
  try {
    if (belongsToUs(platform, directory.facts())) return;
  } catch (error) {
    if (isMissing(error)) throw new NotFoundError(`Cannot find "${path}"`);
    throw storageError(`Cannot use "${path}"`, error);
  }
  throw new RefusedError(
    `Cannot write in "${path}": it belongs to another user; use another name`,
  );
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
 * Makes `.parallel` if it is missing, with a .gitignore of its own, so that
 * sessions are never committed, and opens it. Throws StorageError, and
 * RefusedError if it is another's.
 */
export function makeRoot(platform: Platform, path: string): Directory {
  const { files } = platform;
  let root: Directory | null = null;
  try {
    const isNew = files.makeDirectory(path, PRIVATE.directory);
    root = openRoot(platform, path, "write");
    if (root === null) throw new NotFoundError(`Cannot find "${path}"`);
    hideFromGit(root);
    if (isNew) files.flushDirectory(dirname(path));
    return root;
  } catch (error) {
    root?.close();
    throw storageError(`Cannot create "${path}"`, error);
  }
}

function hideFromGit(root: Directory): void {
  try {
    const { file: mode } = accessBelow(root, ".");
    root.createNew(IGNORE_NAME, new TextEncoder().encode("*\n"), { mode });
  } catch (error) {
    if (errorCode(error) === "EEXIST") return;
    // An empty file, left by a full disk, would hide nothing and stay.
    removeQuietly(root, IGNORE_NAME);
    throw error;
  }
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
  for (let tried = 1;; tried++) {
    let root: Directory | null = null;
    let directory: Directory | null = null;
    try {
      root = makeRoot(platform, path);
      const { directory: mode } = accessBelow(root, ".");
      root.makeDirectory(workspace, mode);
      directory = openOwn(platform, { parent: root, path, name: workspace });
      return directory.makeDirectory(sessionId, mode);
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

/** What tells whose a directory is. */
export interface Contents {
  /** Whether it has the .gitignore that ptrack makes, or a session. */
  isMarked: boolean;
  /** What in it is not ptrack's, and why; "" if nothing was found. */
  other: string;
}

/**
 * Looks whose a directory is: GNU parallel, too, keeps files in a `.parallel`.
 * What is not ptrack's is looked for only where it is not marked.
 */
export function contentsOf(files: Files, root: string): Contents {
  const read = () => files.readText(`${root}/${IGNORE_NAME}`, LONGEST_IGNORE);
  const marked = { isMarked: true, other: "" };
  if (withFallback(read, "").split(/\r?\n/).includes("*")) return marked;
  let looks = MOST_LOOKS;
  let other = "";
  const list = (path: string) =>
    looks-- > 0 ? withFallback(() => files.list(path || root), []) : [];
  // In a workspace's and a session's place there may only be directories.
  const directoriesIn = (path: string) => {
    const names: string[] = [];
    for (const { name, kind } of list(path && `${root}/${path}`)) {
      const inner = path === "" ? name : `${path}/${name}`;
      if (kind === "directory") names.push(inner);
      else if (kind !== "symlink" && inner !== IGNORE_NAME) {
        other ||= `"${inner}" in it is not ptrack's: ${KIND_PROBLEMS[kind]}`;
      }
    }
    return names;
  };
  for (const session of directoriesIn("").flatMap(directoriesIn)) {
    const entries = list(`${root}/${session}`);
    if (entries.some(isOfSession)) return marked;
    if (entries.length === 0) continue;
    other ||= `"${session}" in it is not ptrack's: it is no session`;
  }
  return { isMarked: false, other };
}

/** Whether an entry is one of a session's, by its name. */
export function isOfSession({ name, kind }: DirectoryEntry): boolean {
  return kind === "file" && TEMPORARY_NAME.test(name) ||
    name === LOG_NAME || name === STATUS_NAME ||
    ENDED_STATES.some((state) => markerName(state) === name);
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

/** The temporary files of replaceFile, and the process that wrote them. */
export const TEMPORARY_NAME =
  /^\.(?:status\.json|COMPLETED|FAILED)\.(\d{1,10})\.\w+$/;

/** Whether markers may have to be written or removed: markers.ts does it. */
export function needsMarkers(directory: Files, state: State): boolean {
  for (const ended of ENDED_STATES) {
    // To look first costs a heartbeat less than a removal that fails.
    const isWanted = state === ended;
    if (isWanted || directory.inspect(markerName(ended)) !== null) return true;
  }
  return false;
}
