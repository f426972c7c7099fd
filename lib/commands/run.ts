/**
 * `ptrack run`: from what was typed to a plan, and the plan carried out. What
 * is wrong before the command begins ends with 125, as `env` and `timeout` do.
 */
import { PtrackError, RefusedError, UsageError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import type { RunPlan } from "../run/plan.ts";
import { runCommand } from "../run/run.ts";
import { DEFAULT_LIMITS } from "../session/verdict.ts";
import { parseDuration } from "../session/duration.ts";
import { checkName, nameFrom } from "../session/names.ts";
import { openStore } from "../store/open.ts";
import { DEFAULT_WORKSPACE } from "../tracker.ts";
import { namedDirectory, setting } from "../cli/environment.ts";
import type { Invocation } from "../cli/invocation.ts";
import { oneLine } from "../cli/one_line.ts";
import { WORKSPACE } from "../cli/shared_options.ts";
import { startOptions } from "./start.ts";
import { badValue, complain, RUN_FAILED } from "../cli/usage.ts";
import { parseSeconds } from "../cli/values.ts";

/** The longest command line that is kept, in characters. */
const COMMAND_LENGTH = 4096;

/** Runs the command that was typed; returns its exit code. */
export async function runRun(
  platform: Platform,
  invocation: Invocation,
): Promise<number> {
  try {
    const plan = planOf(platform, invocation);
    const named = namedDirectory(platform, invocation);
    return await runCommand(platform, plan, {
      open: () => openStore(platform, named),
      warn: (text) => warn(platform, text),
    });
  } catch (error) {
    const isOurs = error instanceof UsageError || error instanceof RefusedError;
    if (!isOurs) throw error;
    throw new PtrackError(error.message, RUN_FAILED, { cause: error });
  }
}

/** Never in the way: where nobody reads it, it is not said. */
function warn(platform: Platform, text: string): void {
  try {
    platform.stderr.write(`ptrack: ${oneLine(text)}\n`);
  } catch {
    // Standard error is closed or full.
  }
}

function planOf(platform: Platform, invocation: Invocation): RunPlan {
  const command = invocation.operands;
  const line = command.map(quoteForPeople).join(" ").slice(0, COMMAND_LENGTH);
  const everyMs = milliseconds(invocation, "every") ?? 30_000;
  const idleTimeoutMs = milliseconds(invocation, "idle-timeout");
  const progress = progressOf(invocation);
  const outputFiles = invocation.list("output");
  const verify = invocation.flag("verify");
  if (verify && outputFiles.length === 0) {
    throw complain("run", "--verify needs outputs; name them with --output");
  }
  const start = startOptions(platform, invocation);
  return {
    ref: refOf(platform, invocation),
    description: invocation.text("description") ?? line,
    command,
    start: {
      ...start,
      metadata: {
        command: line,
        directory: platform.workingDirectory(),
        ...start.metadata,
      },
      heartbeatTimeoutS: start.heartbeatTimeoutS ?? patienceS(everyMs),
    },
    exclusive: invocation.flag("exclusive"),
    everyMs,
    timeoutMs: milliseconds(invocation, "timeout"),
    idleTimeoutMs,
    killAfterMs: milliseconds(invocation, "kill-after") ?? 10_000,
    successCodes: successCodes(invocation),
    outputFiles,
    verify,
    retries: retries(invocation),
    retryDelayMs: retryDelayMs(invocation),
    progress,
    capture: invocation.flag("capture") || progress !== null ||
      idleTimeoutMs !== null,
  };
}

/** Never from the environment: nested runs must not share a session. */
function refOf(platform: Platform, invocation: Invocation) {
  const [program = ""] = invocation.operands;
  const sessionId = invocation.text("session") ??
    `${nameFrom(lastPart(program).slice(0, 200))}-${platform.randomId()}`;
  const workspace = setting(platform, invocation, WORKSPACE) ??
    DEFAULT_WORKSPACE;
  return {
    workspace: checkName(workspace, "workspace"),
    sessionId: checkName(sessionId, "session"),
  };
}

/** What follows the last slash of either kind. */
function lastPart(path: string): string {
  return path.slice(
    Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1,
  );
}

/** Heartbeats that come seldom must not look like a hang. */
function patienceS(everyMs: number): number | null {
  const neededS = everyMs / 1000 * 3;
  return neededS > DEFAULT_LIMITS.heartbeatTimeoutS ? neededS : null;
}

function milliseconds(invocation: Invocation, option: string): number | null {
  const text = invocation.text(option);
  return text === null ? null : parseSeconds(text, `--${option}`) * 1000;
}

function successCodes(invocation: Invocation): number[] {
  const text = invocation.text("success-codes");
  if (text === null) return [0];
  return text.split(",").map((part) => {
    const code = /^\s*\d{1,3}\s*$/.test(part) ? Number(part) : 256;
    if (code <= 255) return code;
    throw badValue(text, "--success-codes", "it is like 0 or 0,3");
  });
}

function retries(invocation: Invocation): number {
  const text = invocation.text("retry");
  if (text === null) return 0;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw badValue(text, "--retry", "it is a whole number");
}

/** Unlike other durations, none at all makes sense here. */
function retryDelayMs(invocation: Invocation): number {
  const text = invocation.text("retry-delay") ?? "1s";
  const isNone = parseDuration(text) === 0;
  return isNone ? 0 : parseSeconds(text, "--retry-delay") * 1000;
}

function progressOf(invocation: Invocation): RegExp | null {
  const text = invocation.text("progress");
  if (text === null) return null;
  try {
    return new RegExp(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw badValue(text, "--progress", `it is no regular expression: ${why}`);
  }
}

/** A word as it would be typed in a shell. */
function quoteForPeople(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`;
}
