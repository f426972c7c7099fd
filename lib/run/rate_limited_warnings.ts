/**
 * What a stream prints on standard error: a few bad lines a second, whatever
 * its producer writes, and at the end how many were left out.
 */
import { warn } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { sanitize } from "../report/sanitize.ts";
import type { BadLine } from "./line_scanner.ts";

const LINES_PER_SECOND = 5;
const SECOND_US = 1_000_000;
/** How much of a bad line is shown, in characters. */
const SHOWN = 60;

/** Warns of what a stream cannot record. */
export class RateLimitedWarnings {
  readonly #platform: Platform;
  #secondUs = -Infinity;
  #printed = 0;
  #badLines = 0;
  #leftOut = 0;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Warns of a line that could not be read, if the rate allows it. */
  addBadLine({ lineNumber, text, why }: BadLine): void {
    const nowUs = this.#platform.clock.nowUs();
    if (Math.abs(nowUs - this.#secondUs) >= SECOND_US) {
      this.#secondUs = nowUs;
      this.#printed = 0;
    }
    this.#badLines++;
    if (++this.#printed > LINES_PER_SECOND) {
      this.#leftOut++;
      return;
    }
    const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    this.add(`Cannot read line ${lineNumber}, "${shown}": ${why}`);
  }

  /** Warns of anything else; there is little of it. */
  add(text: string): void {
    warn(this.#platform, sanitize(text));
  }

  /** Says how many bad lines were left out. */
  close(): void {
    if (this.#leftOut === 0) return;
    this.add(
      `${this.#badLines} lines could not be read; ` +
        `${this.#leftOut} of them are not shown`,
    );
  }
}
