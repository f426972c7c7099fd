/**
 * Removing sessions (docs/format.md, rule 12): out of sight by a rename, one
 * more look, and only then deleted. One that is killed in between leaves a
 * tombstone, a directory `.trash-<seconds since 1970>-<session>-<random>`, for
 * a later cleaning to find. Nothing here follows a link.
 */
import {
  errorCode,
  NotFoundError,
  RefusedError,
  StorageError,
  storageError,
} from "../../errors.ts";
import type {
  DirectoryEntry,
  Files,
  Platform,
} from "../../platform/platform.ts";
import type { SessionRef, SessionView } from "../../session/types.ts";
import type { SurveyedSession, WorkspaceSurvey } from "../store.ts";
import {
  IGNORE_NAME,
  isSession,
  KIND_PROBLEMS,
  listWorkspace,
  listWorkspaces,
  requireDirectories,
  type SessionPaths,
  sessionPaths,
  workspacePath,
} from "./layout.ts";
import { readEntry, type Reader, readSession } from "./read.ts";
import { ROOT_NAME } from "./root.ts";

/** How the names of tombstones begin. */
const TOMBSTONE = ".trash-";

/** As much of a session's name as stands in its tombstone's, in characters. */
const LABEL_LENGTH = 60;

/** What to remove, and the last word on whether it may go. */
export interface Removal {
  ref: SessionRef;
  mayGo: (view: SessionView) => boolean;
}

/**
 * Takes the session out of sight, looks once more, and deletes it; puts it
 * back and returns false if it may not go after all. Throws StorageError.
 */
export function removeSession(
  platform: Platform,
  root: string,
  { ref, mayGo }: Removal,
): boolean {
  const { files } = platform;
  const hidden = { ...ref, sessionId: tombstoneName(platform, ref) };
  const paths = sessionPaths(root, ref);
  const from = paths.directory;
  const to = sessionPaths(root, hidden).directory;
  try {
    const before = readSession(platform, root, ref);
    if (before === null || !mayGo(before)) return false;
    requireDirectories(files, paths);
    files.rename(from, to);
  } catch (error) {
    const isGone = errorCode(error) === "ENOENT" ||
      error instanceof NotFoundError;
    if (isGone) return false;
    throw storageError(`Cannot remove "${from}"`, error);
  }
  try {
    const after = readSession(platform, root, hidden);
    if (after === null || mayGo({ ...after, ...ref })) {
      files.removeTree(to);
      return true;
    }
  } catch (error) {
    if (errorCode(error) === "ENOENT") return true;
    // What is left of a session that cannot be deleted is put back.
    const left = readSession(platform, root, hidden)?.condition ?? "empty";
    if (left !== "empty") renameQuietly(files, to, from);
    throw storageError(`Cannot remove "${from}"`, error);
  }
  try {
    files.rename(to, from);
  } catch (error) {
    // A new session has taken the place: its writer has noticed, and recorded
    // its event there.
    if (["ENOTEMPTY", "EEXIST"].includes(errorCode(error))) return false;
    throw storageError(`Cannot put "${from}" back from "${to}"`, error);
  }
  return false;
}

function renameQuietly(files: Files, from: string, to: string): void {
  try {
    files.rename(from, to);
  } catch {
    // The first error says what is wrong.
  }
}

/** The time is in the name: a directory's own time outlives a rename. */
function tombstoneName(platform: Platform, { sessionId }: SessionRef): string {
  const seconds = Math.floor(platform.clock.nowUs() / 1e6);
  const label = sessionId.replace(/[^A-Za-z0-9._-]/g, "_")
    .slice(0, LABEL_LENGTH);
  return `${TOMBSTONE}${seconds}-${label}-${platform.randomId()}`;
}

/** Removes an empty workspace; false if it is not. Throws StorageError. */
export function removeWorkspace(
  files: Files,
  root: string,
  workspace: string,
): boolean {
  const path = workspacePath(root, workspace);
  try {
    return files.removeEmptyDirectory(path);
  } catch (error) {
    throw storageError(`Cannot remove "${path}"`, error);
  }
}

