/** Taking the progress of a command from what it writes. */

/** The longest line that is looked at, in characters. */
const LINE_LENGTH = 4096;
/** Where the newest progress mostly is: in the last of what came, in characters. */
const NEAR_LENGTH = 8192;
/** Lines that are longer; a pattern may take the square of their length. */
const LONG_LINE = new RegExp(`^[^\\r\\n]{${LINE_LENGTH + 1},}`, "gm");
/** Of the time, searching may take one part in so many … */
const SHARE = 10;
/** … and be so far ahead of that, microseconds. */
const AHEAD_US = 200_000;
/** It is never more ahead than this, whatever the clock does. */
const MOST_AHEAD_US = 2_000_000;

/** Finds the newest percentage in output that comes in pieces. */
export class ProgressReader {
  readonly #pattern: RegExp;
  /** The same for many lines at a time. */
  readonly #anywhere: RegExp;
  readonly #decoder = new TextDecoder();
  readonly #nowUs: () => number;
  #rest = "";
  /** What searching has taken beyond its share, and when that was so. */
  #aheadUs = 0;
  #lastUs: number;
  /** Whether the rest has not been searched. */
  #isBehind = false;

  /** `nowUs` tells how long a search takes, microseconds. */
  constructor(pattern: RegExp, nowUs: () => number) {
    this.#nowUs = nowUs;
    this.#lastUs = nowUs();
    this.#pattern = pattern;
    this.#anywhere = new RegExp(pattern.source, "gm");
  }

  /**
   * The newest percentage in what came next, 0 to 100; null if none. Where the
   * pattern is too slow for what comes, only some of it is searched.
   */
  read(bytes: Uint8Array): number | null {
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true });
    this.#aheadUs -= this.#elapsedUs() / SHARE;
    if (this.#aheadUs > AHEAD_US) {
      this.#isBehind = true;
      this.#rest = text.slice(lineStart(text, text.length - NEAR_LENGTH));
      return null;
    }
    const percent = this.#search(text);
    const ahead = Math.max(0, this.#aheadUs) + this.#elapsedUs();
    this.#aheadUs = Math.min(MOST_AHEAD_US, ahead);
    return percent;
  }

  /** The same at the end, of what has not been searched. */
  readRest(): number | null {
    return this.#isBehind ? this.#search(this.#rest) : null;
  }

  /** Since this was asked last; a clock may be set back. */
  #elapsedUs(): number {
    const beforeUs = this.#lastUs;
    this.#lastUs = this.#nowUs();
    return Math.max(0, this.#lastUs - beforeUs);
  }

  #search(text: string): number | null {
    this.#isBehind = false;
    const near = lineStart(text, text.length - NEAR_LENGTH);
    // Progress bars end their lines with a carriage return, if at all.
    const lines = text.slice(near).split(/[\r\n]/);
    this.#rest = lines.at(-1)!.slice(-LINE_LENGTH);
    for (const line of lines.reverse()) {
      const percent = percentIn(line.slice(-LINE_LENGTH), this.#pattern);
      if (percent !== null) return percent;
    }
    return this.#farther(text.slice(0, near));
  }

  /** In one go: a million lines one by one would hold the command up. */
  #farther(text: string): number | null {
    let newest: number | null = null;
    const short = text.replace(LONG_LINE, (line) => line.slice(-LINE_LENGTH));
    for (const match of short.matchAll(this.#anywhere)) {
      newest = percentOf(match) ?? newest;
    }
    return newest;
  }
}

/** Where the line begins that has this place in it, or the next one. */
function lineStart(text: string, at: number): number {
  if (at <= 0) return 0;
  const found = text.slice(at).search(/[\r\n]/);
  return found < 0 ? at : at + found + 1;
}

/** Two groups are part and whole; one group, or all of it, `N`, `N%`, `N/M`. */
export function percentIn(line: string, pattern: RegExp): number | null {
  const match = pattern.exec(line);
  return match === null ? null : percentOf(match);
}

function percentOf(match: RegExpExecArray): number | null {
  const groups = match.slice(1).filter((group) => group !== undefined);
  const text = groups.length >= 2
    ? `${groups[0]}/${groups[1]}`
    : groups[0] ?? match[0];
  const found = /(\d+(?:\.\d+)?)\s*(?:\/\s*(\d+(?:\.\d+)?))?/.exec(text);
  if (found === null) return null;
  const part = Number(found[1]);
  const whole = found[2] === undefined ? 100 : Number(found[2]);
  if (whole === 0) return null;
  return Math.min(100, Math.floor((part * 100) / whole));
}
