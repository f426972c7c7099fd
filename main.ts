/**
 * The entry: makes the host, runs the command, tells what went wrong in one
 * line, and sets the exit code. The only place that does.
 */
import { OutputClosedError, PtrackError } from "./lib/errors.ts";
import { runCommandLine } from "./lib/cli/command_line.ts";
import { oneLine } from "./lib/cli/one_line.ts";
import type { Host } from "./lib/host/host.ts";
import { openHost } from "./lib/host/open.ts";

/** The code of a defect in ptrack itself (EX_SOFTWARE). */
const DEFECT = 70;

const host = await openHost();
host.setExitCode(
  await runCommandLine(host).catch((error) => tell(host, error)),
);
host.leaveTerminal();

/** Prints the one line about an error; returns the exit code for it. */
function tell(host: Host, error: unknown): number {
  if (error instanceof OutputClosedError) return error.exitCode;
  const isForPeople = error instanceof PtrackError;
  const text = error instanceof Error ? error.message : String(error);
  try {
    host.stderr.write(
      `error: ${isForPeople ? "" : "internal: "}${oneLine(text)}\n`,
    );
    if (host.env("PTRACK_DEBUG")) {
      host.stderr.write(`${(error as Error).stack}\n`);
    }
  } catch {
    // Nowhere to tell it; the exit code says it.
  }
  return isForPeople ? error.exitCode : DEFECT;
}
