/**
 * A terminal that is drawn on in place: the alternate screen, raw keys, and
 * signals. Only rows that changed are written again, each frame in one write.
 * Once `close` has returned, and while the program is stopped by Ctrl-Z, the
 * terminal is as it was before.
 */
import type { Platform } from "../platform/platform.ts";
import { exitCodeOfSignal, type SignalName } from "../platform/signals.ts";
import { takeSignal } from "./interruption.ts";
import type { Size } from "./view.ts";

/** What a screen needs of the machine. */
export type ScreenPlatform = Pick<
  Platform,
  "stdout" | "stdin" | "onSignal" | "system" | "systemCalls" | "pid"
>;

/** What a screen reports. */
export interface ScreenEvents {
  /** One key, an escape sequence as a whole. */
  key(key: string): void;
  /** The size changed, or the screen came back: draw again. */
  changed(): void;
  /** A signal asks the program to end with this exit code. */
  ended(exitCode: number): void;
  /** Drawing failed: the terminal is gone. */
  failed(error: unknown): void;
}

/** The title is saved, and restored at the end. */
const ENTER = "\x1b[22;2t\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
const LEAVE = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l\x1b[23;2t";
const USUAL_SIZE: Size = { columns: 80, rows: 24 };

const ENDS: readonly SignalName[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** The screen; nothing happens to the terminal before `open`. */
export class Screen {
  readonly #platform: ScreenPlatform;
  readonly #events: ScreenEvents;
  #shown: readonly string[] = [];
  #title = "";
  #stopKeys: (() => void) | null = null;
  readonly #releases: (() => void)[] = [];
  #isEntered = false;

  constructor(platform: ScreenPlatform, events: ScreenEvents) {
    this.#platform = platform;
    this.#events = events;
  }

  /** Takes the terminal over. */
  open(): void {
    const on = (signal: SignalName, handler: () => void) => {
      const guarded = () => this.#guard(handler);
      this.#releases.push(takeSignal(this.#platform, signal, guarded));
    };
    on("SIGWINCH", () => this.#clear());
    on("SIGTSTP", () => this.suspend());
    on("SIGCONT", () => this.#resume());
    for (const signal of ENDS) {
      on(signal, () => this.#events.ended(exitCodeOfSignal(signal)));
    }
    this.#enter();
  }

  /** Gives the terminal back. May be called twice. */
  close(): void {
    for (const release of this.#releases.splice(0)) release();
    this.#leave();
  }

  /** The terminal's size now. */
  size(): Size {
    return this.#platform.stdout.size() ?? USUAL_SIZE;
  }

  /** Shows lines from the top, as many as fit; the title is plain text. */
  draw(lines: readonly string[], title: string): void {
    if (!this.#isEntered) return;
    const { rows } = this.size();
    const wanted = lines.slice(0, rows);
    let text = title === this.#title ? "" : `\x1b]2;${title}\x07`;
    this.#title = title;
    const height = Math.max(wanted.length, this.#shown.length);
    for (let row = 0; row < height; row++) {
      const line = wanted[row] ?? "";
      if (line !== this.#shown[row]) text += `\x1b[${row + 1};1H\x1b[2K${line}`;
    }
    this.#shown = wanted;
    if (text !== "") this.#platform.stdout.write(text);
  }

  /** Stops the program, as Ctrl-Z does; returns when it continues. */
  suspend(): void {
    this.#leave();
    this.#platform.systemCalls.kill(this.#platform.pid, "SIGSTOP");
    this.#enter();
    this.#events.changed();
  }

  /** After SIGSTOP the terminal's modes may be anything. */
  #resume(): void {
    if (!this.#isEntered) return;
    this.#leave();
    this.#enter();
    this.#events.changed();
  }

  #clear(): void {
    this.#shown = [];
    if (this.#isEntered) this.#platform.stdout.write("\x1b[2J");
    this.#events.changed();
  }

  #enter(): void {
    this.#platform.stdout.write(ENTER);
    this.#isEntered = true;
    this.#shown = [];
    this.#title = "";
    if (!this.#platform.stdin.isTerminal) return;
    this.#stopKeys = this.#platform.stdin.listen((chunk) =>
      this.#guard(() => {
        for (const key of splitKeys(chunk)) this.#events.key(key);
      })
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

  /** An error in a handler would end the program with a stack trace. */
  #guard(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#events.failed(error);
    }
  }
}

/** Splits what the keyboard sent: several keys may come at once. */
export function splitKeys(chunk: string): string[] {
  // deno-lint-ignore no-control-regex
  return chunk.match(/\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Za-z]|[\s\S]/gu) ?? [];
}
