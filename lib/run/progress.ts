/** Reads the progress of a command from its output. */
import { parseProgress } from "../session/event.ts";

/** How much of a line is searched: its end, in characters. */
const LINE_LENGTH = 4096;
/** How much is kept for later while searching is too slow, in characters. */
const KEPT_LENGTH = 8192;
/** Searching may take one part in so many of the time … */
const SHARE = 10;
/** … and this much more, milliseconds. */
const EXCESS_MS = 200;
/** More is not counted, such as a sleep of the machine. */
const MOST_EXCESS_MS = 2_000;

/** Finds the newest percentage in output that comes in pieces. */
export class ProgressReader {
  readonly #pattern: RegExp;
  readonly #decoder = new TextDecoder();
  readonly #nowMs: () => number;
  #rest = "";
  /** How much more than its share searching has taken. */
  #excessMs = 0;
  #lastMs: number;
  /** Whether the rest has not been searched. */
  #isBehind = false;

  /** `nowMs` tells how long a search takes, milliseconds. */
  constructor(pattern: RegExp, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#lastMs = nowMs();
    this.#pattern = pattern;
  }

  /**
   * The newest percentage in what came next, 0 to 100; null if none. Where the
   * pattern is too slow for what comes, only some of it is searched.
   */
  read(bytes: Uint8Array): number | null {
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    this.#excessMs -= this.#elapsedMs() / SHARE;
    if (this.#excessMs > EXCESS_MS) {
      this.#isBehind = true;
      this.#rest = text.slice(lineStart(text, text.length - KEPT_LENGTH));
      return null;
    }
    const percent = this.#search(text);
    const excessMs = Math.max(0, this.#excessMs) + this.#elapsedMs();
    this.#excessMs = Math.min(MOST_EXCESS_MS, excessMs);
    return percent;
  }

  /** At the end: the newest percentage in what has not been searched. */
  readRest(): number | null {
    return this.#isBehind ? this.#search(this.#rest) : null;
  }

  /** The time since the last call. */
  #elapsedMs(): number {
    const beforeMs = this.#lastMs;
    this.#lastMs = this.#nowMs();
    return this.#lastMs - beforeMs;
  }

  /** Searches the lines from the last to the first. */
  #search(text: string): number | null {
    this.#isBehind = false;
    this.#rest = text.slice(Math.max(
      text.length - LINE_LENGTH,
      lastLineEnd(text, text.length) + 1,
    ));
    for (let end = text.length; end >= 0;) {
      const start = lastLineEnd(text, end) + 1;
      const line = text.slice(Math.max(start, end - LINE_LENGTH), end);
      const percent = percentIn(line, this.#pattern);
      if (percent !== null) return percent;
      end = start - 1;
    }
    return null;
  }
}

/** Where the last line before `at` ended; -1 if there is none. */
function lastLineEnd(text: string, at: number): number {
  // Progress bars end their lines with a carriage return, if at all.
  do at--; while (at >= 0 && text[at] !== "\n" && text[at] !== "\r");
  return at;
}

/** Where the first line after `at` begins; `at` if there is none. */
function lineStart(text: string, at: number): number {
  if (at <= 0) return 0;
  const found = text.slice(at).search(/[\r\n]/);
  return found < 0 ? at : at + found + 1;
}

/**
 * The percentage of the first match in a line: two groups are part and whole;
 * one group, or the whole match, is `N`, `N%` or `N/M`.
 */
export function percentIn(line: string, pattern: RegExp): number | null {
  const match = pattern.exec(line);
  if (match === null) return null;
  const [part = match[0], whole] = match.slice(1)
    .filter((group) => group !== undefined);
  const text = whole === undefined ? part : `${part}/${whole}`;
  const found = /\d+(?:\.\d+)?(?:\s*\/\s*\d+(?:\.\d+)?)?/.exec(text);
  const percent = parseProgress(found?.[0] ?? "");
  return typeof percent === "number" ? percent : null;
}
