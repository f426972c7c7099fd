/**
 * Passes on the output of a command, byte for byte, and meanwhile keeps its
 * last lines, reads its progress, and notes when something was last written.
 */
import { OutputClosedError } from "../errors.ts";
import type {
  Child,
  Clock,
  Output,
  Pipe,
  Platform,
} from "../platform/platform.ts";
import { ProgressReader } from "./progress.ts";

/** Once the command has ended, silence this long is the end of its output … */
const GRACE_MS = 300;
/** … and so are this many milliseconds, whoever still writes. */
const DRAIN_MS = 2_000;
/** More than this cannot have been in a pipe when the command ended, bytes. */
const PIPE_CAPACITY = 1024 * 1024;

/** What is read out of the output. */
export interface CaptureOptions {
  progress: RegExp | null;
  /** Called with each new percentage. */
  onProgress: (percent: number) => void;
  /** Called if a stream cannot be passed on; its pipe is closed then. */
  onProblem: (problem: string) => void;
}

/** Passes on both output streams of a command. */
export class Capture {
  readonly #clock: Clock;
  readonly #options: CaptureOptions;
  readonly #tails = [new Tail(), new Tail()] as const;
  readonly #pipes: readonly Pipe[];
  readonly #passing: Promise<unknown>;
  #isDone = false;
  /** Bytes that went through since the command has ended. */
  #bytesAfterEnd: number | null = null;
  #unsent = 0;
  /** How long our reader has kept us waiting, and since when it does. */
  #blockedMs = 0;
  #blockedSinceMs = 0;
  #lastOutputMs: number;
  /** Why output could not be passed on; null if all of it was. */
  problem: string | null = null;

