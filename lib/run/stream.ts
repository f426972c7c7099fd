/**
 * A session that is reported by lines on standard input. The newest progress is
 * on disk within 100 ms, errors and ends at once. If the input, or the process
 * behind it, ends without a word, the stream ends the session. It sends no
 * heartbeat of its own, so that a producer that hangs is noticed.
 */
import { explain, warn } from "../errors.ts";
import type {
  Clock,
  Input,
  Platform,
  SignalName,
} from "../platform/platform.ts";
import { endSignals } from "../platform/signals.ts";
import { livenessOfOwner, processInspector } from "../process/owners.ts";
import { openProcesses } from "../process/processes.ts";
import { sanitize } from "../report/sanitize.ts";
import type { Owner } from "../session/types.ts";
import type { SessionTracker } from "../tracker.ts";
import { EventQueue, type SessionOutcome } from "./event_queue.ts";
import { type BadLine, LineScanner, type Urgent } from "./line_scanner.ts";

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
  stopAt: "input-end" | "session-end";
}

/** How a stream ended. */
export interface StreamEnd {
  outcome: SessionOutcome;
  /** Everything that was reported is recorded. */
  isComplete: boolean;
  /** The signal that ended the stream; null if none did. */
  signal: SignalName | null;
}

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
    platform.onSignal(name, () => stream.interrupt(name))
  );
  try {
    return await stream.run();
  } finally {
    for (const release of releases) release();
  }
}

/** Handles what has happened; false if the stream is over. */
type Step = () => boolean | Promise<boolean>;

