/** The names on disk: where a session's files are below `.parallel`. */
import type { SessionRef } from "../../session/types.ts";

/** The marker of each ended state. */
export const MARKERS = { completed: "COMPLETED", failed: "FAILED" } as const;

/** The names of the log and of the status in a session's directory. */
export const LOG_NAME = "log.jsonl";
/** The name of the status file. */
export const STATUS_NAME = "status.json";

/** The paths of one session. */
export interface SessionPaths {
  ref: SessionRef;
  root: string;
  workspace: string;
  directory: string;
  log: string;
  status: string;
}

/** The paths of a session below `root`, the `.parallel` directory. */
export function sessionPaths(root: string, ref: SessionRef): SessionPaths {
  // Plain gluing: names have no separators, every system takes this one, and
  // a monitor makes thousands.
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

/** The path of a session's marker. */
export function markerPath(
  paths: SessionPaths,
  state: keyof typeof MARKERS,
): string {
  return `${paths.directory}/${MARKERS[state]}`;
}
