/**
 * Removing sessions (docs/format.md, rule 12), and finding what to remove. A
 * removal that is killed leaves a tombstone for `clean` to find: a directory
 * `.trash-<seconds since 1970>-<session>-<random>`. No link is followed.
 */
import { basename, dirname } from "@std/path";
import {
  errorCode,
  RefusedError,
  StorageError,
  storageError,
  withFallback,
} from "../../errors.ts";
import type {
  Directory,
  DirectoryEntry,
  Platform,
} from "../../platform/platform.ts";
import type { SessionRef, SessionView } from "../../session/types.ts";
import type { SurveyedSession, WorkspaceSurvey } from "../store.ts";
import {
  contentsOf,
  inspectQuietly,
  isMissing,
  isOfSession,
  isSession,
  KIND_PROBLEMS,
  listDirectory,
  listWorkspaces,
  LOG_NAME,
  openOwn,
  openWorkspace,
  ROOT_NAME,
  type SessionPlace,
  STATUS_NAME,
} from "./layout.ts";
import { readSession } from "./read.ts";
import { belongsToUs } from "../checkout.ts";
import { newPatience, type Patience } from "./session_files.ts";

/** How often a directory that writers still fill is removed. */
const TRIES = 20;
const PAUSE_MS = 5;

/** Names of tombstones: seconds since 1970, session, and a random word. */
const TOMBSTONE_NAME = /^\.trash-(\d{1,11})-[^/]+-\w+$/;

/** Removes a session at `path`; see SessionStore.remove. Throws StorageError. */
export function removeSession(
  platform: Platform,
  { place, path }: { place: SessionPlace; path: string },
  mayGo: (view: SessionView) => boolean,
): boolean {
  const { clock } = platform;
  const { ref, workspace, name: from } = place;
  const to = tombstoneName(platform, ref);
  const tombstone = { ref: { ...ref, sessionId: to }, workspace, name: to };
  try {
    const before = readSession(clock, place);
    if (before === null || !mayGo(before)) return false;
    // A link, too, would be renamed.
    const below = { parent: workspace, path: dirname(path), name: from };
    openOwn(platform, below).close();
    workspace.rename(from, to);
  } catch (error) {
    if (isMissing(error)) return false;
    throw storageError(`Cannot remove "${path}"`, error);
  }
  try {
    const after = readSession(clock, tombstone);
    if (after === null || mayGo({ ...after, ...ref })) {
      removeTombstone(platform, workspace, to);
      return true;
    }
  } catch (error) {
    if (errorCode(error) === "ENOENT") return true;
    // Put back what is left of it; the first error says what is wrong.
    const left = readSession(clock, tombstone)?.condition ?? "empty";
    if (left !== "empty") {
      withFallback(() => workspace.rename(to, from), undefined);
    }
    throw storageError(`Cannot remove "${path}"`, error);
  }
  try {
    workspace.rename(to, from);
  } catch (error) {
    // A writer has noticed the removal and recorded its event in a new session.
    if (["ENOTEMPTY", "EEXIST"].includes(errorCode(error))) return false;
    const tombstonePath = `${dirname(path)}/${to}`;
    throw storageError(
      `Cannot put "${path}" back from "${tombstonePath}"`,
      error,
    );
  }
  return false;
}

/**
 * A writer that has opened the directory before may still put a file into it;
 * then it notices that the session is gone.
 */
function removeTombstone(
  { clock }: Platform,
  workspace: Directory,
  name: string,
): void {
  for (let tried = 1;; tried++) {
    try {
      workspace.removeTree(name);
    } catch (error) {
      const mayPass = ["ENOTEMPTY", "ENOENT"].includes(errorCode(error));
      if (!mayPass || tried === TRIES) throw error;
    }
    if (workspace.inspect(name) === null || tried === TRIES) return;
    clock.pause(PAUSE_MS);
  }
}

/** It has the time in its name, since a rename keeps the directory's time. */
function tombstoneName(platform: Platform, { sessionId }: SessionRef): string {
  const seconds = Math.floor(platform.clock.nowUs() / 1e6);
  // A name has at most 255 bytes.
  const label = sessionId.slice(0, 50);
  return `.trash-${seconds}-${label}-${platform.randomId()}`;
}

