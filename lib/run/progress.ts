/** Taking the progress of a command from what it writes. */

/** The longest line that is looked at, in characters. */
const LINE_LENGTH = 4096;
/** Where the newest progress mostly is: in the last of what came, in characters. */
const NEAR_LENGTH = 8192;

/** Finds the newest percentage in output that comes in pieces. */
export class ProgressReader {
  readonly #pattern: RegExp;
  /** The same for many lines at a time. */
  readonly #anywhere: RegExp;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(pattern: RegExp) {
    this.#pattern = pattern;
    this.#anywhere = new RegExp(pattern.source, "gm");
  }

  /** The newest percentage in what came next, 0 to 100; null if none. */
  read(bytes: Uint8Array): number | null {
    const text = this.#rest + this.#decoder.decode(bytes, { stream: true });
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
    for (const match of text.matchAll(this.#anywhere)) {
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
