/**
 * Running a command as a session: begin, try, perhaps try again, end. Returns
 * the exit code that the caller gets: the command's own, as far as there is
 * one.
 */
import type { Platform } from "../platform/platform.ts";
import type { Processes } from "../platform/processes.ts";
import { execute } from "./execute.ts";
import {
  type Judgement,
  judgeOutcome,
  limitText,
  type Outcome,
} from "./outcome.ts";
import type { RunPlan } from "./plan.ts";
import { SignalRelay } from "../process/signal_relay.ts";
import { type RunParts, TrackedRun, type Warn } from "./tracked_run.ts";

/** Outputs that are not good end a run that succeeded with this. */
const BAD_OUTPUT = 1;

/** Runs a command; throws RefusedError if the plan is to refuse. */
export async function runCommand(
  platform: Platform,
  plan: RunPlan,
  parts: RunParts,
): Promise<number> {
  const { warn } = parts;
  const processes = await platform.processes();
  const session = new TrackedRun(platform, plan, parts);
  await session.begin();
  const relay = new SignalRelay(platform, processes);
  const beating = session.beat();
  try {
    const { outcome, judgement } = await tryUntilDone(platform, plan, {
      session,
      relay,
      processes,
      warn,
    });
    return await end(plan, { session, outcome, judgement, warn });
  } finally {
    await relay.release();
    await beating;
  }
}

interface Trial {
  session: TrackedRun;
  relay: SignalRelay;
  processes: Processes;
  warn: Warn;
}

interface Result {
  outcome: Outcome;
  judgement: Judgement;
}

async function tryUntilDone(
  platform: Platform,
  plan: RunPlan,
  { session, relay, processes, warn }: Trial,
): Promise<Result> {
  const tries = plan.retries + 1;
  for (let count = 1;; count++) {
    const outcome = await execute(platform, {
      plan,
      env: session.env(),
      processes,
      relay,
      onStart: (pid) => void session.setChild(pid),
      onProgress: (percent) => session.progress(percent),
      onLimit: (limit) =>
        warn(`${nameOf(plan)} ${limitText(limit, plan)}; it is being ended`),
      onProblem: (error) => warn(error.message),
    });
    const judgement = judgeOutcome(outcome, plan);
    const isLast = judgement.succeeded || !judgement.mayRetry || count >= tries;
    if (isLast) return { outcome, judgement };
    await session.tryFailed(
      `Try ${count} of ${tries}: ${judgement.summary}`,
      tailOf(outcome),
    );
    if (!await pauseBetween(platform, plan, relay)) {
      return { outcome, judgement };
    }
  }
}

/** False if somebody wants an end meanwhile. */
async function pauseBetween(
  platform: Platform,
  { retryDelayMs }: RunPlan,
  relay: SignalRelay,
): Promise<boolean> {
  const pause = new AbortController();
  relay.onInterruption = () => pause.abort();
  await platform.clock.sleep(retryDelayMs, pause.signal);
  relay.onInterruption = () => {};
  return relay.interruption === null;
}

async function end(
  plan: RunPlan,
  { session, outcome, judgement, warn }: Result & {
    session: TrackedRun;
    warn: Warn;
  },
): Promise<number> {
  const { succeeded, exitCode, summary, signal } = judgement;
  if (succeeded) {
    const problem = session.findBadOutput();
    if (problem === null) {
      await session.complete();
      return exitCode;
    }
    warn(`${nameOf(plan)} succeeded, but ${problem}`);
    await session.fail({ error: problem, exit_code: exitCode });
    return BAD_OUTPUT;
  }
  if (outcome.kind === "not run") warn(summary);
  const tail = tailOf(outcome);
  const { outputFiles } = plan;
  await session.fail({
    error: summary,
    output_files: outputFiles.length > 0 ? outputFiles : undefined,
    exit_code: exitCode,
    signal: signal ?? undefined,
    tail: tail === null || tail.length === 0 ? undefined : tail,
  });
  return exitCode;
}

function tailOf(outcome: Outcome): string[] | null {
  return outcome.kind === "ended" ? outcome.tail : null;
}

function nameOf({ command: [name = ""] }: RunPlan): string {
  return JSON.stringify(name);
}
