/**
 * A session told by lines: reads standard input to its end, has the newest
 * progress on disk within a tenth of a second, errors and ends at once, and
 * ends the session when the input, or the process behind it, ends without a
 * word. Sends no heartbeat of its own: a producer that hangs must show.
 */
import { explain } from "../errors.ts";
import type { Platform, SignalName } from "../platform/platform.ts";
import { lookAtOwner } from "../process/owners.ts";
import type { Owner } from "../session/types.ts";
import type { SessionTracker } from "../tracker.ts";
import { RateLimitedWarnings } from "./rate_limited_warnings.ts";
import { EventQueue, type SessionOutcome } from "./event_queue.ts";
import { LineScanner, type Urgent } from "./stream_lines.ts";

/** Between two heartbeats that are written: with the writing, within 100. */
const INTERVAL_MS = 80;
/** Until the next try when nothing can be written. */
const RETRY_MS = 1_000;
/** How often the process behind the input is looked at. */
const OWNER_MS = 500;
/** For the last words of a process that is gone: they are in the pipe. */
const GONE_GRACE_MS = 100;
/** For the last words of a producer that got the same signal. */
const SIGNAL_GRACE_MS = 500;

/** How a stream goes about it. */
export interface StreamOptions {
  /** A session that runs. */
  tracker: SessionTracker;
  /** The process behind the input, looked at; null: only the input tells. */
  owner: Owner | null;
  /** What an input that ends without a word does to the session. */
  withoutEnd: "fail" | "detach";
  /** When to stop reading. */
  leave: "after-input" | "at-end";
}

/** What a stream ended with. */
export interface StreamEnd {
  fate: SessionOutcome;
  /** Everything that was said is recorded. */
  isComplete: boolean;
  /** The signal by which somebody ended the stream; null if none did. */
  signal: SignalName | null;
}

type Happening =
  | { kind: "chunk"; bytes: Uint8Array }
  | { kind: "over"; problem: string | null }
  | { kind: "due" }
  | { kind: "gone" }
  | { kind: "signal"; name: SignalName }
  | { kind: "grace" };

/** Why no more is read than what is there already. */
type Stopping =
  | { kind: "gone"; pid: number }
  | { kind: "signal"; name: SignalName };

/** Reads standard input to the session's end, or its own. */
export async function runStream(
  platform: Platform,
  options: StreamOptions,
): Promise<StreamEnd> {
  const signals = await signalsOf(platform, options.owner);
  const stream = new Stream(platform, options);
  const releases = signals.map((name) =>
    platform.onSignal(name, () => stream.post({ kind: "signal", name }))
  );
  try {
    return await stream.run();
  } finally {
    for (const release of releases) release();
  }
}

