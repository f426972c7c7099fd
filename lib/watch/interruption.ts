/**
 * Signals that ask a monitor to end. The first one lets it end as it should,
 * with its report written or its terminal put back; after that the system acts
 * again, so that a second one ends the program at once.
 */
import type { Platform } from "../platform/platform.ts";
import { exitCodeOfSignal, type SignalName } from "../platform/signals.ts";
import type { Processes } from "../process/processes.ts";

/** Why a monitor ended early: the key `q`, or a signal with its exit code. */
export type ExitReason =
  | { kind: "quit" }
  | { kind: "signal"; exitCode: number };

const ENDS: readonly SignalName[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Takes the signals from the moment it is made until it is closed. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #releases: (() => void)[];
  #exitReason: ExitReason | null = null;

  constructor(
    platform: Platform,
    processes: Pick<Processes, "isIgnored">,
  ) {
    // One that is ignored, as by nohup, stays so.
    this.#releases = ENDS.filter((signal) => !processes.isIgnored(signal))
      .map((signal) => takeSignal(platform, signal, () => this.#end(signal)));
  }

  /** Aborts at the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Which signal it was; null while there was none. */
  get exitReason(): ExitReason | null {
    return this.#exitReason;
  }

  /** Gives the signals back to the system. May be called twice. */
  close(): void {
    for (const release of this.#releases.splice(0)) release();
  }

  #end(signal: SignalName): void {
    const exitCode = exitCodeOfSignal(signal);
    this.#exitReason = { kind: "signal", exitCode };
    this.close();
    this.#controller.abort();
  }
}

/** Handles a signal until the function that is returned is called. */
export function takeSignal(
  platform: Platform,
  signal: SignalName,
  handler: () => void,
): () => void {
  try {
    return platform.onSignal(signal, handler);
  } catch (error) {
    // Windows does not know all of them, and none of those can arrive.
    if (platform.system !== "windows") throw error;
    return () => {};
  }
}
