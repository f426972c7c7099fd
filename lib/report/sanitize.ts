/**
 * Text that came out of a session, made harmless on one line of a terminal:
 * nothing in it can move the cursor, colour, ring, or turn what follows.
 */
import { isName } from "../session/names.ts";
import { jsonLine } from "./json.ts";

/**
 * Controls, line and paragraph separators, overrides of direction, fillers and
 * others that show nothing; of joiners those that join no emoji.
 */
const UNSAFE =
  // deno-lint-ignore no-control-regex
  /[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]|(?<!\p{Extended_Pictographic}\ufe0f?\p{Emoji_Modifier}?)\u200d|\p{Cs}/gu;
/** More marks on one letter than a script needs: they paint over other lines. */
const PILED_MARKS = /(\p{M}{4})\p{M}+/gu;
/** A longer text is cut: nobody is shown so much, and it would be slow. */
const LONGEST = 1_000;
/**
 * Commands to the runners of GitHub, Azure and TeamCity, which look for them
 * anywhere in a line; not `${name##[0-9]}` of a shell.
 */
const RUNNER_COMMAND = /##(?=\[(?:[a-z]{4}|(?:add|set)-)|vso\[|teamcity\[)/gi;
const PLAIN = /^[\x20-\x7e]*$/;

/** One line of harmless text; what is not harmless is made visible. */
export function sanitize(text: string): string {
  const cut = text.length > LONGEST ? text.slice(0, LONGEST) : text;
  if (PLAIN.test(cut)) return disarm(cut);
  const safe = cut.replace(/\r\n/g, " ").replace(UNSAFE, visible);
  return disarm(safe.replace(PILED_MARKS, "$1"));
}

/** Text in which the runner of a CI system sees no command: `##[` is `# #[`. */
export function disarm(text: string): string {
  return text.includes("##") ? text.replace(RUNNER_COMMAND, "# #") : text;
}

/** A workspace's or session's name; one that breaks the rule in quotes. */
export function displayName(name: string): string {
  return isName(name) ? name : sanitize(JSON.stringify(name));
}

/**
 * The name for programs: as it is, or as a JSON text in which nothing hides.
 * Two names never become the same.
 */
export function exactName(name: string): string {
  return isName(name) ? name : jsonLine(name);
}

/** Overrides, embeddings and isolates turn the text around them. */
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/;
const BREAKS = new Set("\t\n\v\f\r\x85\u2028\u2029");

function visible(unsafe: string): string {
  const code = unsafe.codePointAt(0)!;
  if (BREAKS.has(unsafe)) return " ";
  // Their pictures, such as ␛.
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "␡";
  if (code >= 0xd800 && code <= 0xdfff) return "\ufffd";
  if (REORDERING.test(unsafe)) return `<${code.toString(16)}>`;
  return code < 0xa0 ? `<${code.toString(16)}>` : "";
}
