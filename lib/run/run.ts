/**
 * Running a command as a session: begin, try, perhaps try again, end. A try
 * ends the command when it passes a limit, and captures its output if asked to.
 * The exit code for the caller is the command's own, if there is one.
 */
import { errorCode, explain } from "../errors.ts";
import { findBadOutput } from "../outputs.ts";
import type { Child, Platform } from "../platform/platform.ts";
import { exitCodeOf, type ExitStatus } from "../platform/signals.ts";
import { processInspector } from "../process/owners.ts";
import { openProcesses, type Processes } from "../process/processes.ts";
import { SignalRelay } from "../process/signal_relay.ts";
import { formatDuration } from "../session/times.ts";
import type { Capture } from "./capture.ts";
import { type Recording, type RunPlan, TrackedRun } from "./tracked_run.ts";

/** The exit code where a limit was passed, as of `timeout`. */
const LIMIT_PASSED = 124;
/** The exit code where the command succeeded, and its output was lost. */
const OUTPUT_LOST = 1;
/** The exit code of a command that succeeded, but not its outputs. */
const BAD_OUTPUT = 1;

/** What all tries of a command share. */
interface Run {
  platform: Platform;
  plan: RunPlan;
  processes: Processes;
  relay: SignalRelay;
  session: TrackedRun;
}

/** How `ptrack run` is to end. */
export interface RunResult {
  exitCode: number;
  /** Its command was killed by that signal, of which it should die, too. */
  killed?: ExitStatus & { kind: "killed" };
}

/** How a try went. */
interface TryResult extends RunResult {
  /** Null if it succeeded. */
  failure: {
    reason: string;
    /** The signal that killed it, such as SIGKILL. */
    signal?: string;
    /** The last lines of its output, if that was captured. */
    tail: string[];
    /** Whether it makes sense to try again. */
    mayRetry: boolean;
  } | null;
}

/** Runs a command. Throws a RefusedError if the plan is to refuse. */
export async function runCommand(
  platform: Platform,
  plan: RunPlan,
  recording: Recording,
): Promise<RunResult> {
  const processes = openProcesses(platform);
  const session = new TrackedRun(platform, plan, recording);
  await session.begin();
  const relay = new SignalRelay(platform, processes);
  const run = { platform, plan, processes, relay, session };
  const heartbeats = session.sendHeartbeats();
  // The first process of a container.
  const stopReaping = platform.pid === 1
    ? (await import("../process/orphans.ts"))
      .reapOrphans(platform, processes.isChild)
    : null;
  try {
    return await end(run, await tryUntilDone(run));
  } finally {
    stopReaping?.();
    await relay.release();
    await heartbeats;
  }
}

/** The last try: one that succeeded, or that no other may follow. */
async function tryUntilDone(run: Run): Promise<TryResult> {
  const { platform, plan, relay, session } = run;
  const tries = plan.retries + 1;
  for (let count = 1;; count++) {
    const result = await execute(run);
    const { failure } = result;
    if (count >= tries || !failure?.mayRetry) return result;
    if (relay.interruption !== null) return result;
    await session.recordTry(count, {
      error: `Try ${count} of ${tries}: ${failure.reason}`,
      tail: failure.tail,
    });
    await relay.untilInterruption((signal) =>
      platform.clock.sleep(plan.retryDelayMs, signal)
    );
    if (relay.interruption !== null) return result;
  }
}

/** Ends the session with a result. */
async function end(
  { platform, plan, session }: Run,
  { exitCode, killed, failure }: TryResult,
): Promise<RunResult> {
  const { outputFiles } = plan;
  if (failure !== null) {
    const { reason, signal, tail } = failure;
    await session.end("failed", {
      error: reason,
      output_files: outputFiles.length > 0 ? outputFiles : undefined,
      exit_code: exitCode,
      signal,
      tail: tail.length > 0 ? tail : undefined,
    });
    return { exitCode, killed };
  }
  const problem = plan.verify
    ? findBadOutput(platform, outputFiles, session.startedAt)
    : null;
  if (problem === null) {
    await session.end("completed", { output_files: outputFiles });
    return { exitCode, killed };
  }
  session.warn(`${nameOf(plan)} succeeded, but ${problem}`);
  await session.end("failed", { error: problem, exit_code: exitCode });
  return { exitCode: BAD_OUTPUT };
}

