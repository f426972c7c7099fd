/**
 * One try of a command: starts it, ends it when it passes a limit, captures
 * its output if asked to, waits for it, and says what came of it.
 */
import { errorCode, explain } from "../errors.ts";
import type { Child, Platform } from "../platform/platform.ts";
import { exitCodeOf, type ExitStatus } from "../platform/signals.ts";
import { processInspector } from "../process/owners.ts";
import type { Processes } from "../process/processes.ts";
import { terminate } from "../process/process_tree.ts";
import type { SignalRelay } from "../process/signal_relay.ts";
import { formatDuration } from "../session/times.ts";
import { Capture } from "./capture.ts";
import type { RunPlan } from "./plan.ts";
import type { TrackedRun } from "./tracked_run.ts";

/** How a try went. */
export interface TryResult {
  /** What `ptrack run` would exit with. */
  exitCode: number;
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

/** The exit code where a limit was passed, as of `timeout`. */
const LIMIT_PASSED = 124;
/** The exit code where the command succeeded, and its output was lost. */
const OUTPUT_LOST = 1;

/** Runs the command once. Never throws for anything that the command does. */
export async function execute(
  platform: Platform,
  plan: RunPlan,
  { processes, relay, session }: {
    processes: Processes;
    relay: SignalRelay;
    session: TrackedRun;
  },
): Promise<TryResult> {
  let child: Child;
  try {
    child = await processes.spawn({
      command: plan.command,
      env: session.env(),
      group: processes.hasTerminal ? "ours" : "own",
      input: "inherited",
      output: plan.capture ? "captured" : "inherited",
    });
  } catch (error) {
    const result = notRun(plan, error);
    session.warn(result.failure!.reason);
    return result;
  }
  const capture = plan.capture
    ? new Capture(platform, child, {
      progress: plan.progress,
      onProgress: (percent) => session.setProgress(percent),
      onProblem: ({ message }) => session.warn(message),
    })
    : null;
  relay.attach(child);
  void session.setChild(child.pid);
  const watch = new AbortController();
  const endAtLimit = async () => {
    const limit = await passedLimit(platform, plan, { capture, watch });
    if (limit === null) return null;
    session.warn(`${nameOf(plan)} ${limit}; it is being ended`);
    const { killAfterMs } = plan;
    await terminate({
      child,
      killAfterMs,
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
  await capture?.finish();
  return resultOf(plan, { ending, limit, capture });
}

/** The exit codes of a shell: 127 if there is no such command, else 126. */
function notRun(plan: RunPlan, error: unknown): TryResult {
  const isMissing = errorCode(error) === "ENOENT";
  const why = isMissing ? "there is no such command" : explain(error);
  const reason = `Cannot run ${nameOf(plan)}: ${why}`;
  const failure = { reason, tail: [], mayRetry: false };
  return { exitCode: isMissing ? 127 : 126, failure };
}

function resultOf(
  { successCodes }: RunPlan,
  { ending, limit, capture }: {
    ending: ExitStatus;
    limit: string | null;
    capture: Capture | null;
  },
): TryResult {
  const isKilled = ending.kind === "killed";
  const signal = isKilled ? ending.name : undefined;
  const how = isKilled ? `killed by ${signal}` : `exit code ${ending.code}`;
  const exitCode = exitCodeOf(ending);
  const tail = capture?.tail() ?? [];
  const failure = (reason: string) => ({
    reason,
    signal,
    tail,
    mayRetry: true,
  });
  if (limit !== null) {
    return { exitCode: LIMIT_PASSED, failure: failure(`${limit}; ${how}`) };
  }
  if (isKilled || !successCodes.includes(exitCode)) {
    const last = tail.findLast((line) => line.trim() !== "")?.trim();
    const reason = last === undefined ? how : `${how}: ${last}`;
    return { exitCode, failure: failure(reason) };
  }
  const lost = capture?.problem ?? null;
  return lost === null
    ? { exitCode, failure: null }
    : { exitCode: OUTPUT_LOST, failure: failure(lost) };
}

/** Waits until a limit is passed, and says which; null if the command ends. */
async function passedLimit(
  { clock }: Platform,
  { timeoutMs, idleTimeoutMs }: RunPlan,
  { capture, watch }: { capture: Capture | null; watch: AbortController },
): Promise<string | null> {
  if (timeoutMs === null && idleTimeoutMs === null) return null;
  const startedUs = clock.nowUs();
  while (!watch.signal.aborted) {
    const nowUs = clock.nowUs();
    const quietUs = nowUs - (capture?.lastOutputUs ?? nowUs);
    const leftMs = (timeoutMs ?? Infinity) - (nowUs - startedUs) / 1000;
    const idleLeftMs = (idleTimeoutMs ?? Infinity) - quietUs / 1000;
    if (leftMs <= 0) return `ran longer than ${inWords(timeoutMs!)}`;
    if (idleLeftMs <= 0) return `no output for ${inWords(idleTimeoutMs!)}`;
    await clock.sleep(Math.min(leftMs, idleLeftMs), watch.signal);
  }
  return null;
}

function inWords(ms: number): string {
  return ms < 1000 ? `${ms / 1000}s` : formatDuration(ms / 1000);
}

function nameOf({ command: [name = ""] }: RunPlan): string {
  return JSON.stringify(name);
}
