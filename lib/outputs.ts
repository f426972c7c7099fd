/** Looking at the files that a session says it made. */
import { errorCode, explain } from "./errors.ts";
import type { FileInfo, Platform } from "./platform/platform.ts";
import { parseTimestamp } from "./session/times.ts";

/** File systems keep times by a coarse clock that runs a little behind. */
const TICK_US = 20_000;

/**
 * Which output is bad, and why: one that is missing, empty or older than the
 * attempt; null if all are good.
 */
export function findBadOutput(
  platform: Pick<Platform, "files">,
  paths: readonly string[],
  startedAt: string | null,
): string | null {
  for (const path of paths) {
    const problem = problemOf(platform, path, parseTimestamp(startedAt));
    if (problem !== null) return `output ${JSON.stringify(path)} ${problem}`;
  }
  return null;
}

function problemOf(
  { files }: Pick<Platform, "files">,
  path: string,
  startedUs: number | null,
): string | null {
  let info: FileInfo | null;
  try {
    info = files.inspectTarget(path);
  } catch (error) {
    if (errorCode(error) === "") throw error;
    return `cannot be looked at: ${explain(error)}`;
  }
  if (info === null) return "does not exist";
  // A directory's size and time say nothing of what is in it.
  if (info.kind === "directory") return null;
  if (info.size === 0) return "is empty";
  return startedUs !== null && info.modifiedUs + TICK_US < startedUs
    ? "is older than the attempt"
    : null;
}