/** Runs the command once. Never throws for anything that the command does. */
async function execute(run: Run): Promise<TryResult> {
  const { platform, plan, processes, relay, session } = run;
  // What is needed while the command runs is loaded before it begins.
  const capturing = plan.capture ? await import("./capture.ts") : null;
  const limiting = plan.timeoutMs === null && plan.idleTimeoutMs === null
    ? null
    : await import("../process/process_tree.ts");
  let child: Child;
  try {
    child = await processes.spawn({
      command: plan.command,
      env: session.env(),
      group: processes.hasTerminal ? "ours" : "own",
      input: "inherited",
      output: plan.capture ? "captured" : "inherited",
      deathSignal: plan.deathSignal,
    });
  } catch (error) {
    return await notRun(run, error);
  }
  const capture = capturing && new capturing.Capture(platform, child, {
    progress: plan.progress,
    onProgress: (percent) => void session.setProgress(percent),
    onProblem: (problem) => session.warn(problem),
  });
  const startedMs = platform.clock.elapsedMs();
  relay.attach(child);
  void session.setChild(child.pid);
  const watch = new AbortController();
  const endAtLimit = async () => {
    if (limiting === null) return null;
    const limit = await passedLimit(run, capture, watch.signal);
    if (limit === null) return null;
    session.warn(`${nameOf(plan)} ${limit}; it is being ended`);
    await limiting.terminate({
      child,
      killAfterMs: plan.killAfterMs,
      processes,
      inspector: processInspector(platform),
      clock: platform.clock,
    });
    return limit;
  };
  const passed = endAtLimit();
  const ending = await child.ended;
  watch.abort();
  const limit = await passed;
  relay.detach();
  if (capture !== null) {
    const takenMs = platform.clock.elapsedMs() - startedMs;
    await relay.untilInterruption((signal) =>
      capture.finish((plan.timeoutMs ?? Infinity) - takenMs, signal)
    );
  }
  return resultOf(plan, { ending, limit, capture });
}

/** The exit codes of a shell: 127 if there is no such command, else 126. */
async function notRun(
  { plan, processes, session }: Run,
  error: unknown,
): Promise<TryResult> {
  const isMissing = errorCode(error) === "ENOENT";
  const interpreter = isMissing
    ? await processes.missingInterpreter(plan.command[0] ?? "")
    : null;
  const why = interpreter !== null
    ? withoutInterpreter(interpreter)
    : isMissing
    ? "there is no such command"
    : explain(error);
  const reason = `Cannot run ${nameOf(plan)}: ${why}`;
  session.warn(reason);
  return {
    exitCode: isMissing ? 127 : 126,
    failure: { reason, tail: [], mayRetry: false },
  };
}

function withoutInterpreter(interpreter: string): string {
  const why = `its interpreter ${JSON.stringify(interpreter)} does not exist`;
  return interpreter.endsWith("\r")
    ? `${why}; end its lines as Unix does, without carriage returns`
    : why;
}

function resultOf(
  { successCodes, successSignals }: RunPlan,
  { ending, limit, capture }: {
    ending: ExitStatus;
    limit: string | null;
    capture: Capture | null;
  },
): TryResult {
  const killed = ending.kind === "killed" ? ending : undefined;
  const signal = killed?.name;
  const how = ending.kind === "killed"
    ? `killed by ${signal}`
    : `exit code ${ending.code}`;
  const exitCode = exitCodeOf(ending);
  const tail = capture?.tail() ?? [];
  const failed = (exitCode: number, reason: string) => ({
    exitCode,
    failure: { reason, signal, tail, mayRetry: true },
  });
  if (limit !== null) return failed(LIMIT_PASSED, `${limit}; ${how}`);
  const isSuccess = killed === undefined
    ? successCodes.includes(exitCode)
    : successSignals.includes(killed.number);
  if (!isSuccess) {
    const last = tail.findLast((line) => line.trim() !== "")?.trim();
    const reason = last === undefined ? how : `${how}: ${last}`;
    return { ...failed(exitCode, reason), killed };
  }
  const lost = capture?.problem ?? null;
  return lost === null
    ? { exitCode, killed, failure: null }
    : failed(OUTPUT_LOST, lost);
}

/** Waits until a limit is passed, and says which; null if the command ends. */
async function passedLimit(
  { platform: { clock }, plan: { timeoutMs, idleTimeoutMs } }: Run,
  capture: Capture | null,
  signal: AbortSignal,
): Promise<string | null> {
  const startedMs = clock.elapsedMs();
  while (!signal.aborted) {
    const nowMs = clock.elapsedMs();
    const quietMs = nowMs - (capture?.lastOutputMs ?? nowMs);
    const leftMs = (timeoutMs ?? Infinity) - (nowMs - startedMs);
    const idleLeftMs = (idleTimeoutMs ?? Infinity) - quietMs;
    if (leftMs <= 0) return `ran longer than ${inWords(timeoutMs!)}`;
    if (idleLeftMs <= 0) return `no output for ${inWords(idleTimeoutMs!)}`;
    await clock.sleep(Math.min(leftMs, idleLeftMs), signal);
  }
  return null;
}

function inWords(ms: number): string {
  return ms < 1000 ? `${ms / 1000}s` : formatDuration(ms / 1000);
}

function nameOf({ command: [name = ""] }: RunPlan): string {
  return JSON.stringify(name);
}
