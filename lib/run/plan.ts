/** What `ptrack run` is asked to do, checked. */
import type { SessionStartOptions } from "../arguments.ts";
import type { SessionRef } from "../session/types.ts";

/** A command to run as a session. */
export interface RunPlan {
  ref: SessionRef;
  description: string;
  /** The program and its arguments. */
  command: readonly string[];
  start: SessionStartOptions;
  /** Refuse to run while the session is alive. */
  exclusive: boolean;
  /** Between two heartbeats, milliseconds. */
  everyMs: number;
  /** Longest time for one try, milliseconds. */
  timeoutMs: number | null;
  /** Longest time without output, milliseconds. */
  idleTimeoutMs: number | null;
  /** From the first signal of a timeout to SIGKILL, milliseconds. */
  killAfterMs: number;
  /** The exit codes that are success. */
  successCodes: readonly number[];
  outputFiles: readonly string[];
  /** Succeed only if the outputs are good. */
  verify: boolean;
  /** Tries after the first. */
  retries: number;
  retryDelayMs: number;
  /** Finds the progress in a line of output. */
  progress: RegExp | null;
  /** Read the output, pass it on, and keep its last lines. */
  capture: boolean;
}
