/**
 * Output that goes through us: passed on as it comes, byte for byte, while its
 * end is remembered, progress is read from it, and silence is noticed.
 */
import { OutputClosedError } from "../errors.ts";
import type { Clock, Output, Platform } from "../platform/platform.ts";
import type { Child, Pipe } from "../platform/processes.ts";
import { ProgressReader } from "./progress.ts";
import { Tail } from "./tail.ts";

/** Once the command has ended, silence this long is the end of its output. */
const GRACE_MS = 300;
/** More than this cannot have been in a pipe when the command ended. */
const PIPE_ROOM = 1024 * 1024;

/** What is read out of the output. */
export interface CaptureOptions {
  progress: RegExp | null;
  /** Called with each new percentage. */
  onProgress: (percent: number) => void;
  /** Called if a stream cannot be passed on; it is given up then. */
  onProblem: (error: Error) => void;
}

/** Passes on both streams of a command. */
export class Capture {
  readonly #clock: Clock;
  readonly #options: CaptureOptions;
  readonly #tails = [new Tail(), new Tail()] as const;
  readonly #pipes: readonly Pipe[];
  readonly #passing: Promise<unknown>;
  #isDone = false;
  /** Bytes that went through since the command has ended. */
  #afterEnd: number | null = null;
  #unsent = 0;
  #lastOutputUs: number;

  /** Null if the command's output is not captured. */
  static of(
    platform: Platform,
    child: Child,
    options: CaptureOptions,
  ): Capture | null {
    const { stdout, stderr } = child;
    if (stdout === null || stderr === null) return null;
    return new Capture(platform, [stdout, stderr], options);
  }

  private constructor(
    platform: Platform,
    pipes: readonly [Pipe, Pipe],
    options: CaptureOptions,
  ) {
    this.#clock = platform.clock;
    this.#options = options;
    this.#pipes = pipes;
    this.#lastOutputUs = platform.clock.nowUs();
    this.#passing = Promise.all([
      this.#pass(pipes[0], platform.stdout, this.#tails[0]),
      this.#pass(pipes[1], platform.stderr, this.#tails[1]),
    ]).then(() => this.#isDone = true);
  }

  /**
   * When the command last wrote anything, microseconds since 1970. While
   * somebody takes his time to read it, the command has not fallen silent.
   */
  get lastOutputUs(): number {
    return this.#unsent > 0 ? this.#clock.nowUs() : this.#lastOutputUs;
  }

  /** The last lines of standard output, then those of standard error. */
  tail(): string[] {
    return this.#tails.flatMap((tail) => tail.lines());
  }

  /**
   * Waits, after the command's end, until all that it wrote is passed on. A
   * daemon that it left behind may hold the pipes open for ever.
   */
  async finish(): Promise<void> {
    this.#afterEnd = 0;
    this.#lastOutputUs = this.#clock.nowUs();
    while (!this.#isDone) {
      const nowUs = this.#clock.nowUs();
      const quietMs = (nowUs - this.#lastOutputUs) / 1000;
      const isQuiet = this.#unsent === 0 && quietMs >= GRACE_MS;
      if (isQuiet || this.#afterEnd > PIPE_ROOM) break;
      const patience = new AbortController();
      await Promise.race([
        this.#passing,
        this.#clock.sleep(
          Math.max(10, GRACE_MS - quietMs),
          patience.signal,
        ),
      ]);
      patience.abort();
    }
    for (const pipe of this.#pipes) pipe.close();
  }

  async #pass(pipe: Pipe, output: Output, tail: Tail): Promise<void> {
    const { progress, onProgress } = this.#options;
    const reader = progress === null
      ? null
      : new ProgressReader(progress, () => this.#clock.nowUs());
    const tell = (percent: number | null) => {
      if (percent !== null) onProgress(percent);
    };
    for (;;) {
      const bytes = await pipe.read();
      if (bytes === null) return tell(reader?.readRest() ?? null);
      this.#lastOutputUs = this.#clock.nowUs();
      if (this.#afterEnd !== null) this.#afterEnd += bytes.length;
      tail.add(bytes);
      tell(reader?.read(bytes) ?? null);
      if (!await this.#send(output, bytes)) return pipe.close();
    }
  }

  /** False if nobody takes it any more: then the command is told by SIGPIPE. */
  async #send(output: Output, bytes: Uint8Array): Promise<boolean> {
    this.#unsent++;
    try {
      await output.send(bytes);
      return true;
    } catch (error) {
      if (!(error instanceof OutputClosedError)) {
        this.#options.onProblem(error as Error);
      }
      return false;
    } finally {
      this.#unsent--;
      this.#lastOutputUs = this.#clock.nowUs();
    }
  }
}
