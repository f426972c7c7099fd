/**
 * The live view in a terminal: draws a dashboard on the alternate screen, again
 * on keys and resizes and each second, but only the rows that changed. Once
 * `close` has returned, and while Ctrl-Z stops the program, the terminal is as
 * it was.
 */
import type { Input, Platform } from "../platform/platform.ts";
import { exitCodeOfSignal, type SignalName } from "../platform/signals.ts";
import { type ExitReason, takeSignal } from "./interruption.ts";
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
const ENDS: readonly SignalName[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

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
  #exitReason: ExitReason | null = null;
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

  /** Why the view was left; null if it was not. */
  get exitReason(): ExitReason | null {
    return this.#exitReason;
  }

  /** Takes the terminal over. */
  open(): void {
    const on = (signal: SignalName, handler: () => void) => {
      const guarded = () => this.#guard(handler);
      this.#releases.push(takeSignal(this.#platform, signal, guarded));
    };
    on("SIGWINCH", () => this.#drawAll());
    on("SIGTSTP", () => this.#suspend());
    on("SIGCONT", () => this.#enterAgain());
    for (const signal of ENDS) on(signal, () => this.#interrupt(signal));
    this.#enter();
    this.#redraw().catch((error) => this.#fail(error));
  }

  /** Shows a dashboard. */
  show(board: Board): void {
    this.#board = board;
    this.#draw();
  }

  /** Gives the terminal back. Throws what went wrong with drawing. */
  close(): void {
    this.#closed.abort();
    for (const release of this.#releases.splice(0)) release();
    this.#leave();
    if (this.#failure !== null && this.#exitReason === null) {
      throw this.#failure;
    }
  }

  #size(): Size {
    return this.#platform.stdout.size() ?? USUAL_SIZE;
  }

  #onKey(key: string): void {
    const effect = onKey(this.#top, key, pageRows(this.#size()));
    if (effect === "quit") return this.#end({ kind: "quit" });
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
    this.#enter();
    this.#draw();
  }

  /** After SIGSTOP from outside the terminal's modes may be anything. */
  #enterAgain(): void {
    if (!this.#isEntered) return;
    this.#leave();
    this.#enter();
    this.#draw();
  }

  #interrupt(signal: SignalName): void {
    this.#end({ kind: "signal", exitCode: exitCodeOfSignal(signal) });
  }

  #end(exitReason: ExitReason): void {
    this.#exitReason ??= exitReason;
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
    this.#failure = error;
    this.#left.abort();
  }
}

/** Splits what the keyboard sent: several keys may come at once. */
export function splitKeys(chunk: string): string[] {
  // deno-lint-ignore no-control-regex
  return chunk.match(/\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Za-z]|[\s\S]/gu) ?? [];
}
