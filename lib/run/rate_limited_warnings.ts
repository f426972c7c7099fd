/**
 * What a stream says on standard error: at most a few lines a second, whatever
 * its producer writes, and at the end how many were not said. Never throws: who
 * cannot be told must not end the stream.
 */
import type { Platform } from "../platform/platform.ts";
import { sanitize } from "../report/sanitize.ts";
import type { BadLine } from "./stream_lines.ts";

/** Lines a second. */
const LINES = 5;
const SECOND_US = 1_000_000;
/** How much of a bad line is shown, in characters. */
const SHOWN = 60;

/** Says what is wrong, within measure. */
export class RateLimitedWarnings {
  readonly #platform: Platform;
  #secondUs = -Infinity;
  #said = 0;
  #badLines = 0;
  #unsaid = 0;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** A line that could not be read. */
  bad({ lineNumber, text, why }: BadLine): void {
    this.#badLines++;
    if (!this.#isAllowed()) {
      this.#unsaid++;
      return;
    }
    const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
    this.#write(`Cannot read line ${lineNumber}, "${shown}": ${why}`);
  }

  /** Anything else; there is little of it. */
  say(text: string): void {
    this.#write(text);
  }

  /** What was left out until now. */
  close(): void {
    if (this.#unsaid === 0) return;
    this.#write(
      `${this.#badLines} lines could not be read; ` +
        `${this.#unsaid} of them are not shown`,
    );
    this.#unsaid = 0;
  }

  #isAllowed(): boolean {
    const nowUs = this.#platform.clock.nowUs();
    if (Math.abs(nowUs - this.#secondUs) >= SECOND_US) {
      this.#secondUs = nowUs;
      this.#said = 0;
    }
    return ++this.#said <= LINES;
  }

  #write(text: string): void {
    try {
      this.#platform.stderr.write(`warning: ${sanitize(text)}\n`);
    } catch {
      // Standard error is closed or full.
    }
  }
}
