/**
 * A session that is reported by lines on standard input. The newest progress is
 * on disk within 100 ms, errors and ends at once. If the input, or the process
 * behind it, ends without a word, the stream ends the session. It sends no
 * heartbeat of its own, so that a producer that hangs is noticed.
 */
import { explain } from "../errors.ts";
import type { Input, Platform, SignalName } from "../platform/platform.ts";
import { endSignals } from "../platform/signals.ts";
import { livenessOfOwner, processInspector } from "../process/owners.ts";
import { openProcesses } from "../process/processes.ts";
import type { Owner } from "../session/types.ts";
import type { SessionTracker } from "../tracker.ts";
import { EventQueue, type SessionOutcome } from "./event_queue.ts";
import { LineScanner, type Urgent } from "./line_scanner.ts";
import { RateLimitedWarnings } from "./rate_limited_warnings.ts";

/** Between two recorded heartbeats; with the time of writing, 100 at most. */
const INTERVAL_MS = 80;
/** Before the next try where nothing could be written. */
const RETRY_MS = 1_000;
/** Between two checks of the process behind the input. */
const OWNER_MS = 500;
/** For the last lines of a process that is gone: they are in the pipe. */
const GONE_GRACE_MS = 100;
/** For the last lines of a producer that got the same signal. */
const SIGNAL_GRACE_MS = 500;

/** What a stream reports, and when it ends. */
export interface StreamOptions {
  /** A session that runs. */
  tracker: SessionTracker;
  /** The process behind the input, which is checked; null if unknown. */
  owner: Owner | null;
  /** What becomes of the session if the input ends without a word. */
  withoutEnd: "fail" | "detach";
  /** When to stop reading. */
  leave: "after-input" | "at-end";
}

/** How a stream ended. */
export interface StreamEnd {
  outcome: SessionOutcome;
  /** Everything that was reported is recorded. */
  isComplete: boolean;
  /** The signal that ended the stream; null if none did. */
  signal: SignalName | null;
}

type StreamEvent =
  | { kind: "chunk"; bytes: Uint8Array }
  | { kind: "input-ended"; problem: string | null }
  | { kind: "write-due" }
  | { kind: "owner-check-due" }
  | { kind: "signal"; name: SignalName }
  | { kind: "grace-over" };

/** Reads standard input until it ends, or the session does. */
export async function runStream(
  platform: Platform,
  options: StreamOptions,
): Promise<StreamEnd> {
  const processes = openProcesses(platform);
  // One that was ignored at the start stays ignored, but an owner decides
  // itself what Ctrl-C does to it.
  const signals = endSignals(platform.system).filter((name) =>
    !processes.isIgnored(name) || options.owner !== null && name === "SIGINT"
  );
  const input = await platform.openInput();
  const stream = new Stream(platform, options, input);
  const releases = signals.map((name) =>
    platform.onSignal(name, () => stream.post({ kind: "signal", name }))
  );
  try {
    return await stream.run();
  } finally {
    for (const release of releases) release();
  }
}

class Stream {
  readonly #platform: Platform;
  readonly #options: StreamOptions;
  readonly #scanner = new LineScanner();
  readonly #warnings: RateLimitedWarnings;
  readonly #queue: EventQueue;
  readonly #input: AsyncIterator<Uint8Array>;
  readonly #stop = new AbortController();
  readonly #events: StreamEvent[] = [];
  #wake: (() => void) | null = null;
  #writtenUs = -Infinity;
  #isWriteDue = false;
  /** Lines came after the end: the rest is read and dropped. */
  #isDraining = false;
  /** The signal that ends the stream. */
  #signal: SignalName | null = null;
  /** Why the session fails if the input ends without a word. */
  #reason = 'the input ended without "complete" or "fail": its producer is ' +
    "gone";

  constructor(platform: Platform, options: StreamOptions, input: Input) {
    this.#platform = platform;
    this.#options = options;
    this.#warnings = new RateLimitedWarnings(platform);
    this.#queue = new EventQueue(options.tracker, this.#warnings);
    this.#input = input.chunks()[Symbol.asyncIterator]();
  }

  /** Tells the stream what happened; `run` handles it. */
  post(event: StreamEvent): void {
    this.#events.push(event);
    this.#wake?.();
  }

