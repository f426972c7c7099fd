/**
 * One try of a command: started, watched for its limits, its output captured
 * if asked for, and waited for.
 */
import { errorCode, explain } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import type { Child, Processes } from "../platform/processes.ts";
import { Capture } from "./capture.ts";
import type { Limit, Outcome } from "./outcome.ts";
import type { RunPlan } from "./plan.ts";
import type { SignalRelay } from "../process/signal_relay.ts";
import { terminate } from "../process/process_tree.ts";

/** What a try takes and whom it tells. */
export interface Execution {
  plan: RunPlan;
  /** Variables for the command, over our own. */
  env: Readonly<Record<string, string>>;
  processes: Processes;
  relay: SignalRelay;
  onStart: (pid: number) => void;
  onProgress: (percent: number) => void;
  onLimit: (limit: Limit) => void;
  onProblem: (error: Error) => void;
}

/** Runs the command once. Never throws for anything that the command does. */
export async function execute(
  platform: Platform,
  execution: Execution,
): Promise<Outcome> {
  const { plan, env, processes, relay } = execution;
  let child: Child;
  try {
    child = await processes.spawn({
      command: plan.command,
      env,
      group: processes.hasTerminal ? "ours" : "own",
      input: "inherited",
      output: plan.capture ? "captured" : "inherited",
    });
  } catch (error) {
    return notRun(plan, error);
  }
  let lostOutput: string | null = null;
  const capture = Capture.of(platform, child, {
    ...execution,
    ...plan,
    onProblem(error) {
      lostOutput = error.message;
      execution.onProblem(error);
    },
  });
  relay.attach(child);
  execution.onStart(child.pid);
  const watch = new AbortController();
  const passed = watchLimits(platform, { execution, child, capture, watch });
  const ending = await child.ended;
  watch.abort();
  const limit = await passed;
  relay.detach();
  await capture?.finish();
  return {
    kind: "ended",
    ending,
    limit,
    interruption: relay.interruption,
    tail: capture?.tail() ?? null,
    lostOutput,
  };
}

/** As a shell would have it: 127 if there is none of that name, else 126. */
function notRun({ command: [name = ""] }: RunPlan, error: unknown): Outcome {
  const isMissing = errorCode(error) === "ENOENT";
  const why = isMissing ? "there is no such command" : explain(error);
  return {
    kind: "not run",
    exitCode: isMissing ? 127 : 126,
    problem: `Cannot run ${JSON.stringify(name)}: ${why}`,
  };
}

interface Watched {
  execution: Execution;
  child: Child;
  capture: Capture | null;
  /** Aborted when the command has ended. */
  watch: AbortController;
}

/** Ends the command when it passes a limit; says which, or null. */
async function watchLimits(
  platform: Platform,
  { execution, child, capture, watch }: Watched,
): Promise<Limit | null> {
  const { plan, processes } = execution;
  const limit = await firstPassed(platform, plan, { capture, watch });
  if (limit === null) return null;
  execution.onLimit(limit);
  const { killAfterMs } = plan;
  await terminate({ platform, processes }, { child, killAfterMs });
  return limit;
}

/** Waits until a limit is passed, or (null) the command has ended. */
async function firstPassed(
  { clock }: Platform,
  { timeoutMs, idleTimeoutMs }: RunPlan,
  { capture, watch }: Pick<Watched, "capture" | "watch">,
): Promise<Limit | null> {
  if (timeoutMs === null && idleTimeoutMs === null) return null;
  const beganUs = clock.nowUs();
  while (!watch.signal.aborted) {
    const nowUs = clock.nowUs();
    const leftMs = timeoutMs === null
      ? Infinity
      : timeoutMs - (nowUs - beganUs) / 1000;
    const quietUs = capture?.lastOutputUs ?? nowUs;
    const idleLeftMs = idleTimeoutMs === null
      ? Infinity
      : idleTimeoutMs - (nowUs - quietUs) / 1000;
    if (leftMs <= 0) return "timeout";
    if (idleLeftMs <= 0) return "idle timeout";
    await clock.sleep(Math.min(leftMs, idleLeftMs), watch.signal);
  }
  return null;
}
