/** Removing a session (docs/format.md, rule 12). */
import { errorCode, explain, StorageError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import type { SessionRef, SessionView } from "../session/types.ts";
import { sessionPaths } from "./layout.ts";
import { readSession } from "./read.ts";

/** What to remove, and the last word on whether it may go. */
export interface Removal {
  ref: SessionRef;
  mayGo: (view: SessionView) => boolean;
}

/**
 * Takes the session out of sight, looks once more, and deletes it; puts it
 * back and returns false if it may not go after all.
 */
export function removeSession(
  host: Host,
  root: string,
  { ref, mayGo }: Removal,
): boolean {
  const before = readSession(host, root, ref);
  if (before === null || !mayGo(before)) return false;
  const paths = sessionPaths(root, ref);
  const hidden = {
    workspace: ref.workspace,
    sessionId: `.trash-${ref.sessionId}-${host.randomId()}`,
  };
  const trash = sessionPaths(root, hidden).directory;
  try {
    host.files.rename(paths.directory, trash);
    const after = readSession(host, root, hidden);
    if (after !== null && !mayGo({ ...after, ...ref })) {
      host.files.rename(trash, paths.directory);
      return false;
    }
    host.files.removeTree(trash);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw new StorageError(
      `Cannot remove "${paths.directory}": ${explain(error)}`,
      { cause: error },
    );
  }
}
