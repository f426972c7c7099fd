/**
 * Runs a command line: understands it, loads the one command that it names,
 * and returns the exit code. What goes wrong is thrown, to be told by main.ts.
 */
import { PtrackError, UsageError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import type { Command } from "./table_types.ts";
import type { Run } from "./invocation.ts";
import { findCommand } from "./lookup.ts";
import { parse, type Request } from "./parse.ts";
import { HOOKS } from "../commands/hook_commands.ts";
import { RUNNING } from "../commands/running_commands.ts";
import { TRACKING } from "../commands/tracking_commands.ts";
import { UnknownWordError } from "./usage.ts";

/** Runs the command that the host's arguments name; returns the exit code. */
export async function runCommandLine(platform: Platform): Promise<number> {
  try {
    const commands = await commandsFor(platform.args);
    return await answer(platform, parse(platform.args, commands));
  } catch (error) {
    // Whoever calls such a command must not hear of it, whatever is wrong.
    if (isUnheard(error)) return 0;
    if (platform.args.includes("--export")) failEval(platform);
    throw await withSuggestion(error);
  }
}

/** Called over and over, or before other commands: they wait for nothing. */
const QUICK: readonly Command[] = [...TRACKING, ...RUNNING, ...HOOKS];

/** The commands among which the first word is to be found. */
async function commandsFor(
  [first = ""]: readonly string[],
): Promise<readonly Command[]> {
  if (findCommand(QUICK, first) !== undefined) return QUICK;
  return (await import("../commands/table.ts")).COMMANDS;
}

async function answer(platform: Platform, request: Request): Promise<number> {
  if (request.kind === "run") {
    const run = await (request.command.load ?? completions)();
    return await run(platform, request.invocation);
  }
  if (request.kind === "version") {
    const { renderVersion } = await import("./version.ts");
    platform.stdout.write(await renderVersion(platform));
    return 0;
  }
  const help = await import("./help.ts");
  if (request.kind === "nothing") {
    platform.stderr.write(help.renderOverview());
    return 2;
  }
  platform.stdout.write(
    request.kind === "reference"
      ? await reference(request.form)
      : help.renderHelp(request.topic),
  );
  return 0;
}

/** Not in the table, which it reads: nothing may import what imports it. */
async function completions(): Promise<Run> {
  return (await import("../commands/completions.ts")).runCompletions;
}

async function reference(form: "markdown" | "man"): Promise<string> {
  if (form === "man") return (await import("./man.ts")).renderManual();
  return (await import("./reference.ts")).renderCommandReference();
}

function isUnheard(error: unknown): boolean {
  return error instanceof PtrackError && error.exitCode === 0 &&
    error.cause instanceof UsageError;
}

async function withSuggestion(error: unknown): Promise<unknown> {
  if (error instanceof UnknownWordError) return await error.suggest();
  const isWrapped = error instanceof PtrackError &&
    error.cause instanceof UnknownWordError;
  if (!isWrapped) return error;
  const { message } = await (error.cause as UnknownWordError).suggest();
  return new PtrackError(message, error.exitCode, { cause: error });
}

/** `eval` of nothing would succeed, and the script go on without a session. */
function failEval(platform: Platform): void {
  try {
    platform.stdout.write("false\n");
  } catch {
    // Nobody reads it; the error that led here is the one to tell.
  }
}
