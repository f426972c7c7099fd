/** Looking at the files that a session says it made. */
import { errorCode, explain } from "../../errors.ts";
import type { FileInfo, Platform } from "../../platform/platform.ts";
import { parseTimestamp } from "../../session/timestamp.ts";

/** File systems keep times by a coarse clock that runs a little behind. */
const TICK_US = 20_000;

/**
 * A check of one output: null if it exists, is not empty and is not older than
 * the attempt, else what is wrong with it.
 */
export function outputCheck(
  platform: Platform,
): (path: string, startedAt: string | null) => string | null {
  return (path, startedAt) => {
    let info: FileInfo | null;
    try {
      info = platform.files.inspectTarget(path);
    } catch (error) {
      if (errorCode(error) === "") throw error;
      return `cannot be looked at: ${explain(error)}`;
    }
    if (info === null) return "does not exist";
    // A directory's size and time say nothing of what is in it.
    if (info.kind === "directory") return null;
    if (info.size === 0) return "is empty";
    const begun = parseTimestamp(startedAt);
    return begun !== null && info.modifiedUs + TICK_US < begun
      ? "is older than the attempt"
      : null;
  };
}
