/**
 * `ptrack run`: from what was typed to a plan, and the plan carried out. What
 * is wrong before the command begins ends with 125, as `env` and `timeout` do.
 */
import {
  PtrackError,
  RefusedError,
  UsageError,
  usageError,
  valueError,
  warn,
} from "../errors.ts";
import type { Command, Invocation } from "../cli/command.ts";
import {
  namedDirectory,
  OUTPUT,
  parseSeconds,
  secondsOf,
  workspaceOf,
} from "../cli/options.ts";
import type { Platform } from "../platform/platform.ts";
import { signalNumber } from "../platform/signals.ts";
import type { RunPlan } from "../run/tracked_run.ts";
import { runCommand } from "../run/run.ts";
import { mayHoldSecret } from "../session/event.ts";
import { checkName } from "../session/names.ts";
import { shellQuote } from "../session/shell_quote.ts";
import { parseDuration } from "../session/times.ts";
import { DEFAULT_LIMITS } from "../session/verdict.ts";
import { openStore } from "../store/open.ts";
import { newId, START_OPTIONS, startOptions } from "./start.ts";

/** The exit code when the command could not even begin. */
const RUN_FAILED = 125;

/** The longest command line that is kept, in characters. */
const COMMAND_LENGTH = 4096;

export const command: Command = {
  name: "run",
  summary: "Run a command as a session",
  operands: { kind: "program" },
  options: [
    {
      name: "session",
      short: "s",
      value: "ID",
      help: "The session (a new one, named after the command)",
    },
    {
      name: "description",
      short: "d",
      value: "TEXT",
      help: "What the session will do (the command line)",
    },
    ...START_OPTIONS,
    {
      name: "exclusive",
      help: "Refuse, with exit code 125, if the session is alive",
    },
    { name: "every", value: "DURATION", help: "Time between heartbeats (30s)" },
    {
      name: "timeout",
      value: "DURATION",
      help:
        "Stop the command with SIGTERM after this time; exit code 124. 0: " +
        "no limit",
    },
    {
      name: "kill-after",
      value: "DURATION",
      help: "Time from SIGTERM to SIGKILL (10s)",
    },
    {
      name: "idle-timeout",
      value: "DURATION",
      help: "Stop the command if it prints nothing for this time (implies " +
        "--capture). 0: no limit",
    },
    {
      name: "pdeathsig",
      value: "SIGNAL",
      help: "Send this to the command if ptrack itself is killed, such as " +
        "KILL (Linux)",
    },
    {
      name: "success-codes",
      value: "LIST",
      help: "Exit codes and signals that mean success, such as 0,3,TERM (0)",
    },
    OUTPUT,
    {
      name: "verify",
      help: "Fail, with exit code 1, unless every output exists, is not " +
        "empty and is not older than the attempt",
    },
    {
      name: "retry",
      value: "N",
      help: "If it fails, try again up to N times (0)",
    },
    { name: "retry-delay", value: "DURATION", help: "Time between tries (1s)" },
    {
      name: "progress",
      value: "REGEX",
      help: "Read the progress from the output, with a pattern such as " +
        "'(\\d+)%' or '(\\d+)/(\\d+)' (implies --capture)",
    },
    {
      name: "capture",
      help: "Show the last lines of output if the command fails",
    },
  ],
  details: [
    "Output, signals and exit code pass through unchanged; if signal N kills " +
    "the command, ptrack dies of it, too, which a shell shows as 128+N. What cannot be recorded is a " +
    "warning, and the command goes on. ptrack sends the heartbeats: they " +
    "show that the command is alive, not that it makes progress.",
    "In the command, environment variables name the session, so that `ptrack " +
    "heartbeat --pct 50` needs no options. `ptrack fail` in it fails the " +
    "session; `ptrack complete` sets the progress to 100 %, and the exit " +
    "code decides.",
    "A session that has ended, crashed or timed out begins again. If it is " +
    "alive, the command runs without being tracked, or with --exclusive not " +
    "at all.",
    "Capturing sends the output through pipes: the command sees no terminal, " +
    "and lines of its two outputs may change places.",
    "The command line and the directory are stored as metadata. Secrets of " +
    "known shapes are masked in it, but other users can see arguments in the " +
    "list of processes, so keep secrets out of them.",
  ],
  examples: [
    ["ptrack run -- make test", "a session named after make"],
    [
      "ptrack run -s nightly --exclusive --timeout 2h -- ./backup.sh",
      "one at a time, for two hours at most",
    ],
  ],
  isReport: true,
  exitCodes: [
    [0, "the command succeeded; other codes are the command's own"],
    [1, "--verify refused an output, or captured output cannot be written"],
    [124, "stopped by --timeout or --idle-timeout"],
    [125, "ptrack was called wrongly, or --exclusive refused"],
    [126, "the command cannot be executed"],
    [127, "there is no such command, or no interpreter of it"],
    [128, "plus N: signal N killed the command"],
  ],
  usageExitCode: RUN_FAILED,
  run: runTracked,
};

