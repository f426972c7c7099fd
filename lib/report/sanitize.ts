/**
 * Text that came out of a session, made harmless on one line of a terminal:
 * nothing in it can move the cursor, colour, ring, or turn what follows.
 */
import { disarm } from "../errors.ts";
import { isName } from "../session/names.ts";

/** A longer text is cut: nobody is shown so much, and it would be slow. */
const LONGEST = 1_000;

/** One line of harmless text; what is not harmless is made visible. */
export function sanitize(text: string): string {
  const cut = text.length > LONGEST ? text.slice(0, LONGEST) : text;
  return disarm(isPlain(cut) ? cut : makeVisible(cut));
}

/** Most text is; a loop, since a first regular expression takes its time. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

/** The patterns stand here because the tables of Unicode take long to load. */
function makeVisible(text: string): string {
  // Controls, line and paragraph separators, overrides of direction, fillers
  // and others that show nothing; of joiners those that join no emoji.
  const unsafe =
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]|(?<!\p{Extended_Pictographic}\ufe0f?\p{Emoji_Modifier}?)\u200d|\p{Cs}/gu;
  // More marks on one letter than a script needs: they paint over other lines.
  const piledMarks = /(\p{M}{4})\p{M}+/gu;
  return text.replace(/\r\n/g, " ").replace(unsafe, visible)
    .replace(piledMarks, "$1");
}

/** A workspace's or session's name; one that breaks the rule in quotes. */
export function displayName(name: string): string {
  return isName(name) ? name : sanitize(JSON.stringify(name));
}

/** Overrides, embeddings and isolates turn the text around them. */
const REORDERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069";
const BREAKS = "\t\n\v\f\r\x85\u2028\u2029";

function visible(unsafe: string): string {
  const code = unsafe.codePointAt(0)!;
  if (BREAKS.includes(unsafe)) return " ";
  // Their pictures, such as ␛.
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "␡";
  if (code >= 0xd800 && code <= 0xdfff) return "\ufffd";
  if (REORDERING.includes(unsafe)) return `<${code.toString(16)}>`;
  return code < 0xa0 ? `<${code.toString(16)}>` : "";
}