  async run(): Promise<StreamEnd> {
    if (this.#options.owner !== null) this.post({ kind: "owner-check-due" });
    this.#read();
    try {
      while (await this.#handle(await this.#next()));
      await this.#finish();
    } finally {
      this.#stop.abort();
      // A read that never returns must not delay the end.
      void this.#input.return?.().catch(() => {});
    }
    this.#queue.close();
    this.#warnings.close();
    const { outcome, isWaiting } = this.#queue;
    const signal = outcome.kind === "completed" ? null : this.#signal;
    return { outcome, isComplete: !isWaiting, signal };
  }

  async #next(): Promise<StreamEvent> {
    while (this.#events.length === 0) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#events.shift()!;
  }

  #postAfter(ms: number, event: StreamEvent): void {
    this.#platform.clock.sleep(ms, this.#stop.signal)
      .then(() => this.post(event));
  }

  /** One chunk at a time: it is only valid until the next is asked for. */
  #read(): void {
    this.#input.next().then(
      ({ done, value: bytes }) =>
        this.post(
          done
            ? { kind: "input-ended", problem: null }
            : { kind: "chunk", bytes },
        ),
      (error) => this.post({ kind: "input-ended", problem: explain(error) }),
    );
  }

  /** Handles an event; false if the stream is over. */
  async #handle(event: StreamEvent): Promise<boolean> {
    switch (event.kind) {
      case "chunk":
        await this.#take(event.bytes);
        if (this.#mayLeave()) return false;
        this.#read();
        return true;
      case "input-ended":
        if (event.problem !== null) {
          this.#reason = `the input could not be read: ${event.problem}`;
        }
        return false;
      case "write-due":
        this.#isWriteDue = false;
        await this.#write();
        return !this.#mayLeave();
      case "owner-check-due":
        this.#checkOwner(this.#options.owner!);
        return true;
      case "signal":
        return this.#interrupt(event.name);
      case "grace-over":
        return false;
    }
  }

  #mayLeave(): boolean {
    const { leave } = this.#options;
    return leave === "at-end" && this.#queue.outcome.kind !== "running";
  }

  #checkOwner(owner: Owner): void {
    const inspector = processInspector(this.#platform);
    if (livenessOfOwner(inspector, owner) !== "gone") {
      return this.#postAfter(OWNER_MS, { kind: "owner-check-due" });
    }
    this.#signal = null;
    this.#reason = `process ${owner.pid} is gone, without "complete" or "fail"`;
    this.#postAfter(GONE_GRACE_MS, { kind: "grace-over" });
  }

  #interrupt(name: SignalName): boolean {
    if (this.#options.owner !== null && name !== "SIGTERM") return true;
    if (this.#signal !== null) return false;
    this.#signal = name;
    this.#reason = `the stream was ended by ${name}`;
    this.#postAfter(SIGNAL_GRACE_MS, { kind: "grace-over" });
    return true;
  }

  /** Reads a chunk, and records what cannot wait. */
  async #take(bytes: Uint8Array): Promise<void> {
    if (this.#isDraining) return;
    this.#scanner.push(bytes);
    for (;;) {
      const urgent = this.#scanner.next();
      if (urgent === null) break;
      if (urgent.kind === "bad" && this.#queue.isOpen) {
        this.#warnings.addBadLine(urgent);
      } else await this.#takeUrgent(urgent);
      if (this.#isDraining) return;
    }
    if (!this.#scanner.hasHeartbeat) return;
    if (!this.#queue.isOpen) return this.#drain();
    const nowUs = this.#platform.clock.nowUs();
    const restMs = INTERVAL_MS - Math.abs(nowUs - this.#writtenUs) / 1000;
    if (restMs > 0) this.#writeAfter(restMs);
    else await this.#write();
  }

  async #takeUrgent(urgent: Urgent): Promise<void> {
    if (!this.#queue.isOpen) return this.#drain();
    if (urgent.kind === "bad") return this.#warnings.addBadLine(urgent);
    const heartbeat = this.#scanner.take();
    if (heartbeat !== null) this.#queue.add(heartbeat);
    if (urgent.kind !== "full") this.#queue.add(urgent);
    await this.#write();
  }

  /** What comes after the end is read, so that no write of it fails. */
  #drain(): void {
    this.#isDraining = true;
    if (this.#queue.outcome.kind === "lost") return;
    this.#warnings.add("Cannot record what comes after the session's end");
  }

  async #write(): Promise<void> {
    const heartbeat = this.#scanner.take();
    if (heartbeat !== null) this.#queue.add(heartbeat);
    await this.#queue.flush();
    this.#writtenUs = this.#platform.clock.nowUs();
    if (this.#queue.isWaiting) this.#writeAfter(RETRY_MS);
  }

  #writeAfter(ms: number): void {
    if (!this.#isWriteDue) this.#postAfter(ms, { kind: "write-due" });
    this.#isWriteDue = true;
  }

  /** The last line may have no end; then the session ends, if it is to. */
  async #finish(): Promise<void> {
    const last = this.#isDraining ? null : this.#scanner.finish();
    if (last !== null) await this.#takeUrgent(last);
    await this.#write();
    if (this.#options.withoutEnd === "detach" || !this.#queue.isOpen) return;
    this.#queue.add({ kind: "fail", text: this.#reason, outputFiles: [] });
    await this.#write();
  }
}
