/**
 * The JSON that an agent hands to its hooks: read from standard input with a
 * deadline, and understood as far as it goes. It may be empty, cut off, many
 * megabytes long, or come down a pipe that nobody ever closes. Of a long one
 * only what is short is kept: long values are passed over, not parsed.
 */
import type { Platform } from "../platform/platform.ts";
import { isObject } from "../session/event.ts";
import type { JsonObject } from "../session/types.ts";

/** An agent writes its payload at once; who has not by then never will. */
const DEADLINE_MS = 1_000;
/** Up to here a payload is parsed whole. */
const SHORT_BYTES = 64 * 1024;
/** Of a longer text only the beginning is of use. */
const TEXT_BYTES = 4 * 1024;
/** Values deeper than this in a long payload are passed over. */
const DEEPEST = 4;

/** Reads standard input to its end, to a whole payload, or for a second. */
export async function readPayload(
  { stdin }: Pick<Platform, "stdin">,
): Promise<JsonObject> {
  const bytes = await stdin.readWithTimeout({
    forMs: DEADLINE_MS,
    isWhole: (bytes) => endsObject(bytes) && parseWhole(bytes) !== null,
  });
  return parsePayload(bytes);
}

/** What there is of a payload; empty if it is no JSON object. */
export function parsePayload(bytes: Uint8Array): JsonObject {
  return parseWhole(bytes) ?? skim(bytes).value;
}

/** Null if it is not the whole of an object. */
function parseWhole(bytes: Uint8Array): JsonObject | null {
  if (bytes.length > SHORT_BYTES) {
    const { value, isWhole } = skim(bytes);
    return isWhole ? value : null;
  }
  const value = parseText(bytes);
  return isObject(value) ? value : null;
}

function parseText(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

const QUOTE = 0x22, BACKSLASH = 0x5c, COLON = 0x3a, COMMA = 0x2c;
const OPEN = 0x7b, CLOSE = 0x7d, OPEN_LIST = 0x5b, CLOSE_LIST = 0x5d;

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function endsObject(bytes: Uint8Array): boolean {
  let at = bytes.length - 1;
  while (isSpace(bytes[at])) at--;
  return bytes[at] === CLOSE;
}

/** What was found in an object, and whether its end was. */
interface Skimmed {
  value: JsonObject;
  isWhole: boolean;
  /** After what was read. */
  end: number;
}

/** Takes the short values of an object, and the beginnings of long texts. */
function skim(bytes: Uint8Array, start = 0, depth = 0): Skimmed {
  const found = new Map<string, unknown>();
  const done = (isWhole: boolean, end: number): Skimmed => ({
    value: Object.fromEntries(found),
    isWhole,
    end,
  });
  let at = skipSpace(bytes, start);
  if (bytes[at] !== OPEN) return done(false, at);
  for (at++;;) {
    at = skipSpace(bytes, at);
    if (bytes[at] === CLOSE) return done(true, at + 1);
    if (bytes[at] === COMMA) {
      at++;
      continue;
    }
    const keyEnd = bytes[at] === QUOTE ? endOfText(bytes, at) : null;
    if (keyEnd === null) return done(false, at);
    const key = parseText(bytes.subarray(at, keyEnd));
    at = skipSpace(bytes, keyEnd);
    if (bytes[at] !== COLON || typeof key !== "string") return done(false, at);
    at = skipSpace(bytes, at + 1);
    const { value, end, isWhole } = takeValue(bytes, at, depth);
    if (value !== undefined) found.set(key, value);
    if (!isWhole) return done(false, end);
    at = end;
  }
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  while (isSpace(bytes[at])) at++;
  return at;
}

interface Taken {
  /** Undefined if it is too long to be of use. */
  value: unknown;
  end: number;
  isWhole: boolean;
}

function takeValue(bytes: Uint8Array, start: number, depth: number): Taken {
  if (bytes[start] === QUOTE) {
    const end = endOfText(bytes, start);
    const value = beginningOf(bytes, start, end ?? bytes.length);
    return { value, end: end ?? bytes.length, isWhole: end !== null };
  }
  const isObject = bytes[start] === OPEN;
  if (isObject && depth < DEEPEST) return skim(bytes, start, depth + 1);
  const end = isObject || bytes[start] === OPEN_LIST
    ? endOfNested(bytes, start)
    : endOfWord(bytes, start);
  if (end === null || end === start) {
    return { value: undefined, end: bytes.length, isWhole: false };
  }
  const value = end - start > SHORT_BYTES
    ? undefined
    : parseText(bytes.subarray(start, end));
  return { value, end, isWhole: true };
}

/** After the quote that ends a text; null if none does. */
function endOfText(bytes: Uint8Array, start: number): number | null {
  for (let at = start + 1;;) {
    const quote = bytes.indexOf(QUOTE, at);
    if (quote < 0) return null;
    let before = quote - 1;
    while (bytes[before] === BACKSLASH) before--;
    if ((quote - before) % 2 === 1) return quote + 1;
    at = quote + 1;
  }
}

/** After the bracket that ends an object or a list; null if none does. */
function endOfNested(bytes: Uint8Array, start: number): number | null {
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      const end = endOfText(bytes, at);
      if (end === null) return null;
      at = end - 1;
    } else if (byte === OPEN || byte === OPEN_LIST) depth++;
    else if (byte === CLOSE || byte === CLOSE_LIST) {
      if (--depth === 0) return at + 1;
    }
  }
  return null;
}

/** After a number or a word such as `true`; null if it may go on. */
function endOfWord(bytes: Uint8Array, start: number): number | null {
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]!;
    const ends = byte === COMMA || byte === CLOSE || byte === CLOSE_LIST ||
      isSpace(byte);
    if (ends) return at;
  }
  return null;
}

/** A text, or as much of it as is of use; undefined if it is none. */
function beginningOf(
  bytes: Uint8Array,
  start: number,
  end: number,
): string | undefined {
  if (end - start <= TEXT_BYTES) {
    const whole = parseText(bytes.subarray(start, end));
    if (typeof whole === "string") return whole;
  }
  const cut = Math.min(end, start + TEXT_BYTES);
  // The cut may stand within an escape, or within a letter.
  for (let less = 0; less < 8; less++) {
    const kept = bytes.subarray(start, cut - less);
    const text = parseText(Uint8Array.of(...kept, QUOTE));
    if (typeof text === "string") return text.replace(/\ufffd$/, "");
  }
  return undefined;
}
