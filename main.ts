/**
 * The entry: makes the host, runs the command, tells what went wrong in one
 * line, and sets the exit code. The only place that does.
 */
import { OutputClosedError, PtrackError } from "./lib/errors.ts";
import { runCommandLine } from "./lib/cli/command_line.ts";
import { oneLine } from "./lib/cli/one_line.ts";
import type { Platform } from "./lib/platform/platform.ts";
import { openPlatform } from "./lib/platform/open.ts";

/** The code of a defect in ptrack itself (EX_SOFTWARE). */
const DEFECT = 70;

const platform = await openPlatform();
platform.setExitCode(
  await runCommandLine(platform).catch((error) => tell(platform, error)),
);
platform.leaveTerminal();

/** Prints the one line about an error; returns the exit code for it. */
function tell(platform: Platform, error: unknown): number {
  if (error instanceof OutputClosedError) return error.exitCode;
  const isForPeople = error instanceof PtrackError;
  const text = error instanceof Error ? error.message : String(error);
  try {
    platform.stderr.write(
      `error: ${isForPeople ? "" : "internal: "}${oneLine(text)}\n`,
    );
    if (platform.env("PTRACK_DEBUG")) {
      platform.stderr.write(`${(error as Error).stack}\n`);
    }
  } catch {
    // Nowhere to tell it; the exit code says it.
  }
  return isForPeople ? error.exitCode : DEFECT;
}
