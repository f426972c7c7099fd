/**
 * The live view in a terminal: shows each dashboard that it is given, again on
 * keys and resizes, and each second so that ages go on. It tells by a signal
 * when the person, or the system, wants it to end.
 */
import type { Platform } from "../platform/platform.ts";
import { exitCodeOfSignal } from "../platform/signals.ts";
import type { ExitReason } from "./interruption.ts";
import { Screen, type ScreenPlatform } from "./screen.ts";
import {
  type Board,
  FIRST_VIEW,
  onKey,
  pageRows,
  render,
  settle,
  type ViewState,
} from "./view.ts";

/** What a live view needs of the machine. */
export type LivePlatform = ScreenPlatform & Pick<Platform, "clock">;

const REDRAW_MS = 1_000;

/** The view; it must be closed, whatever happens. */
export class LiveView {
  readonly #platform: LivePlatform;
  readonly #screen: Screen;
  readonly #closed = new AbortController();
  readonly #left = new AbortController();
  #state: ViewState = FIRST_VIEW;
  #board: Board = { title: "", heights: [], paint: () => "" };
  #exitReason: ExitReason | null = null;
  #failure: { error: unknown } | null = null;

  constructor(platform: LivePlatform) {
    this.#platform = platform;
    this.#screen = new Screen(platform, {
      key: (key) => this.#onKey(key),
      changed: () => this.#draw(),
      ended: (exitCode) => this.#leave({ kind: "signal", exitCode }),
      failed: (error) => this.#fail(error),
    });
  }

  /** Aborts when the view should end. */
  get signal(): AbortSignal {
    return this.#left.signal;
  }

  /** Why the view was left; null if it was not. */
  get exitReason(): ExitReason | null {
    return this.#exitReason;
  }

  /** Takes the terminal over. */
  open(): void {
    this.#screen.open();
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
    this.#screen.close();
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null && this.#exitReason === null) throw failure.error;
  }

  #onKey(key: string): void {
    const effect = onKey(this.#state, key, pageRows(this.#screen.size()));
    switch (effect.kind) {
      case "quit":
        return this.#leave({ kind: "quit" });
      case "interrupt":
        return this.#leave({
          kind: "signal",
          exitCode: exitCodeOfSignal("SIGINT"),
        });
      case "suspend":
        return this.#screen.suspend();
      case "view":
        this.#state = effect.state;
        this.#draw();
    }
  }

  #draw(): void {
    const size = this.#screen.size();
    this.#state = settle(this.#state, this.#board, size);
    const lines = render(this.#state, this.#board, size);
    this.#screen.draw(lines, this.#board.title);
  }

  async #redraw(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      await this.#platform.clock.sleep(REDRAW_MS, signal);
      if (!signal.aborted) this.#draw();
    }
  }

  #fail(error: unknown): void {
    this.#failure = { error };
    this.#left.abort();
  }

  #leave(exitReason: ExitReason): void {
    this.#exitReason ??= exitReason;
    this.#left.abort();
  }
}
