/** What this program runs on: engine, system and clock. */
import type { Clock, Runtime } from "./platform.ts";
import type { System } from "./signals.ts";

/**
 * Not imported from `node:process`: Bun starts three threads once its heap has
 * 64 blocks, of which that module takes five.
 */
export const { process } = globalThis;

/** The system of this machine. */
export const SYSTEM: System = process.platform === "win32"
  ? "windows"
  : process.platform === "darwin"
  ? "darwin"
  : "linux";

const versions = process.versions as Record<string, string>;

/** The engine that runs this program. */
export const ENGINE = "bun" in versions
  ? "bun"
  : "deno" in versions
  ? "deno"
  : "node";

/** The engine and what it was built for, in the words of the archives. */
export function describeRuntime(): Runtime {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const report = process.report.getReport() as {
    header?: { glibcVersionRuntime?: string };
  };
  const isMusl = system === "linux" &&
    report.header?.glibcVersionRuntime === undefined;
  return {
    engine: `${ENGINE} ${versions[ENGINE]}`,
    target: `${system}-${process.arch}${isMusl ? "-musl" : ""}`,
  };
}

/** What the system answers; `fallback` on any error: Deno's have no code. */
export function orElse<T>(act: () => T, fallback: T): T {
  try {
    return act();
  } catch {
    return fallback;
  }
}

/** The machine's clock. */
export const systemClock: Clock = {
  nowUs,
  elapsedMs: () => performance.now(),
  sleep,
  pause,
};

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
