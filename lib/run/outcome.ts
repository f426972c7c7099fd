/** How one try of a command went, and what that means for session and caller. */
import { formatDuration } from "../session/duration.ts";
import type { Ending, SignalName } from "../platform/processes.ts";
import type { RunPlan } from "./plan.ts";

/** Why a command was ended before its time. */
export type Limit = "timeout" | "idle timeout";

/** How one try of a command went. */
export type Outcome =
  /** It could not be run: 127 if there is none of that name, else 126. */
  | { kind: "not run"; exitCode: 126 | 127; problem: string }
  | {
    kind: "ended";
    ending: Ending;
    /** The limit that it was ended for. */
    limit: Limit | null;
    /** The last signal to end it that came to us. */
    interruption: SignalName | null;
    /** The last lines of its output, if that was captured. */
    tail: string[] | null;
    /** Why captured output could not be passed on; null if all of it was. */
    lostOutput: string | null;
  };

/** What an outcome means. */
export interface Judgement {
  succeeded: boolean;
  /** What `ptrack run` ends with. */
  exitCode: number;
  /** Why it failed; "" if it succeeded. */
  summary: string;
  /** A signal name such as SIGKILL. */
  signal: string | null;
  /** Whether to try again makes sense. */
  mayRetry: boolean;
}

/** `ptrack run` ends with this when a limit was passed. */
const LIMIT_PASSED = 124;
/** And with this when the command did well, and its output was lost. */
const OUTPUT_LOST = 1;

/** Judges one try. */
export function judgeOutcome(outcome: Outcome, plan: RunPlan): Judgement {
  if (outcome.kind === "not run") {
    const { exitCode, problem: summary } = outcome;
    return {
      succeeded: false,
      exitCode,
      summary,
      signal: null,
      mayRetry: false,
    };
  }
  const { ending, limit, interruption, lostOutput } = outcome;
  const signal = ending.kind === "killed" ? ending.name : null;
  const ownCode = ending.kind === "killed" ? 128 + ending.number : ending.code;
  const didWell = limit === null && ending.kind === "exited" &&
    plan.successCodes.includes(ending.code);
  const succeeded = didWell && lostOutput === null;
  return {
    succeeded,
    exitCode: limit !== null
      ? LIMIT_PASSED
      : didWell && !succeeded
      ? OUTPUT_LOST
      : ownCode,
    summary: succeeded ? "" : didWell ? lostOutput! : summaryOf(outcome, plan),
    signal,
    mayRetry: interruption === null,
  };
}

function summaryOf(
  { ending, limit, tail }: Outcome & { kind: "ended" },
  plan: RunPlan,
): string {
  const how = ending.kind === "killed"
    ? `killed by ${ending.name}`
    : `exit code ${ending.code}`;
  if (limit !== null) return `${limitText(limit, plan)}; ${how}`;
  const last = tail?.findLast((line) => line.trim() !== "");
  return last === undefined ? how : `${how}: ${last.trim()}`;
}

/** What was too long. */
export function limitText(limit: Limit, plan: RunPlan): string {
  return limit === "timeout"
    ? `ran longer than ${inWords(plan.timeoutMs)}`
    : `no output for ${inWords(plan.idleTimeoutMs)}`;
}

function inWords(ms: number | null): string {
  const seconds = (ms ?? 0) / 1000;
  return seconds < 1 ? `${seconds}s` : formatDuration(seconds);
}
