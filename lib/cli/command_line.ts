/**
 * Runs a command line: understands it, loads the one command that it names,
 * and returns the exit code. Errors are thrown, for main.ts to report.
 */
import type { Platform } from "../platform/platform.ts";
import { parse } from "./arguments.ts";
import type { CommandGroup } from "./command.ts";

/** Runs the command that the platform's arguments name. */
export async function runCommandLine(
  platform: Platform,
  root: CommandGroup,
): Promise<number> {
  try {
    const request = await parse(platform.args, root);
    if (request.kind === "run") {
      return await request.command.run(platform, request.invocation, root);
    }
    if (request.kind === "version") {
      const { renderVersion } = await import("./version.ts");
      platform.stdout.write(await renderVersion(platform));
      return 0;
    }
    const { renderHelp } = await import("./help.ts");
    if (request.kind === "nothing") {
      platform.stderr.write(await renderHelp(root));
      return 2;
    }
    platform.stdout.write(await renderHelp(request.topic));
    return 0;
  } catch (error) {
    if (platform.args.includes("--export")) failEval(platform);
    throw error;
  }
}

/** `eval` of no text would succeed, and the script go on without a session. */
function failEval(platform: Platform): void {
  try {
    platform.stdout.write("false\n");
  } catch {
    // Nobody reads it; the error that led here is the one to report.
  }
}
