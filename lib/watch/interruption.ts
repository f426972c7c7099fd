/**
 * Signals that ask a monitor to end. The first lets it end as it should; after
 * that the system acts again, so that a second one ends the program at once.
 */
import type { Platform } from "../platform/platform.ts";
import { endSignals, exitCodeOfSignal } from "../platform/signals.ts";
import type { Processes } from "../process/processes.ts";

/** Takes the signals from now until it is closed. */
export function takeInterruption(platform: Platform, processes: Processes) {
  const controller = new AbortController();
  let signalExitCode: number | null = null;
  // One that is ignored, as by nohup, stays so.
  const releases = endSignals(platform.system)
    .filter((signal) => !processes.isIgnored(signal))
    .map((signal) =>
      platform.onSignal(signal, () => {
        signalExitCode = exitCodeOfSignal(signal);
        close();
        controller.abort();
      })
    );
  const close = () => releases.splice(0).forEach((release) => release());
  return {
    /** Aborts at the first signal. */
    signal: controller.signal,
    /** The exit code for that signal; null while there was none. */
    get signalExitCode() {
      return signalExitCode;
    },
    /** Gives the signals back to the system. May be called twice. */
    close,
  };
}