class Stream {
  readonly #platform: Platform;
  readonly #options: StreamOptions;
  readonly #warn: (text: string) => void;
  readonly #scanner = new LineScanner();
  readonly #badLines: BadLines;
  readonly #queue: EventQueue;
  readonly #input: AsyncIterator<Uint8Array>;
  readonly #stop = new AbortController();
  /** What is to be done, in order. */
  readonly #steps: Step[] = [];
  #wake: (() => void) | null = null;
  #writtenMs = -Infinity;
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
    this.#warn = (text) => warn(platform, sanitize(text));
    this.#badLines = new BadLines(platform.clock, this.#warn);
    this.#queue = new EventQueue(options.tracker, this.#warn);
    this.#input = input.chunks()[Symbol.asyncIterator]();
  }

  async run(): Promise<StreamEnd> {
    const { owner } = this.#options;
    if (owner !== null) this.#then(() => this.#checkOwner(owner));
    this.#read();
    try {
      while (await (await this.#nextStep())());
      await this.#finish();
    } finally {
      this.#stop.abort();
      // A read that never returns must not delay the end.
      void this.#input.return?.().catch(() => {});
    }
    this.#queue.close();
    this.#badLines.close();
    const { outcome, isWaiting } = this.#queue;
    const signal = outcome.kind === "completed" ? null : this.#signal;
    return { outcome, isComplete: !isWaiting, signal };
  }

  /** Ends the stream by a signal: soon, or at once if it is the second. */
  interrupt(name: SignalName): void {
    this.#then(() => {
      if (this.#options.owner !== null && name !== "SIGTERM") return true;
      if (this.#signal !== null) return false;
      this.#signal = name;
      this.#reason = `the stream was ended by ${name}`;
      this.#after(SIGNAL_GRACE_MS, () => false);
      return true;
    });
  }

  #then(step: Step): void {
    this.#steps.push(step);
    this.#wake?.();
  }

  #after(ms: number, step: Step): void {
    this.#platform.clock.sleep(ms, this.#stop.signal)
      .then(() => this.#then(step));
  }

  async #nextStep(): Promise<Step> {
    while (this.#steps.length === 0) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.#steps.shift()!;
  }

  /** One chunk at a time: it is only valid until the next is asked for. */
  #read(): void {
    this.#input.next().then(
      ({ done, value }) => this.#then(() => !done && this.#takeChunk(value)),
      (error) =>
        this.#then(() => {
          this.#reason = `the input could not be read: ${explain(error)}`;
          return false;
        }),
    );
  }

  async #takeChunk(bytes: Uint8Array): Promise<boolean> {
    if (!this.#isDraining) await this.#take(bytes);
    if (this.#mayLeave()) return false;
    this.#read();
    return true;
  }

  #mayLeave(): boolean {
    const { stopAt } = this.#options;
    return stopAt === "session-end" && this.#queue.outcome.kind !== "running";
  }

  #checkOwner(owner: Owner): boolean {
    const inspector = processInspector(this.#platform);
    if (livenessOfOwner(inspector, owner) !== "gone") {
      this.#after(OWNER_MS, () => this.#checkOwner(owner));
      return true;
    }
    this.#signal = null;
    this.#reason = `process ${owner.pid} is gone, without "complete" or "fail"`;
    this.#after(GONE_GRACE_MS, () => false);
    return true;
  }

  /** Reads a chunk, and records what cannot wait. */
  async #take(bytes: Uint8Array): Promise<void> {
    this.#scanner.push(bytes);
    for (;;) {
      const urgent = this.#scanner.next();
      if (urgent === null) break;
      await this.#takeUrgent(urgent);
      if (this.#isDraining) return;
    }
    if (!this.#scanner.hasHeartbeat) return;
    if (!this.#queue.isOpen) return this.#drain();
    const nowMs = this.#platform.clock.elapsedMs();
    const restMs = INTERVAL_MS - (nowMs - this.#writtenMs);
    if (restMs > 0) this.#writeAfter(restMs);
    else await this.#write();
  }

  async #takeUrgent(urgent: Urgent): Promise<void> {
    if (!this.#queue.isOpen) return this.#drain();
    if (urgent.kind === "bad") return this.#badLines.add(urgent);
    this.#queueHeartbeat();
    if (urgent.kind !== "full") this.#queue.add(urgent);
    await this.#write();
  }

  /** What comes after the end is read, so that no write of it fails. */
  #drain(): void {
    this.#isDraining = true;
    if (this.#queue.outcome.kind === "lost") return;
    this.#warn("Cannot record what comes after the session's end");
  }

  #queueHeartbeat(): void {
    const heartbeat = this.#scanner.take();
    if (heartbeat !== null) this.#queue.add(heartbeat);
  }

  async #write(): Promise<void> {
    this.#queueHeartbeat();
    await this.#queue.flush();
    this.#writtenMs = this.#platform.clock.elapsedMs();
    if (this.#queue.isWaiting) this.#writeAfter(RETRY_MS);
  }

  #writeAfter(ms: number): void {
    if (this.#isWriteDue) return;
    this.#isWriteDue = true;
    this.#after(ms, async () => {
      this.#isWriteDue = false;
      await this.#write();
      return !this.#mayLeave();
    });
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

const LINES_PER_SECOND = 5;
const SECOND_MS = 1_000;
/** How much of a bad line is shown, in characters. */
const SHOWN = 60;

/** Warns of a few bad lines a second, whatever the producer writes. */
class BadLines {
  readonly #clock: Clock;
  readonly #warn: (text: string) => void;
  #secondMs = -Infinity;
  #shownNow = 0;
  #count = 0;
  #shown = 0;

  constructor(clock: Clock, warn: (text: string) => void) {
    this.#clock = clock;
    this.#warn = warn;
  }

  /** Warns of a line that could not be read, if the rate allows it. */
  add({ lineNumber, text, why }: BadLine): void {
    const nowMs = this.#clock.elapsedMs();
    if (nowMs - this.#secondMs >= SECOND_MS) {
      this.#secondMs = nowMs;
      this.#shownNow = 0;
    }
    this.#count++;
    if (this.#shownNow === LINES_PER_SECOND) return;
    this.#shownNow++;
    this.#shown++;
    const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    this.#warn(`Cannot read line ${lineNumber}, "${shown}": ${why}`);
  }

  /** Says how many bad lines were left out. */
  close(): void {
    const leftOut = this.#count - this.#shown;
    if (leftOut === 0) return;
    this.#warn(
      `${this.#count} lines could not be read; ` +
        `${leftOut} of them are not shown`,
    );
  }
}
