/**
 * Removing a session (docs/format.md, rule 12): out of sight by a rename, one
 * more look, and only then deleted. Who is killed in between leaves a directory
 * `.trash-<seconds since 1970>-<session>-<random>` for a later cleaning.
 */
import {
  errorCode,
  explain,
  NotFoundError,
  StorageError,
} from "../../errors.ts";
import type { Platform } from "../../platform/platform.ts";
import type { SessionRef, SessionView } from "../../session/types.ts";
import { requireDirectory } from "./directories.ts";
import { sessionPaths } from "./layout.ts";
import { readSession } from "./read.ts";

/** How the names begin of what is about to be deleted. */
export const TRASH = ".trash-";

/** As much of a session's name as its trash is called by, in characters. */
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
  const hidden = {
    workspace: ref.workspace,
    sessionId: trashName(platform, ref),
  };
  const move: Move = {
    from: sessionPaths(root, ref).directory,
    to: sessionPaths(root, hidden).directory,
  };
  try {
    const before = readSession(platform, root, ref);
    if (before === null || !mayGo(before)) return false;
    requireDirectory(platform.files, sessionPaths(root, ref));
    platform.files.rename(move.from, move.to);
  } catch (error) {
    const isGone = errorCode(error) === "ENOENT" ||
      error instanceof NotFoundError;
    if (isGone) return false;
    throw cannotRemove(move, error);
  }
  try {
    const after = readSession(platform, root, hidden);
    if (after === null || mayGo({ ...after, ...ref })) {
      platform.files.removeTree(move.to);
      return true;
    }
  } catch (error) {
    if (errorCode(error) === "ENOENT") return true;
    // What cannot be deleted shall not be hidden either, if it still is one.
    if (!isEmptied(platform, root, hidden)) putBackQuietly(platform, move);
    throw cannotRemove(move, error);
  }
  putBack(platform, move);
  return false;
}

/** A session's directory, and where it is while it is being removed. */
interface Move {
  from: string;
  to: string;
}

/** The time is in the name: a directory's own time outlives a rename. */
function trashName(platform: Platform, { sessionId }: SessionRef): string {
  const seconds = Math.floor(platform.clock.nowUs() / 1e6);
  const label = sessionId.replace(/[^A-Za-z0-9._-]/g, "_")
    .slice(0, LABEL_LENGTH);
  return `${TRASH}${seconds}-${label}-${platform.randomId()}`;
}

/** Throws StorageError, unless a new session has taken the place by now. */
function putBack(platform: Platform, { from, to }: Move): void {
  try {
    platform.files.rename(to, from);
  } catch (error) {
    // Its writer has noticed, and recorded its event in a directory of its own.
    if (["ENOTEMPTY", "EEXIST"].includes(errorCode(error))) return;
    throw new StorageError(
      `Cannot put "${from}" back, which is now "${to}": ${explain(error)}`,
      { cause: error },
    );
  }
}

function isEmptied(
  platform: Platform,
  root: string,
  hidden: SessionRef,
): boolean {
  const condition = readSession(platform, root, hidden)?.condition;
  return condition === undefined || condition === "empty";
}

function putBackQuietly(platform: Platform, { from, to }: Move): void {
  try {
    platform.files.rename(to, from);
  } catch {
    // The first error says what is wrong.
  }
}

function cannotRemove({ from }: Move, error: unknown): StorageError {
  return new StorageError(`Cannot remove "${from}": ${explain(error)}`, {
    cause: error,
  });
}
