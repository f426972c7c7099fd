/** The wall clock to the microsecond, and waiting. */
import type { Clock } from "./platform.ts";

/** The machine's clock. */
export const systemClock: Clock = { nowUs, sleep, pause };

const DRIFT_MS = 50;

/** The precise clock drifts while a machine sleeps: then the plain one. */
function nowUs(): number {
  const plain = Date.now();
  const precise = performance.timeOrigin + performance.now();
  const ms = Math.abs(precise - plain) < DRIFT_MS ? precise : plain;
  return Math.floor(ms * 1000);
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, 2 ** 31 - 1));
    signal?.addEventListener("abort", done);
  });
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
