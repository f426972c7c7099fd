/**
 * Running a command as a session: begin, try, perhaps try again, end. The exit
 * code for the caller is the command's own, if there is one.
 */
import type { Platform } from "../platform/platform.ts";
import { openProcesses } from "../process/processes.ts";
import { SignalRelay } from "../process/signal_relay.ts";
import { execute, type TryResult } from "./execute.ts";
import type { RunPlan } from "./plan.ts";
import { type Recording, TrackedRun } from "./tracked_run.ts";

/** The exit code of a command that succeeded, but not its outputs. */
const BAD_OUTPUT = 1;

/** Runs a command. Throws a RefusedError if the plan is to refuse. */
export async function runCommand(
  platform: Platform,
  plan: RunPlan,
  recording: Recording,
): Promise<number> {
  const processes = openProcesses(platform);
  const session = new TrackedRun(platform, plan, recording);
  await session.begin();
  const relay = new SignalRelay(platform, processes);
  const heartbeats = session.sendHeartbeats();
  const tries = plan.retries + 1;
  try {
    for (let count = 1;; count++) {
      const parts = { processes, relay, session };
      const result = await execute(platform, plan, parts);
      const { failure } = result;
      const isLast = count >= tries || !failure?.mayRetry ||
        relay.interruption !== null;
      if (isLast) return await end(session, result, plan);
      await session.recordError(
        `Try ${count} of ${tries}: ${failure.reason}`,
        failure.tail,
      );
      const isInterrupted = await pause(platform, plan, relay);
      if (isInterrupted) return await end(session, result, plan);
    }
  } finally {
    await relay.release();
    await heartbeats;
  }
}

/** Waits before the next try; true if a signal asked for an end meanwhile. */
async function pause(
  platform: Platform,
  { retryDelayMs }: RunPlan,
  relay: SignalRelay,
): Promise<boolean> {
  const pause = new AbortController();
  relay.onInterruption = () => pause.abort();
  await platform.clock.sleep(retryDelayMs, pause.signal);
  relay.onInterruption = () => {};
  return relay.interruption !== null;
}

/** Ends the session with a result; returns the exit code. */
async function end(
  session: TrackedRun,
  { exitCode, failure }: TryResult,
  { command: [program], outputFiles }: RunPlan,
): Promise<number> {
  if (failure !== null) {
    const { reason, signal, tail } = failure;
    await session.fail({
      error: reason,
      output_files: outputFiles.length > 0 ? outputFiles : undefined,
      exit_code: exitCode,
      signal,
      tail: tail.length > 0 ? tail : undefined,
    });
    return exitCode;
  }
  const problem = session.findBadOutput();
  if (problem === null) {
    await session.complete();
    return exitCode;
  }
  session.warn(`${JSON.stringify(program)} succeeded, but ${problem}`);
  await session.fail({ error: problem, exit_code: exitCode });
  return BAD_OUTPUT;
}
