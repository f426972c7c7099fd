/**
 * Removing sessions (docs/format.md, rule 12), and finding what to remove. A
 * session is hidden by a rename, read once more, and then deleted. A removal
 * that is killed leaves a tombstone for `clean` to find: a directory
 * `.trash-<seconds since 1970>-<session>-<random>`. No link is followed.
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
  inspectQuietly,
  isSession,
  KIND_PROBLEMS,
  listWorkspace,
  listWorkspaces,
  requireDirectories,
  ROOT_NAME,
  type SessionPaths,
  sessionPaths,
  workspacePath,
} from "./layout.ts";
import { readEntry, type Reader, readSession } from "./read.ts";

/** How the names of tombstones begin. */
const TOMBSTONE = ".trash-";

/** How much of a session's name is in its tombstone's, in characters. */
const LABEL_LENGTH = 60;

/**
 * Removes a session; see SessionStore.remove. Throws StorageError.
 */
export function removeSession(
  platform: Platform,
  paths: SessionPaths,
  mayGo: (view: SessionView) => boolean,
): boolean {
  const { files } = platform;
  const { ref, root, directory: from } = paths;
  const hidden = { ...ref, sessionId: tombstoneName(platform, ref) };
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
    // Put back what is left of it.
    const left = readSession(platform, root, hidden)?.condition ?? "empty";
    if (left !== "empty") renameQuietly(files, to, from);
    throw storageError(`Cannot remove "${from}"`, error);
  }
  try {
    files.rename(to, from);
  } catch (error) {
    // A writer has noticed the removal and recorded its event in a new session.
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

/** It has the time in its name, since a rename keeps the directory's time. */
function tombstoneName(platform: Platform, { sessionId }: SessionRef): string {
  const seconds = Math.floor(platform.clock.nowUs() / 1e6);
  const label = sessionId.replace(/[^A-Za-z0-9._-]/g, "_")
    .slice(0, LABEL_LENGTH);
  return `${TOMBSTONE}${seconds}-${label}-${platform.randomId()}`;
}

/** Removes a workspace if it is empty. Throws StorageError. */
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

/** Surveys workspaces; see SessionStore.survey. */
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

/** Refuses a directory that may belong to another program. */
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

/** Surveys one workspace; an empty list if it does not exist. */
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
  const sessions = removable.map((entry) => {
    const ref = { workspace, sessionId: entry.name };
    return surveySession(platform, sessionPaths(root, ref), entry);
  });
  const hasOthers = removable.length < entries.length;
  return [{ workspace, problem: "", sessions, hasOthers }];
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
      .map((path) => inspectQuietly(files, path)?.modifiedUs ?? 0)
    : [view.modifiedUs];
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

function obstacleOf(
  files: Files,
  { directory }: SessionPaths,
  { condition }: SessionView,
): string {
  if (condition === "readable") return "";
  const kind = inspectQuietly(files, directory)?.kind;
  if (kind === undefined) return "its name cannot be opened";
  if (kind !== "directory") return KIND_PROBLEMS[kind];
  return condition === "unreadable" || hasOnlyOurs(files, directory)
    ? ""
    : "it has files, but none of a session";
}

/** Whether a directory has only temporary files of killed writers. */
function hasOnlyOurs(files: Files, directory: string): boolean {
  try {
    return files.list(directory)
      .every(({ name, kind }) => kind === "file" && name.startsWith("."));
  } catch (error) {
    if (errorCode(error) === "") throw error;
    return false;
  }
}
