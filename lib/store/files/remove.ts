/**
 * Removing sessions (docs/format.md, rule 12), and finding what to remove. A
 * removal that is killed leaves a tombstone for `clean` to find: a directory
 * `.trash-<seconds since 1970>-<session>-<random>`. No link is followed.
 */
import { basename } from "@std/path";
import {
  errorCode,
  RefusedError,
  StorageError,
  storageError,
  withFallback,
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
  isMissing,
  isSession,
  KIND_PROBLEMS,
  listWorkspace,
  listWorkspaces,
  requireDirectories,
  ROOT_NAME,
  type SessionPaths,
  sessionPaths,
} from "./layout.ts";
import { readSession } from "./read.ts";

/** How the names of tombstones begin. */
const TOMBSTONE = ".trash-";

/** Removes a session; see SessionStore.remove. Throws StorageError. */
export function removeSession(
  platform: Platform,
  paths: SessionPaths,
  mayGo: (view: SessionView) => boolean,
): boolean {
  const { files } = platform;
  const { ref, root, directory: from } = paths;
  const sessionId = tombstoneName(platform, ref);
  const hidden = sessionPaths(root, { ...ref, sessionId });
  const to = hidden.directory;
  try {
    const before = readSession(platform, paths);
    if (before === null || !mayGo(before)) return false;
    requireDirectories(files, paths);
    files.rename(from, to);
  } catch (error) {
    if (isMissing(error)) return false;
    throw storageError(`Cannot remove "${from}"`, error);
  }
  try {
    const after = readSession(platform, hidden);
    if (after === null || mayGo({ ...after, ...ref })) {
      files.removeTree(to);
      return true;
    }
  } catch (error) {
    if (errorCode(error) === "ENOENT") return true;
    // Put back what is left of it; the first error says what is wrong.
    const left = readSession(platform, hidden)?.condition ?? "empty";
    if (left !== "empty") withFallback(() => files.rename(to, from), undefined);
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

/** It has the time in its name, since a rename keeps the directory's time. */
function tombstoneName(platform: Platform, { sessionId }: SessionRef): string {
  const seconds = Math.floor(platform.clock.nowUs() / 1e6);
  // A name has at most 255 bytes.
  const label = sessionId.slice(0, 50);
  return `${TOMBSTONE}${seconds}-${label}-${platform.randomId()}`;
}

/** Surveys workspaces; see SessionStore.survey. */
export function surveyWorkspaces(
  platform: Platform,
  root: string,
  named: string | null,
): WorkspaceSurvey[] {
  const { files } = platform;
  requireOurs(files, root);
  const names = named === null ? listWorkspaces(files, root) : [named];
  return names.flatMap((workspace) => {
    try {
      return surveyWorkspace(platform, root, workspace) ?? [];
    } catch (error) {
      if (named !== null || !(error instanceof StorageError)) throw error;
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
  const ignorePath = `${root}/${IGNORE_NAME}`;
  const ignored = withFallback(() => files.readText(ignorePath, 1_000), "");
  if (basename(root) === ROOT_NAME || ignored.trim() === "*") return;
  throw new RefusedError(
    `Cannot clean "${root}": it does not look like a ${ROOT_NAME} directory`,
  );
}

/** Surveys one workspace; null if it does not exist. */
function surveyWorkspace(
  platform: Platform,
  root: string,
  workspace: string,
): WorkspaceSurvey | null {
  const entries = listWorkspace(platform.files, root, workspace);
  if (entries === null) return null;
  const removable = [
    ...entries.filter(isSession),
    ...entries.filter(isTombstone),
  ];
  const sessions = removable.map((entry) => {
    const ref = { workspace, sessionId: entry.name };
    return surveySession(platform, sessionPaths(root, ref), entry);
  });
  const hasOthers = removable.length < entries.length;
  return { workspace, problem: "", sessions, hasOthers };
}

function isTombstone({ name, kind }: DirectoryEntry): boolean {
  return kind === "directory" && name.startsWith(TOMBSTONE);
}

function surveySession(
  platform: Platform,
  paths: SessionPaths,
  entry: DirectoryEntry,
): SurveyedSession {
  const { files } = platform;
  const view = readSession(platform, paths, entry.kind)!;
  const isDead = isTombstone(entry);
  const seconds = /^\.trash-(\d{1,11})-/.exec(entry.name)?.[1] ?? 0;
  const changesUs = isDead || view.condition === "unreadable"
    ? [paths.directory, paths.status, paths.log]
      .map((path) => inspectQuietly(files, path)?.modifiedUs ?? 0)
    : [view.modifiedUs];
  return {
    view,
    isTombstone: isDead,
    changedUs: Math.max(Number(seconds) * 1e6, ...changesUs),
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
  // Killed writers may have left temporary files.
  const isEmpty = () =>
    files.list(directory)
      .every(({ name, kind }) => kind === "file" && name.startsWith("."));
  return condition === "unreadable" || withFallback(isEmpty, false)
    ? ""
    : "it has files, but none of a session";
}