  constructor(platform: Platform, child: Child, options: CaptureOptions) {
    this.#clock = platform.clock;
    this.#options = options;
    this.#pipes = [child.stdout!, child.stderr!];
    this.#lastOutputMs = platform.clock.elapsedMs();
    this.#passing = Promise.all([
      this.#pass(child.stdout!, platform.stdout, this.#tails[0]),
      this.#pass(child.stderr!, platform.stderr, this.#tails[1]),
    ]).then(() => this.#isDone = true);
  }

  /**
   * When the command last wrote anything, as the clock's elapsed milliseconds.
   * While our reader is slow to take it, the command has not fallen silent.
   */
  get lastOutputMs(): number {
    return this.#unsent > 0 ? this.#clock.elapsedMs() : this.#lastOutputMs;
  }

  /**
   * The last lines of standard output, then those of standard error: 16 KiB
   * together. Each has half of it, and what the other does not need.
   */
  tail(): string[] {
    const [output, errors] = this.#tails.map((tail) => tail.lines());
    return [...beside(output!, errors!), ...beside(errors!, output!)];
  }

  /**
   * Waits, after the command's end, until all that it wrote is passed on, or
   * `signal` aborts. What it left behind may hold the pipes open, and write, for
   * ever. A slow reader has longer than that: `readerMs` at least.
   */
  async finish(readerMs: number, signal: AbortSignal): Promise<void> {
    const endMs = this.#clock.elapsedMs();
    const blockedMs = this.#blockedUntilNow();
    this.#bytesAfterEnd = 0;
    this.#lastOutputMs = endMs;
    while (!this.#isDone && !signal.aborted) {
      const nowMs = this.#clock.elapsedMs();
      const quietMs = nowMs - this.#lastOutputMs;
      const isQuiet = this.#unsent === 0 && quietMs >= GRACE_MS;
      const readingMs = nowMs - endMs - (this.#blockedUntilNow() - blockedMs);
      const leftMs = Math.min(
        DRAIN_MS - readingMs,
        Math.max(DRAIN_MS, readerMs) - (nowMs - endMs),
      );
      const isTooMuch = this.#bytesAfterEnd > PIPE_CAPACITY;
      if (isQuiet || leftMs <= 0 || isTooMuch) break;
      await this.#passFor(
        Math.min(leftMs, Math.max(10, GRACE_MS - quietMs)),
        signal,
      );
    }
    for (const pipe of this.#pipes) pipe.close();
  }

  /** Passes output on for so long, or until its end, or until it is aborted. */
  async #passFor(ms: number, signal: AbortSignal): Promise<void> {
    const pause = new AbortController();
    const stop = () => pause.abort();
    signal.addEventListener("abort", stop);
    await Promise.race([this.#passing, this.#clock.sleep(ms, pause.signal)]);
    signal.removeEventListener("abort", stop);
    stop();
  }

  #blockedUntilNow(): number {
    return this.#unsent === 0
      ? this.#blockedMs
      : this.#blockedMs + this.#clock.elapsedMs() - this.#blockedSinceMs;
  }

  async #pass(pipe: Pipe, output: Output, tail: Tail): Promise<void> {
    const { progress, onProgress } = this.#options;
    const reader = progress === null
      ? null
      : new ProgressReader(progress, () => this.#clock.elapsedMs());
    const tell = (percent: number | null = null) => {
      if (percent !== null) onProgress(percent);
    };
    for (;;) {
      const bytes = await pipe.read();
      if (bytes === null) return tell(reader?.readRest());
      this.#lastOutputMs = this.#clock.elapsedMs();
      if (this.#bytesAfterEnd !== null) this.#bytesAfterEnd += bytes.length;
      tail.add(bytes);
      tell(reader?.read(bytes));
      if (!await this.#send(output, bytes)) return pipe.close();
    }
  }

  /** False if it cannot be written any more: the command then gets SIGPIPE. */
  async #send(output: Output, bytes: Uint8Array): Promise<boolean> {
    if (this.#unsent++ === 0) this.#blockedSinceMs = this.#clock.elapsedMs();
    try {
      await output.send(bytes);
      return true;
    } catch (error) {
      if (!(error instanceof OutputClosedError)) {
        this.problem = (error as Error).message;
        this.#options.onProblem(this.problem);
      }
      return false;
    } finally {
      this.#blockedMs = this.#blockedUntilNow();
      this.#blockedSinceMs = this.#lastOutputMs = this.#clock.elapsedMs();
      this.#unsent--;
    }
  }
}

/** Bytes of each stream that are kept. */
const TAIL_BYTES = 16 * 1024;
/** Characters of each line that are kept. */
const LINE_LENGTH = 1_000;

/** The last bytes that went through a stream. */
export class Tail {
  /** The newest byte stands at the end. */
  readonly #room = new Uint8Array(TAIL_BYTES);
  #total = 0;

  /** Adds the next bytes. */
  add(bytes: Uint8Array): void {
    const kept = bytes.subarray(-TAIL_BYTES);
    this.#room.copyWithin(0, kept.length);
    this.#room.set(kept, TAIL_BYTES - kept.length);
    this.#total += bytes.length;
  }

  /** The last lines, the newest last; each may be cut. */
  lines(): string[] {
    const bytes = this.#room.subarray(Math.max(0, TAIL_BYTES - this.#total));
    // A carriage return starts a line again: only its last version counts.
    const lines = new TextDecoder().decode(bytes).split("\n")
      .map((line) => line.replace(/\r+$/, "").split("\r").at(-1)!);
    if (lines.at(-1) === "") lines.pop();
    if (this.#total > TAIL_BYTES && lines.length > 1) lines.shift();
    return lines.map((line) => line.slice(0, LINE_LENGTH));
  }
}

/** The last lines that fit beside those of the other stream. */
function beside(lines: string[], others: string[]): string[] {
  let room = Math.max(TAIL_BYTES / 2, TAIL_BYTES - sizeOf(others));
  const last = lines.findLastIndex((line) => (room -= sizeOf([line])) < 0);
  return lines.slice(last + 1);
}

/** In bytes, each line with its end. */
function sizeOf(lines: string[]): number {
  return new TextEncoder().encode(lines.join("\n")).length + 1;
}
