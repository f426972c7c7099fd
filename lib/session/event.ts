/**
 * Lines of log.jsonl: writing one, bounded in size, and reading whatever
 * stands there. A line that is no JSON object is no event.
 */
import { hasNumber, parseExactly } from "./exact_numbers.ts";
import type { JsonObject, LogLine, NewEvent, Status } from "./types.ts";

/** The longest line, in bytes with its newline. */
export const LINE_LIMIT = 64 * 1024;
/** The longest text in a line, in bytes. */
export const TEXT_LIMIT = 16 * 1024;
const CUT_MARK = " …[cut]";

const encoder = new TextEncoder();
const CUT_MARK_BYTES = encoder.encode(CUT_MARK).length;

/** Cuts a text to `limit` bytes of UTF-8, with a mark that says so. */
export function cutText(text: string, limit: number = TEXT_LIMIT): string {
  // ASCII is the rule, and the look that tells is the cheapest there is.
  const isAscii = text.length <= limit &&
    encoder.encode(text).length === text.length;
  if (isAscii) return text;
  const room = new Uint8Array(limit);
  if (encoder.encodeInto(text, room).read === text.length) {
    return text.toWellFormed();
  }
  const kept = room.subarray(0, Math.max(0, limit - CUT_MARK_BYTES));
  const { read } = encoder.encodeInto(text, kept);
  return text.slice(0, read).toWellFormed() + CUT_MARK;
}

/** What identifies a line that is about to be written. */
export interface LineStamp {
  timestamp: string;
  id: string;
}

/** The line of an event, with its newline, as bytes that fit the limit. */
export function encodeLine(
  draft: NewEvent,
  seen: Status,
  stamp: LineStamp,
): Uint8Array {
  const line = (details: JsonObject) =>
    encoder.encode(`${
      JSON.stringify({
        timestamp: stamp.timestamp,
        event: draft.event,
        session_id: seen.session_id,
        state: seen.state,
        progress_pct: seen.progress_pct,
        details,
        id: stamp.id,
        attempt: draft.attempt,
      })
    }\n`);
  let limit = TEXT_LIMIT;
  let bytes = line(cutValues(draft.details, limit) as JsonObject);
  while (bytes.length > LINE_LIMIT && limit > 8) {
    limit = Math.floor(limit / 2);
    bytes = line(cutValues(draft.details, limit) as JsonObject);
  }
  return bytes.length <= LINE_LIMIT ? bytes : line(essence(draft.details));
}

/** Cuts each text in a value, however deep, and lists to a like measure. */
function cutValues(value: unknown, limit: number): unknown {
  if (typeof value === "string") return cutText(value, limit);
  if (Array.isArray(value)) return cutList(value, limit);
  if (typeof value !== "object" || value === null) return value;
  // A number with a text of its own is short.
  if (value instanceof Number) return value;
  const entries = Object.entries(value).slice(0, limit);
  return Object.fromEntries(
    entries.map(([key, item]) => [cutText(key, limit), cutValues(item, limit)]),
  );
}

function cutList(list: unknown[], limit: number): unknown[] {
  const kept = list.slice(0, limit).map((item) => cutValues(item, limit));
  const left = list.length - kept.length;
  return left === 0 ? kept : [...kept, `…[${left} more]`];
}

/** What is left of details that are too many even when each is short. */
function essence(details: JsonObject): JsonObject {
  const kept: JsonObject = { cut: true };
  for (const [key, value] of Object.entries(details)) {
    if (typeof value === "string") kept[key] = cutText(value, 256);
    if (typeof value === "number") kept[key] = value;
  }
  return kept;
}

/** Reads one line; null if it is no JSON object. */
export function parseLine(text: string): LogLine | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value)) return null;
  const attempt = value["attempt"];
  const details = isObject(value["details"]) ? value["details"] : {};
  if (hasNumber(details["metadata"])) {
    const exact = parseExactly(text) as { details: JsonObject };
    details["metadata"] = exact.details["metadata"];
  }
  return {
    timestamp: stringOr(value["timestamp"], null),
    event: stringOr(value["event"], ""),
    session_id: stringOr(value["session_id"], ""),
    state: stringOr(value["state"], ""),
    progress_pct: clampPercent(value["progress_pct"]) ?? 0,
    details,
    id: stringOr(value["id"], ""),
    attempt: Number.isSafeInteger(attempt) ? attempt as number : null,
  };
}

/** Whether a value is a JSON object (and no list). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** How many bytes a value takes as JSON. */
export function jsonBytes(value: unknown): number {
  return encoder.encode(JSON.stringify(value)).length;
}

/** An integer from 0 to 100; null if the value is no number. */
export function clampPercent(value: unknown): number | null {
  if (typeof value !== "number" || Number.isNaN(value)) return null;
  return Math.max(0, Math.min(100, Math.trunc(value)));
}

/**
 * A percentage of `N`, `N%` or `N/M`, from 0 to 100: what is outside is
 * clamped. Returns what progress looks like where it is something else.
 */
export function parseProgress(text: string): number | string {
  const found = /^([+-]?\d+(?:\.\d+)?)\s*(?:%|\/\s*(\d+(?:\.\d+)?))?$/.exec(
    text.trim(),
  );
  if (found === null) {
    return "progress is N, N% or N/M, such as 60, 60% or 3/5";
  }
  const whole = Number(found[2] ?? 100);
  if (whole === 0) return "there is no part of 0";
  // Multiplied first: 29/100 must be 29, not 28.999….
  const percent = Math.floor(Number(found[1]) * 100 / whole);
  return Math.max(0, Math.min(100, percent));
}

/** The texts of a list; null if the value is no list. */
export function textsOf(value: unknown): string[] | null {
  if (!Array.isArray(value)) return null;
  return value.filter((item): item is string => typeof item === "string");
}

/** The value if it is a text, else `fallback`. */
export function stringOr<T>(value: unknown, fallback: T): string | T {
  return typeof value === "string" ? value : fallback;
}