/** Surveys the workspaces of `.parallel`; see SessionStore.survey. */
export function surveyWorkspaces(
  platform: Platform,
  { root, path }: { root: Directory | null; path: string },
  named: string | null,
): WorkspaceSurvey[] {
  if (root === null) return [];
  const { isMarked, other } = contentsOf(root, ".");
  if (!isMarked && basename(path) !== ROOT_NAME) {
    throw new RefusedError(
      `Cannot clean "${path}": it does not look like a ${ROOT_NAME} directory`,
    );
  }
  const names = named === null ? listWorkspaces(root, path) : [named];
  return names.flatMap((name) => {
    let workspace: Directory | null = null;
    try {
      workspace = openWorkspace(root, name);
      if (workspace === null) return [];
      const place = { path: `${path}/${name}`, name, isOurs: other === "" };
      return surveyWorkspace(platform, workspace, place);
    } catch (error) {
      if (named !== null || !(error instanceof StorageError)) throw error;
      const problem = error.message;
      return [{ workspace: name, problem, sessions: [], hasOthers: true }];
    } finally {
      workspace?.close();
    }
  });
}

/** A session, and whether nothing around it is another program's. */
interface SurveyedPlace extends SessionPlace {
  isOurs: boolean;
  patience: Patience;
}

function surveyWorkspace(
  platform: Platform,
  workspace: Directory,
  place: { path: string; name: string; isOurs: boolean },
): WorkspaceSurvey {
  const entries = listDirectory(workspace, place.path)
    .sort((a, b) => a.name < b.name ? -1 : 1);
  const removable = [
    ...entries.filter(isSession),
    ...entries.filter(isTombstone),
  ];
  const patience = newPatience();
  const sessions = removable.map((entry) => {
    const { name } = entry;
    const ref = { workspace: place.name, sessionId: name };
    const { isOurs } = place;
    const session = { ref, workspace, name, isOurs, patience };
    return surveySession(platform, session, entry);
  });
  const hasOthers = removable.length < entries.length;
  return { workspace: place.name, problem: "", sessions, hasOthers };
}

function isTombstone({ name, kind }: DirectoryEntry): boolean {
  return kind === "directory" && TOMBSTONE_NAME.test(name);
}

function surveySession(
  platform: Platform,
  place: SurveyedPlace,
  entry: DirectoryEntry,
): SurveyedSession {
  const { workspace, name, patience } = place;
  const listed = entry.kind;
  const view = readSession(platform.clock, place, { listed, patience })!;
  const isDead = isTombstone(entry);
  const seconds = TOMBSTONE_NAME.exec(name)?.[1] ?? 0;
  const changesUs = isDead || view.condition === "unreadable"
    ? [name, `${name}/${STATUS_NAME}`, `${name}/${LOG_NAME}`]
      .map((path) => inspectQuietly(workspace, path)?.modifiedUs ?? 0)
    : [view.modifiedUs];
  return {
    view,
    isTombstone: isDead,
    changedUs: Math.max(Number(seconds) * 1e6, ...changesUs),
    obstacle: obstacleOf(platform, place, view),
  };
}

/** Why a session cannot be removed, or is not known to be one. */
function obstacleOf(
  platform: Platform,
  { workspace, name, isOurs }: SurveyedPlace,
  { condition }: SessionView,
): string {
  const info = inspectQuietly(workspace, name);
  if (info === null) {
    // Another cleaning may have removed it meanwhile.
    return condition === "readable" ? "" : "its name cannot be opened";
  }
  if (info.kind !== "directory") return KIND_PROBLEMS[info.kind];
  const owners = [info, withFallback(() => workspace.facts(), info)];
  if (!owners.every((owner) => belongsToUs(platform, owner))) {
    return "it belongs to another user";
  }
  // A removal that was killed may have left anything that was in the session.
  if (condition === "readable" || TOMBSTONE_NAME.test(name)) return "";
  const entries = withFallback(() => workspace.list(name), null);
  if (entries?.length === 0 && !isOurs) {
    return "it is empty, and may be another program's";
  }
  if (entries?.every(isOfSession)) return "";
  return condition === "empty"
    ? "it has files, but none of a session"
    : "it has other files than those of a session";
}