/** What lies below `root`; see SessionStore.survey. */
export function surveyWorkspaces(
  platform: Platform,
  root: string,
  named: string | null,
): WorkspaceSurvey[] {
  requireOurs(platform.files, root);
  if (named !== null) return surveyWorkspace(platform, root, named);
  return listWorkspaces(platform.files, root).flatMap((workspace) => {
    try {
      return surveyWorkspace(platform, root, workspace);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      const problem = error.message;
      return [{ workspace, problem, sessions: [], hasOthers: true }];
    }
  });
}

/** What others keep in directories of directories is not to be removed. */
function requireOurs(files: Files, root: string): void {
  const kind = files.inspect(root)?.kind;
  if (kind === undefined) return;
  if (kind === "symlink") {
    throw new StorageError(
      `Cannot clean "${root}": it is a symbolic link; name what it leads to ` +
        "with --dir",
    );
  }
  const isNamed = root.replace(/[/\\]+$/, "").split(/[/\\]/).at(-1) ===
    ROOT_NAME;
  const ignore = `${root}/${IGNORE_NAME}`;
  const isMarked = files.inspect(ignore) !== null &&
    files.readText(ignore, 1_000).trim() === "*";
  if (isNamed || isMarked) return;
  throw new RefusedError(
    `Cannot clean "${root}": it does not look like a ${ROOT_NAME} directory`,
  );
}

/** A list of one, or of none if there is no such workspace. */
function surveyWorkspace(
  platform: Platform,
  root: string,
  workspace: string,
): WorkspaceSurvey[] {
  const entries = listWorkspace(platform.files, root, workspace);
  if (entries === null) return [];
  const removable = [
    ...entries.filter(isSession),
    ...entries.filter(isTombstone),
  ];
  const hasOthers = removable.length < entries.length;
  try {
    const sessions = removable.map((entry) => {
      const ref = { workspace, sessionId: entry.name };
      return surveySession(platform, sessionPaths(root, ref), entry);
    });
    return [{ workspace, problem: "", sessions, hasOthers }];
  } catch (error) {
    const name = JSON.stringify(workspace);
    throw storageError(`Cannot read workspace ${name}`, error);
  }
}

function isTombstone({ name, kind }: DirectoryEntry): boolean {
  return kind === "directory" && name.startsWith(TOMBSTONE);
}

function surveySession(
  platform: Reader,
  paths: SessionPaths,
  entry: DirectoryEntry,
): SurveyedSession {
  const { files } = platform;
  const view = readEntry(platform, paths, entry.kind);
  const isDead = isTombstone(entry);
  const times = isDead || view.condition === "unreadable"
    ? [paths.directory, paths.status, paths.log]
      .map((path) => modifiedUs(files, path))
    : [view.modifiedUs];
  // A directory's own time is from before the rename.
  if (isDead) {
    times.push(Number(/\d{1,11}(?=-)/.exec(entry.name)?.[0] ?? 0) * 1e6);
  }
  return {
    view,
    isTombstone: isDead,
    changedUs: Math.max(...times),
    obstacle: isDead ? "" : obstacleOf(files, paths, view),
  };
}

/** The time of a file; 0 where it cannot be told. */
function modifiedUs(files: Files, path: string): number {
  try {
    return files.inspect(path)?.modifiedUs ?? 0;
  } catch (error) {
    // It is in a directory that nobody may enter.
    if (errorCode(error) === "") throw error;
    return 0;
  }
}

function obstacleOf(
  files: Files,
  { directory }: SessionPaths,
  { condition }: SessionView,
): string {
  if (condition === "readable") return "";
  const kind = files.inspect(directory)?.kind;
  if (kind === undefined) return "its name leads nowhere";
  if (kind !== "directory") return KIND_PROBLEMS[kind];
  return condition === "unreadable" || hasOnlyOurs(files, directory)
    ? ""
    : "it has files, but none of a session";
}

/** Whether a directory holds nothing but temporary files of killed writers. */
function hasOnlyOurs(files: Files, directory: string): boolean {
  try {
    return files.list(directory)
      .every(({ name, kind }) => kind === "file" && name.startsWith("."));
  } catch (error) {
    if (errorCode(error) === "") throw error;
    return false;
  }
}
