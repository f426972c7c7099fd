/** Usage errors and warnings, all in the same form and on one line. */
import { UsageError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";

/** A UsageError about a command; `command` is "" before there is one. */
export function complain(command: string, problem: string): UsageError {
  const name = command === "" ? "ptrack" : `ptrack ${command}`;
  return new UsageError(`Cannot run "${name}": ${problem}`);
}

/** A UsageError about the value of an option or variable. */
export function badValue(
  value: string,
  where: string,
  expected: string,
): UsageError {
  return new UsageError(`Cannot use ${quoted(value)} as ${where}: ${expected}`);
}

/** A word as it is shown in a message: quoted, and not too long. */
export function quoted(word: string): string {
  return JSON.stringify(word.length > 60 ? `${word.slice(0, 60)}…` : word);
}

/** The end of a message about an unknown word: what was meant, or a hint. */
export async function suggestion(
  word: string,
  known: readonly string[],
  hint: string,
): Promise<string> {
  const { nearest } = await import("./nearest.ts");
  const found = nearest(word, known);
  return found === null ? hint : `did you mean "${found}"?`;
}

/**
 * Prints a warning; a closed standard error is ignored. `from` tells it from
 * the output of other programs.
 */
export function warn(
  platform: Platform,
  text: string,
  from: "warning" | "ptrack" = "warning",
): void {
  try {
    platform.stderr.write(`${from}: ${oneLine(text)}\n`);
  } catch {
    // Nobody can read it, and it must not stop what is going on.
  }
}

/** Replaces control characters, line ends and overrides of direction. */
export function oneLine(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g,
    " ",
  );
}
