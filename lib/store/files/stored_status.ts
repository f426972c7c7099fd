/** status.json as it stands on disk, or why it cannot be taken from there. */
import { errorCode, explain } from "../../errors.ts";
import type { Platform } from "../../platform/platform.ts";
import { hasEnded, parseStatus } from "../../session/status.ts";
import type { Status } from "../../session/types.ts";
import { type SessionPaths, STATUS_NAME } from "./layout.ts";
import { applyMarker } from "./markers.ts";

/** The largest status that is read, in bytes. */
export const STATUS_LIMIT = 4 * 1024 * 1024;

const TRIES = 5;
const PAUSE_MS = 4;
/** A file that nobody has touched for so long is not being rewritten. */
const SETTLED_US = 2_000_000;

/** What is known of a status on disk. */
export type StoredStatus =
  | { kind: "absent" }
  /** It is there and of no use: the log has to tell. */
  | { kind: "broken"; problem: string }
  /** It is not a regular file: nobody may follow it. */
  | { kind: "refused"; problem: string }
  | { kind: "readable"; status: Status };

/** Codes of what must not be opened, in place of a regular file. */
const NOT_REGULAR = new Set(["ELOOP", "ENOTREG", "EISDIR"]);

/** Whether an error says that something other than a file is there. */
export function isNotRegular(error: unknown): boolean {
  return NOT_REGULAR.has(errorCode(error));
}

/**
 * Reads status.json. One that does not parse is read a few times: the original
 * rewrites it in place.
 */
export function readStoredStatus(
  platform: Pick<Platform, "files" | "clock">,
  paths: SessionPaths,
): StoredStatus {
  for (let tried = 1;; tried++) {
    let text: string;
    try {
      text = platform.files.readText(paths.status, STATUS_LIMIT);
    } catch (error) {
      if (errorCode(error) === "ENOENT") return { kind: "absent" };
      const problem = `Cannot read ${STATUS_NAME}: ${explain(error)}`;
      return { kind: isNotRegular(error) ? "refused" : "broken", problem };
    }
    const status = parseStatus(text, paths.ref);
    if (status === "unknown state") {
      return { kind: "broken", problem: `${STATUS_NAME} has an unknown state` };
    }
    if (status !== null) {
      return { kind: "readable", status: known(platform, paths, status) };
    }
    if (tried === TRIES || isSettled(platform, paths)) {
      return { kind: "broken", problem: `${STATUS_NAME} is not valid JSON` };
    }
    platform.clock.pause(PAUSE_MS);
  }
}

/** Beside a foreign status that is not at its end a marker knows more. */
function known(
  platform: Pick<Platform, "files">,
  paths: SessionPaths,
  status: Status,
): Status {
  if (status.ptrack !== undefined || hasEnded(status.state)) return status;
  return applyMarker(platform.files, paths, status) ?? status;
}

function isSettled(
  platform: Pick<Platform, "files" | "clock">,
  paths: SessionPaths,
): boolean {
  const info = platform.files.inspect(paths.status);
  return info !== null &&
    platform.clock.nowUs() - info.modifiedUs > SETTLED_US;
}
