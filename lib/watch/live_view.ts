/**
 * The live view: draws a dashboard on the terminal's alternate screen. Once it
 * is closed, and while Ctrl-Z stops the program, the terminal is as it was.
 */
import type { Input, Platform } from "../platform/platform.ts";
import {
  endSignals,
  exitCodeOfSignal,
  type SignalName,
} from "../platform/signals.ts";
import {
  type Board,
  onKey,
  pageRows,
  render,
  settle,
  type Size,
  textBoard,
} from "./view.ts";

const REDRAW_MS = 1_000;
const USUAL_SIZE: Size = { columns: 80, rows: 24 };

/** The title is saved, and restored at the end. */
const ENTER = "\x1b[22;2t\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
const LEAVE = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l\x1b[23;2t";

/** The view; it must be closed, whatever happens. */
export class LiveView {
  readonly #platform: Platform;
  readonly #input: Input;
  readonly #closed = new AbortController();
  readonly #left = new AbortController();
  readonly #releases: (() => void)[] = [];
  #board: Board = textBoard("");
  #top = 0;
  #signalExitCode: number | null = null;
  #failure: unknown = null;
  /** Whether the alternate screen is shown, and what is on it. */
  #isEntered = false;
  #shown: readonly string[] = [];
  #title = "";
  #stopKeys: (() => void) | null = null;

  constructor(platform: Platform, input: Input) {
    this.#platform = platform;
    this.#input = input;
  }

  /** Aborts when the person, or a signal, wants the view to end. */
  get signal(): AbortSignal {
    return this.#left.signal;
  }

  /** The exit code for the signal that ended it; null if none did. */
  get signalExitCode(): number | null {
    return this.#signalExitCode;
  }

  /** Takes the terminal over. */
  open(): void {
    const { system } = this.#platform;
    const on = (signal: SignalName, handler: () => void) => {
      const guarded = () => this.#guard(handler);
      try {
        this.#releases.push(this.#platform.onSignal(signal, guarded));
      } catch (error) {
        // Windows does not know all of them, and none of those can arrive.
        if (system !== "windows") throw error;
      }
    };
    on("SIGWINCH", () => this.#drawAll());
    on("SIGTSTP", () => this.#suspend());
    on("SIGCONT", () => this.#resume());
    const ends: SignalName[] = [...endSignals(system), "SIGQUIT"];
    for (const signal of ends) on(signal, () => this.#interrupt(signal));
    this.#enter();
    this.#redraw().catch((error) => this.#fail(error));
  }

  show(board: Board): void {
    this.#board = board;
    this.#draw();
  }

  /** Gives the terminal back. Throws what went wrong with drawing. */
  close(): void {
    this.#closed.abort();
    for (const release of this.#releases.splice(0)) release();
    this.#leave();
    if (this.#failure !== null && this.#signalExitCode === null) {
      throw this.#failure;
    }
  }

  #size(): Size {
    return this.#platform.stdout.size() ?? USUAL_SIZE;
  }

  #onKey(key: string): void {
    const effect = onKey(this.#top, key, pageRows(this.#size()));
    if (effect === "quit") return this.#left.abort();
    if (effect === "interrupt") return this.#interrupt("SIGINT");
    if (effect === "suspend") return this.#suspend();
    this.#top = effect;
    this.#draw();
  }

  async #redraw(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      await this.#platform.clock.sleep(REDRAW_MS, signal);
      if (!signal.aborted) this.#draw();
    }
  }

  #drawAll(): void {
    this.#shown = [];
    if (this.#isEntered) this.#platform.stdout.write("\x1b[2J");
    this.#draw();
  }

  #draw(): void {
    if (!this.#isEntered) return;
    const size = this.#size();
    const { title } = this.#board;
    this.#top = settle(this.#top, this.#board, size);
    const lines = render(this.#top, this.#board, size).slice(0, size.rows);
    let text = title === this.#title ? "" : `\x1b]2;${title}\x07`;
    const height = Math.max(lines.length, this.#shown.length);
    for (let row = 0; row < height; row++) {
      const line = lines[row] ?? "";
      if (line !== this.#shown[row]) text += `\x1b[${row + 1};1H\x1b[2K${line}`;
    }
    this.#title = title;
    this.#shown = lines;
    if (text !== "") this.#platform.stdout.write(text);
  }

  #enter(): void {
    const { stdout } = this.#platform;
    stdout.write(ENTER);
    this.#isEntered = true;
    this.#shown = [];
    this.#title = "";
    if (!this.#input.isTerminal) return;
    this.#stopKeys = this.#input.listen((chunk) =>
      this.#guard(() => splitKeys(chunk).forEach((key) => this.#onKey(key)))
    );
  }

  #leave(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    try {
      this.#stopKeys?.();
      this.#platform.stdout.write(LEAVE);
    } catch {
      // A terminal that is gone needs nothing restored.
    }
    this.#stopKeys = null;
  }

  /** Stops the program, as Ctrl-Z does; returns when it continues. */
  #suspend(): void {
    this.#leave();
    this.#platform.systemCalls.kill(this.#platform.pid, "SIGSTOP");
    this.#resume();
  }

  /** After SIGSTOP from outside the terminal's modes may be anything. */
  #resume(): void {
    this.#leave();
    this.#enter();
    this.#draw();
  }

  #interrupt(signal: SignalName): void {
    this.#signalExitCode ??= exitCodeOfSignal(signal);
    this.#left.abort();
  }

  /** An error in a handler would end the program with a stack trace. */
  #guard(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (!this.signal.aborted) this.#failure = error;
    this.#left.abort();
  }
}

/** Splits what the keyboard sent: several keys may come at once. */
export function splitKeys(chunk: string): string[] {
  // deno-lint-ignore no-control-regex
  return chunk.match(/\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Za-z]|[\s\S]/gu) ?? [];
}
