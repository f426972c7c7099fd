/** The entry: runs the command, reports errors, sets the exit code. */
import { runCommandLine } from "./lib/cli/command_line.ts";
import { PTRACK } from "./lib/commands/index.ts";
import { disarm, oneLine, PtrackError } from "./lib/errors.ts";
import { openMachine } from "./lib/platform/node.ts";
import type { Platform } from "./lib/platform/platform.ts";

/** The exit code of a defect in ptrack itself (EX_SOFTWARE). */
const DEFECT = 70;

const platform = await openMachine();
platform.exit(
  await runCommandLine(platform, PTRACK)
    .catch((error) => report(platform, error)),
);

/** Prints an error on one line; returns its exit code. */
function report(platform: Platform, error: unknown): number {
  const isExpected = error instanceof PtrackError;
  if (isExpected && error.exitCode === 0) return 0;
  const text = error instanceof Error ? error.message : String(error);
  try {
    platform.stderr.write(
      `error: ${isExpected ? "" : "internal: "}${oneLine(text)}\n`,
    );
    if (platform.env("PTRACK_DEBUG")) {
      platform.stderr.write(`${disarm(`${(error as Error).stack}`)}\n`);
    }
  } catch {
    // Standard error is closed; the exit code is left.
  }
  return isExpected ? error.exitCode : DEFECT;
}
