/**
 * What else lies in a workspace's directory: sessions' directories as such,
 * what a removal left behind that was killed, and whether anything is left.
 * Nothing here follows a link, or goes out of the workspace.
 */
import { errorCode, explain, StorageError } from "../../errors.ts";
import type { Files } from "../../platform/platform.ts";
import type { SessionRef } from "../../session/types.ts";
import { sessionPaths } from "./layout.ts";
import { NOT_REAL } from "./read.ts";
import { TRASH } from "./remove.ts";

/** The directory of a removal that came to no end. */
export interface Tombstone {
  name: string;
  /** When it was last at work, microseconds since 1970. */
  changedUs: number;
}

/** All that is in a workspace's directory. */
export interface WorkspaceScan {
  /** Every name, those that begin with a dot too. */
  names: string[];
  trash: Tombstone[];
}

/** Looks through a workspace; null if it is not there. Throws StorageError. */
export function scanWorkspace(
  files: Files,
  root: string,
  workspace: string,
): WorkspaceScan | null {
  const path = workspacePath(root, workspace);
  if (files.inspect(path)?.kind !== "directory") return null;
  try {
    const entries = files.list(path);
    const trash = entries
      .filter(({ name, kind }) => kind === "directory" && isTrash(name))
      .map(({ name }) => ({ name, changedUs: atWorkUs(files, path, name) }));
    return { names: entries.map(({ name }) => name), trash };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw cannot("list", path, error);
  }
}

function isTrash(name: string): boolean {
  return name.startsWith(TRASH);
}

function atWorkUs(files: Files, path: string, name: string): number {
  const seconds = /^\d{1,11}(?=-)/.exec(name.slice(TRASH.length))?.[0] ?? "0";
  const { modifiedUs = 0 } = files.inspect(`${path}/${name}`) ?? {};
  return Math.max(Number(seconds) * 1e6, modifiedUs);
}

/** A session that cannot be read: what its directory alone tells. */
export type DirectoryState =
  /** The last change of the directory, its status or its log. */
  | { kind: "directory"; changedUs: number }
  /** Why it is no directory that could be removed. */
  | { kind: "other"; problem: string };

/** Looks at the directory of a session that cannot be read. */
export function inspectDirectory(
  files: Files,
  root: string,
  ref: SessionRef,
): DirectoryState {
  const { directory, status, log } = sessionPaths(root, ref);
  const info = files.inspect(directory);
  if (info === null) {
    return { kind: "other", problem: "its name leads nowhere" };
  }
  if (info.kind !== "directory") {
    return { kind: "other", problem: NOT_REAL[info.kind] };
  }
  const times = [status, log].map((path) => modifiedUs(files, path));
  return {
    kind: "directory",
    changedUs: Math.max(info.modifiedUs, ...times),
  };
}

function modifiedUs(files: Files, path: string): number {
  try {
    return files.inspect(path)?.modifiedUs ?? 0;
  } catch (error) {
    // A directory that nobody may enter.
    if (errorCode(error) === "") throw error;
    return 0;
  }
}

/** Whether a directory without a session holds nothing but our own leavings. */
export function hasOnlyOurs(
  files: Files,
  root: string,
  ref: SessionRef,
): boolean {
  try {
    // Temporary files, of writers that were killed.
    return files.list(sessionPaths(root, ref).directory)
      .every(({ name, kind }) => kind === "file" && name.startsWith("."));
  } catch (error) {
    if (errorCode(error) === "") throw error;
    return false;
  }
}

/** A temporary file of a writer that has not come to its rename. */
export interface Temporary {
  path: string;
  /** The writer's process. */
  pid: number;
  /** Microseconds since 1970. */
  modifiedUs: number;
}

const TEMPORARY = /^\.(?:status\.json|COMPLETED|FAILED)\.(\d{1,10})\.\w+$/;

/** The temporary files in a session's directory. Throws file errors. */
export function findTemporaries(
  files: Files,
  root: string,
  ref: SessionRef,
): Temporary[] {
  const { directory } = sessionPaths(root, ref);
  if (files.inspect(directory)?.kind !== "directory") return [];
  const found: Temporary[] = [];
  for (const { name, kind } of files.list(directory)) {
    const pid = TEMPORARY.exec(name)?.[1];
    if (pid === undefined || kind !== "file") continue;
    const path = `${directory}/${name}`;
    const { modifiedUs } = files.inspect(path) ?? {};
    // One that is gone by now has been renamed.
    if (modifiedUs !== undefined) {
      found.push({ path, pid: Number(pid), modifiedUs });
    }
  }
  return found;
}

/** Deletes what a removal has left; false if it is gone. Throws StorageError. */
export function removeTombstone(
  files: Files,
  root: string,
  ref: SessionRef,
): boolean {
  const path = sessionPaths(root, ref).directory;
  if (!isTrash(ref.sessionId) || files.inspect(path)?.kind !== "directory") {
    return false;
  }
  try {
    files.removeTree(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw cannot("remove", path, error);
  }
}

/** Removes a workspace; false if something is in it. Throws StorageError. */
export function removeWorkspace(
  files: Files,
  root: string,
  workspace: string,
): boolean {
  const path = workspacePath(root, workspace);
  try {
    return files.removeEmptyDirectory(path);
  } catch (error) {
    throw cannot("remove", path, error);
  }
}

function workspacePath(root: string, workspace: string): string {
  return sessionPaths(root, { workspace, sessionId: "" }).workspace;
}

function cannot(verb: string, path: string, error: unknown): StorageError {
  return new StorageError(`Cannot ${verb} "${path}": ${explain(error)}`, {
    cause: error,
  });
}
