/**
 * Signals that ask a monitor to end which has something left to do at its end,
 * such as a report. The first one is a wish; after it the system has its way
 * again, so that a second one ends the program at once.
 */
import type { Platform, SignalName } from "../platform/platform.ts";
import type { Processes } from "../platform/processes.ts";
import type { ExitReason } from "./live.ts";

const ENDING: [SignalName, number][] = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
];

/** Takes the signals from the moment it is made until it is closed. */
export class Interruption {
  readonly #wish = new AbortController();
  #forget: (() => void)[] = [];
  #exitReason: ExitReason | null = null;

  constructor(
    platform: Pick<Platform, "onSignal" | "system">,
    processes: Pick<Processes, "isIgnored"> | null,
  ) {
    for (const [signal, exitCode] of ENDING) {
      // Whoever started us, with nohup say, wants it to be nothing.
      if (processes?.isIgnored(signal)) continue;
      try {
        const take = () => this.#take({ kind: "signal", exitCode });
        this.#forget.push(platform.onSignal(signal, take));
      } catch (error) {
        // Windows does not know all of them, and none of those can arrive.
        if (platform.system !== "windows") throw error;
      }
    }
  }

  /** Aborts at the first signal. */
  get signal(): AbortSignal {
    return this.#wish.signal;
  }

  /** Which it was; null while there was none. */
  get exitReason(): ExitReason | null {
    return this.#exitReason;
  }

  /** Gives the signals back to the system. May be called twice. */
  close(): void {
    for (const forget of this.#forget) forget();
    this.#forget = [];
  }

  #take(exitReason: ExitReason): void {
    this.#exitReason = exitReason;
    this.close();
    this.#wish.abort();
  }
}
