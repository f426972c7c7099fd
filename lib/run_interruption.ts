/** What ends `run` from outside: a signal, or an exception nobody catches. */
import type { Platform } from "./platform/platform.ts";
import { endSignals } from "./platform/signals.ts";

/** What `run` throws when a signal ended it. */
export class InterruptedError extends Error {
  /** Such as SIGINT. */
  readonly signal: string;

  /** An interruption by a signal. */
  constructor(signal: string) {
    super(`Interrupted by ${signal}`);
    this.name = "InterruptedError";
    this.signal = signal;
  }
}

/** The runs that go on, each by what interrupts it; they share handlers. */
const runs = new Set<(reason: unknown) => void>();
let removeHandlers: () => void = () => {};

/** Rejects at the first signal or uncaught exception, until it is released. */
export function awaitInterruption(
  platform: Platform,
): { promise: Promise<never>; release: () => void } {
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<never>((_, no) => reject = no);
  if (runs.size === 0) removeHandlers = handleInterruptions(platform);
  runs.add(reject);
  const release = () => {
    runs.delete(reject);
    if (runs.size === 0) removeHandlers();
  };
  return { promise, release };
}

function handleInterruptions(platform: Platform): () => void {
  const interrupt = (reason: unknown) =>
    runs.forEach((reject) => reject(reason));
  const releases = endSignals(platform.system).map((signal) =>
    platform.onSignal(signal, () => interrupt(new InterruptedError(signal)))
  );
  releases.push(platform.onUncaught(interrupt));
  return () => releases.forEach((release) => release());
}
