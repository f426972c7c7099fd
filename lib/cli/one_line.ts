/** Text from anywhere, made fit to stand in one line of a terminal. */

/** Replaces control characters, line ends and overrides of direction. */
export function oneLine(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g,
    " ",
  );
}