async function runTracked(
  platform: Platform,
  invocation: Invocation,
): Promise<number> {
  try {
    const plan = await planOf(platform, invocation);
    const named = namedDirectory(platform, invocation);
    const { exitCode, killed } = await runCommand(platform, plan, {
      open: () => openStore(platform, named),
      warn: (text) => warn(platform, text, "ptrack"),
    });
    if (killed !== undefined) await platform.dieOf(killed);
    return exitCode;
  } catch (error) {
    const isOurs = error instanceof UsageError || error instanceof RefusedError;
    if (!isOurs) throw error;
    throw new PtrackError(error.message, RUN_FAILED, { cause: error });
  }
}

async function planOf(
  platform: Platform,
  invocation: Invocation,
): Promise<RunPlan> {
  const command = invocation.operands;
  const words = await withoutSecrets(command);
  const line = words.map(shellQuote).join(" ").slice(0, COMMAND_LENGTH);
  const everyMs = milliseconds(invocation, "every") ?? 30_000;
  const idleTimeoutMs = limitMs(invocation, "idle-timeout");
  const progress = progressOf(invocation);
  const outputFiles = invocation.list("output");
  const verify = invocation.flag("verify");
  if (verify && outputFiles.length === 0) {
    throw usageError("run", "--verify needs outputs; name them with --output");
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
      heartbeatTimeoutS: start.heartbeatTimeoutS ??
        heartbeatTimeoutFor(everyMs),
    },
    exclusive: invocation.flag("exclusive"),
    everyMs,
    deathSignal: deathSignal(platform, invocation),
    timeoutMs: limitMs(invocation, "timeout"),
    idleTimeoutMs,
    killAfterMs: milliseconds(invocation, "kill-after") ?? 10_000,
    ...successes(platform, invocation),
    outputFiles,
    verify,
    retries: retriesOf(invocation),
    retryDelayMs: retryDelayMs(invocation),
    progress,
    capture: invocation.flag("capture") || progress !== null ||
      idleTimeoutMs !== null,
  };
}

/** The words of a command line as they are stored. */
async function withoutSecrets(
  words: readonly string[],
): Promise<readonly string[]> {
  if (!mayHoldSecret(JSON.stringify(words))) return words;
  const { maskCommand } = await import("../session/secrets.ts");
  return maskCommand(words);
}

/** Never from the environment: nested runs must not share a session. */
function refOf(platform: Platform, invocation: Invocation) {
  const [program = ""] = invocation.operands;
  const sessionId = invocation.text("session") ??
    newId(platform, program.split(/[/\\]/).at(-1)!);
  return {
    workspace: checkName(workspaceOf(platform, invocation), "workspace"),
    sessionId: checkName(sessionId, "session"),
  };
}

/** Heartbeats that come seldom must not look like a hang. */
function heartbeatTimeoutFor(everyMs: number): number | undefined {
  const neededS = everyMs / 1000 * 3;
  return neededS > DEFAULT_LIMITS.heartbeatTimeoutS ? neededS : undefined;
}

function milliseconds(invocation: Invocation, option: string): number | null {
  const seconds = secondsOf(invocation, option);
  return seconds === null ? null : seconds * 1000;
}

function deathSignal(
  { system }: Platform,
  invocation: Invocation,
): string | null {
  const text = invocation.text("pdeathsig");
  if (text === null) return null;
  if (system !== "linux") {
    throw usageError("run", "--pdeathsig works on Linux only");
  }
  const signal = `SIG${text.toUpperCase().replace(/^SIG/, "")}`;
  if (signalNumber(signal) > 0) return signal;
  throw valueError(text, "--pdeathsig", "it is a signal, such as KILL");
}

/** A limit on time; null for none. */
function limitMs(invocation: Invocation, option: string): number | null {
  const isNone = parseDuration(invocation.text(option) ?? "0") === 0;
  return isNone ? null : milliseconds(invocation, option);
}

/** What the command may end with, and succeed. */
function successes(
  { system }: Platform,
  invocation: Invocation,
): Pick<RunPlan, "successCodes" | "successSignals"> {
  const text = invocation.text("success-codes") ?? "0";
  const successCodes: number[] = [];
  const successSignals: number[] = [];
  for (const part of text.split(",").map((part) => part.trim())) {
    const signal = signalNumber(part.toUpperCase(), system);
    const isCode = /^\d{1,3}$/.test(part) && Number(part) <= 255;
    if (isCode) successCodes.push(Number(part));
    else if (signal > 0) successSignals.push(signal);
    else throw valueError(text, "--success-codes", "it is like 0,3 or 0,TERM");
  }
  return { successCodes, successSignals };
}

function retriesOf(invocation: Invocation): number {
  const text = invocation.text("retry");
  if (text === null) return 0;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw valueError(text, "--retry", "it is a whole number");
}

/** Unlike for other durations, 0 is allowed. */
function retryDelayMs(invocation: Invocation): number {
  const text = invocation.text("retry-delay");
  if (text === null) return 1_000;
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
    throw valueError(text, "--progress", `it is no regular expression: ${why}`);
  }
}
