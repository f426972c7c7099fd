/**
 * The JSON that an agent hands to its hooks. It may be empty, cut off, many
 * megabytes long, or come through a pipe that is never closed.
 */
import type { Platform } from "../platform/platform.ts";
import { isObject } from "../session/event.ts";
import type { JsonObject } from "../session/types.ts";

/** How long to wait for the rest of a payload. */
const TIMEOUT_MS = 10_000;

/** Reads standard input until a whole payload is there, or its end. */
export async function readPayload(
  { stdin }: Pick<Platform, "stdin">,
): Promise<JsonObject> {
  let payload: JsonObject | null = null;
  const bytes = await stdin.readWithTimeout({
    timeoutMs: TIMEOUT_MS,
    isWhole: (bytes) => (payload = parseWhole(decode(bytes))) !== null,
  });
  return payload ?? await parsePayload(bytes);
}

/** As much of a payload as is there; empty if it is no JSON object. */
export async function parsePayload(bytes: Uint8Array): Promise<JsonObject> {
  const text = decode(bytes);
  const whole = parseWhole(text);
  if (whole !== null) return whole;
  const { parse } = await import("jsonc-parser");
  const part: unknown = parse(text);
  return isObject(part) ? part : {};
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

/** As in a stream: a character that is cut off at the end is left out. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes, { stream: true });
}