/** Those that end us; whoever made us ignore one knew why. */
async function signalsOf(
  platform: Platform,
  owner: Owner | null,
): Promise<SignalName[]> {
  if (platform.system === "windows") return ["SIGINT"];
  const processes = await platform.processes().catch(() => null);
  const names: SignalName[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  // An owner that is looked at decides itself what Ctrl-C does to it.
  return names.filter((name) =>
    processes?.isIgnored(name) !== true || (owner !== null && name === "SIGINT")
  );
}

class Stream {
  readonly #platform: Platform;
  readonly #options: StreamOptions;
  readonly #scanner = new LineScanner();
  readonly #complaints: RateLimitedWarnings;
  readonly #outbox: EventQueue;
  readonly #input: AsyncIterator<Uint8Array>;
  readonly #stop = new AbortController();
  readonly #happened: Happening[] = [];
  #wake: (() => void) | null = null;
  #writtenUs = -Infinity;
  #isArmed = false;
  #stopping: Stopping | null = null;
  #problem: string | null = null;
  /** That lines came after the end has been said. */
  #isDraining = false;

  constructor(platform: Platform, options: StreamOptions) {
    this.#platform = platform;
    this.#options = options;
    this.#complaints = new RateLimitedWarnings(platform);
    this.#outbox = new EventQueue(options.tracker, this.#complaints);
    this.#input = platform.stdin.chunks()[Symbol.asyncIterator]();
  }

  /** Tells the stream what happened; `run` sees to it. */
  post(happening: Happening): void {
    this.#happened.push(happening);
    this.#wake?.();
  }

  async run(): Promise<StreamEnd> {
    const { owner } = this.#options;
    if (owner !== null) this.#watch(owner);
    this.#read();
    try {
      while (await this.#handle(await this.#next()));
      await this.#finish();
    } finally {
      this.#stop.abort();
      // A read that waits for ever must not keep us.
      void this.#input.return?.().catch(() => {});
    }
    this.#outbox.close();
    this.#complaints.close();
    const isEndedBySignal = this.#stopping?.kind === "signal" &&
      this.#outbox.fate.kind !== "completed";
    return {
      fate: this.#outbox.fate,
      isComplete: !this.#outbox.isWaiting,
      signal: isEndedBySignal && this.#stopping?.kind === "signal"
        ? this.#stopping.name
        : null,
    };
  }

  async #next(): Promise<Happening> {
    while (this.#happened.length === 0) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#happened.shift()!;
  }

  /** One chunk at a time: it is only valid until the next is asked for. */
  #read(): void {
    this.#input.next().then(
      ({ done, value }) =>
        this.post(
          done
            ? { kind: "over", problem: null }
            : { kind: "chunk", bytes: value },
        ),
      (error) => this.post({ kind: "over", problem: explain(error) }),
    );
  }

  async #watch(owner: Owner): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      if (lookAtOwner(this.#platform, owner) === "gone") break;
      await this.#platform.clock.sleep(OWNER_MS, signal);
      if (signal.aborted) return;
    }
    this.post({ kind: "gone" });
  }

  /** Sees to what happened; false when nothing more is to come. */
  async #handle(happening: Happening): Promise<boolean> {
    switch (happening.kind) {
      case "chunk":
        await this.#take(happening.bytes);
        if (this.#hasLeft()) return false;
        this.#read();
        return true;
      case "over":
        this.#problem = happening.problem;
        return false;
      case "due":
        this.#isArmed = false;
        await this.#write();
        return !this.#hasLeft();
      case "gone": {
        const pid = this.#options.owner!.pid;
        this.#stopSoon({ kind: "gone", pid }, GONE_GRACE_MS);
        return true;
      }
      case "signal":
        return this.#interrupt(happening.name);
      case "grace":
        return false;
    }
  }

  #interrupt(name: SignalName): boolean {
    if (this.#options.owner !== null && name !== "SIGTERM") return true;
    if (this.#stopping?.kind === "signal") return false;
    this.#stopSoon({ kind: "signal", name }, SIGNAL_GRACE_MS);
    return true;
  }

  #stopSoon(stopping: Stopping, graceMs: number): void {
    this.#stopping = stopping;
    this.#platform.clock.sleep(graceMs, this.#stop.signal)
      .then(() => this.post({ kind: "grace" }));
  }

  #hasLeft(): boolean {
    return this.#options.leave === "at-end" &&
      this.#outbox.fate.kind !== "running";
  }

  /** Reads a chunk, and writes what cannot wait. */
  async #take(bytes: Uint8Array): Promise<void> {
    if (this.#isDraining) return;
    this.#scanner.push(bytes);
    for (;;) {
      const urgent = this.#scanner.next();
      if (urgent === null) break;
      if (urgent.kind === "bad" && this.#outbox.isOpen) {
        this.#complaints.bad(urgent);
      } else await this.#takeUrgent(urgent);
      if (this.#isDraining) return;
    }
    if (!this.#scanner.hasHeartbeat) return;
    if (!this.#outbox.isOpen) return this.#drain();
    const nowUs = this.#platform.clock.nowUs();
    const restMs = INTERVAL_MS - Math.abs(nowUs - this.#writtenUs) / 1000;
    if (restMs > 0) this.#arm(restMs);
    else await this.#write();
  }

  async #takeUrgent(urgent: Urgent): Promise<void> {
    if (!this.#outbox.isOpen) return this.#drain();
    if (urgent.kind === "bad") return this.#complaints.bad(urgent);
    const heartbeat = this.#scanner.take();
    if (heartbeat !== null) this.#outbox.add(heartbeat);
    if (urgent.kind !== "full") this.#outbox.add(urgent);
    await this.#write();
  }

  /** What comes after the end is read, so that no write of it fails. */
  #drain(): void {
    this.#isDraining = true;
    if (this.#outbox.fate.kind === "lost") return;
    this.#complaints.say("Cannot record what comes after the session's end");
  }

  async #write(): Promise<void> {
    const heartbeat = this.#scanner.take();
    if (heartbeat !== null) this.#outbox.add(heartbeat);
    await this.#outbox.flush();
    this.#writtenUs = this.#platform.clock.nowUs();
    if (this.#outbox.isWaiting) this.#arm(RETRY_MS);
  }

  #arm(ms: number): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#platform.clock.sleep(ms, this.#stop.signal)
      .then(() => this.post({ kind: "due" }));
  }

  /** The last line may have no end; then the session ends, if it is to. */
  async #finish(): Promise<void> {
    const last = this.#isDraining ? null : this.#scanner.finish();
    if (last !== null) await this.#takeUrgent(last);
    await this.#write();
    if (this.#options.withoutEnd === "detach" || !this.#outbox.isOpen) return;
    this.#outbox.add({ kind: "fail", text: this.#reason(), outputFiles: [] });
    await this.#write();
  }

  #reason(): string {
    const without = 'without "complete" or "fail"';
    if (this.#problem !== null) {
      return `the input could not be read: ${this.#problem}`;
    }
    switch (this.#stopping?.kind) {
      case "gone":
        return `process ${this.#stopping.pid} is gone, ${without}`;
      case "signal":
        return `the stream was ended by ${this.#stopping.name}`;
      default:
        return `the input ended ${without}: its producer is gone`;
    }
  }
}
