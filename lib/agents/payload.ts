/**
 * The JSON that an agent hands to its hooks. It may be empty, cut off, many
 * megabytes long, or come through a pipe that is never closed.
 */
import type { Platform } from "../platform/platform.ts";
import { isObject } from "../session/event.ts";
import type { JsonObject } from "../session/types.ts";

/** How long to wait for the rest of a payload. */
const TIMEOUT_MS = 10_000;
/** In a longer payload, texts are shortened before it is parsed. */
const LONG_PAYLOAD_BYTES = 64 * 1024;
/** No more of a text is needed. */
const LONG_TEXT_BYTES = 32 * 1024;

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const CLOSING_BRACE = 0x7d;

/** Reads standard input until a whole payload is there, or its end. */
export async function readPayload(
  platform: Pick<Platform, "openInput">,
): Promise<JsonObject> {
  let payload: JsonObject | null = null;
  const input = await platform.openInput();
  const bytes = await input.readWithTimeout({
    timeoutMs: TIMEOUT_MS,
    isWhole(bytes) {
      if (mayBeWhole(bytes)) payload = parseWhole(decode(bytes));
      return payload !== null;
    },
  });
  return payload ?? await parsePayload(bytes);
}

/** As much of a payload as is there; empty if it is not a JSON object. */
export async function parsePayload(bytes: Uint8Array): Promise<JsonObject> {
  const text = decode(bytes);
  const whole = parseWhole(text);
  if (whole !== null) return whole;
  const { parse } = await import("jsonc-parser");
  const part: unknown = parse(text);
  return isObject(part) ? part : {};
}

/** False of most that is cut off, so that it is not parsed again and again. */
function mayBeWhole(bytes: Uint8Array): boolean {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1]! <= SPACE) end--;
  return bytes[end - 1] === CLOSING_BRACE;
}

/** Null if the text is not the whole of a JSON object. */
function parseWhole(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** The JSON text, without the rest of texts that are very long. */
function decode(bytes: Uint8Array): string {
  // As in a stream, a character that is cut off at the end is left out.
  const decodeAll = (part: Uint8Array) =>
    new TextDecoder().decode(part, { stream: true });
  if (bytes.length <= LONG_PAYLOAD_BYTES) return decodeAll(bytes);
  let text = "";
  let next = 0;
  for (let open = bytes.indexOf(QUOTE); open >= 0;) {
    const close = closingQuote(bytes, open);
    if (close - open > LONG_TEXT_BYTES) {
      text += decodeAll(bytes.subarray(next, cutText(bytes, open)));
      next = close;
    }
    open = bytes.indexOf(QUOTE, close + 1);
  }
  return text + decodeAll(bytes.subarray(next));
}

/** Where a text ends; the end of all bytes if its quote is missing. */
function closingQuote(bytes: Uint8Array, open: number): number {
  for (let quote = open;;) {
    quote = bytes.indexOf(QUOTE, quote + 1);
    if (quote < 0) return bytes.length;
    let before = quote - 1;
    while (bytes[before] === BACKSLASH) before--;
    if ((quote - before) % 2 === 1) return quote;
  }
}

/** Where a long text can be cut, not within an escape or a character. */
function cutText(bytes: Uint8Array, open: number): number {
  let at = open + LONG_TEXT_BYTES;
  // The longest escape is `\u0000`.
  while (at > open && bytes.subarray(at - 6, at).includes(BACKSLASH)) at--;
  while ((bytes[at]! & 0xc0) === 0x80) at--;
  return Math.max(at, open + 1);
}
