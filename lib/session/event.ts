/**
 * Lines of log.jsonl: writing one, bounded in size, and reading whatever is
 * there; and reading JSON that others may have written, value by value.
 */
import type {
  EventName,
  JsonObject,
  LogLine,
  NewEvent,
  Status,
} from "./types.ts";

/** The longest line, in bytes with its newline. */
export const LINE_LIMIT = 64 * 1024;
/** The longest text in a line, in bytes. */
export const TEXT_LIMIT = 16 * 1024;
/** How deep JSON may be, and how many values it may have. */
const DEPTH_LIMIT = 64;
const VALUE_LIMIT = 20_000;
/** A shorter text has fewer values. */
const SHORT = 64 * 1024;
const CUT_MARK = " …[cut]";

const encoder = new TextEncoder();
const CUT_MARK_BYTES = encoder.encode(CUT_MARK).length;

/** What a line shows of the session after it, for people only. */
const SHOWN: Partial<Record<EventName, Partial<Status>>> = {
  started: { state: "running", progress_pct: 0 },
  completed: { state: "completed", progress_pct: 100 },
  failed: { state: "failed" },
};

/** What secrets, or texts that name one, have in them, in small letters. */
const SIGNS =
  ('passw|passphr|passcode|-pass|sshpass|pass:|pass"|pass\\|pwd|secret|token' +
    '|key:|key"|key\\|api-key|apikey|api_key|api key|access-key|accesskey' +
    "|-cred|authoriz|bearer|basic |private|@|sk-|sk_|rk_|ghp_|gho_|ghu_|ghs_" +
    "|ghr_|github_pat|glpat-|xox|akia|asia|aiza|npm_|hf_|pypi-|eyj|mysql" +
    "|mariadb|curl").split("|");
/** The same, where a value is assigned. */
const NAMES = ["key", "pass", "credential"];

/** The event without the secrets in its texts. */
export async function withoutSecrets(event: NewEvent): Promise<NewEvent> {
  if (!mayHoldSecret(JSON.stringify(event.details))) return event;
  const { maskDetails } = await import("./secrets.ts");
  return { ...event, details: maskDetails(event.details) };
}

/**
 * Whether the JSON of details may hold a secret: only then are the patterns of
 * secrets.ts worth loading. This is no pattern itself, since it takes less time
 * than the first use of one.
 */
export function mayHoldSecret(json: string): boolean {
  const text = json.toLowerCase();
  return hasOne(text, SIGNS) || text.includes("=") && hasOne(text, NAMES);
}

function hasOne(text: string, words: readonly string[]): boolean {
  for (const word of words) {
    if (text.includes(word)) return true;
  }
  return false;
}

/**
 * The line of an event, with its newline, as bytes that fit the limit. `status`
 * is that before the event.
 */
export function encodeLine(
  { event, details, attempt }: NewEvent,
  status: Status,
  { timestamp, id }: { timestamp: string; id: string },
): Uint8Array {
  const { pct } = details;
  const shown = typeof pct === "number" ? { progress_pct: pct } : SHOWN[event];
  const { session_id, state, progress_pct } = { ...status, ...shown };
  const line = (details: unknown) => {
    const start = { timestamp, event, session_id, state, progress_pct };
    return encoder.encode(
      `${JSON.stringify({ ...start, details, id, attempt })}\n`,
    );
  };
  let limit = TEXT_LIMIT;
  let bytes = line(cutValues(details, limit));
  while (bytes.length > LINE_LIMIT && limit > 8) {
    limit = Math.floor(limit / 2);
    bytes = line(cutValues(details, limit));
  }
  return bytes.length <= LINE_LIMIT ? bytes : line(essence(details));
}

/** Cuts each text in a value, however deep, and lists to a like measure. */
function cutValues(value: unknown, limit: number): unknown {
  if (typeof value === "string") return cutText(value, limit);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const kept = value.slice(0, limit).map((item) => cutValues(item, limit));
    const left = value.length - kept.length;
    return left === 0 ? kept : [...kept, `…[${left} more]`];
  }
  // A number that keeps its text.
  if (value instanceof Number) return value;
  const entries = Object.entries(value).slice(0, limit);
  return Object.fromEntries(
    entries.map(([key, item]) => [cutText(key, limit), cutValues(item, limit)]),
  );
}

/** Cuts a text to `limit` bytes of UTF-8, with a mark that says so. */
function cutText(text: string, limit: number): string {
  // ASCII is the rule, and this is the cheapest way to tell.
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

/** What is left of details that are too many even when each is short. */
function essence(details: JsonObject): JsonObject {
  const kept: JsonObject = { cut: true };
  for (const [key, value] of Object.entries(details)) {
    if (typeof value === "string") kept[key] = cutText(value, 256);
    if (typeof value === "number") kept[key] = value;
  }
  return kept;
}

/**
 * What is too much about a text of JSON, told before it is parsed, since it would
 * take many times its size; "" if nothing is.
 */
export function excessOf(text: string, depthLimit = DEPTH_LIMIT): string {
  if (text.length < SHORT && !hasMoreBrackets(text, depthLimit)) return "";
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === "]" || character === "}") depth--;
    else if (character === ",") values++;
    else if (character === "[" || character === "{") {
      values++;
      depth++;
      if (depth > depthLimit) return `it is more than ${depthLimit} deep`;
    }
  }
  return values > VALUE_LIMIT ? `it has more than ${VALUE_LIMIT} values` : "";
}

/** Most texts have fewer, and then cannot be deeper. */
function hasMoreBrackets(text: string, limit: number): boolean {
  let found = 0;
  for (const bracket of ["{", "["]) {
    let at = text.indexOf(bracket);
    while (at >= 0 && found <= limit) {
      found++;
      at = text.indexOf(bracket, at + 1);
    }
  }
  return found > limit;
}

/** Where the string ends that begins at a place. */
function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end < 0) return text.length;
    let before = end;
    while (text[before - 1] === "\\") before--;
    if ((end - before) % 2 === 0) return end;
  }
}

/** Reads one line; null if it is no JSON object, or too much of one. */
export function parseLine(text: string): LogLine | null {
  if (excessOf(text) !== "") return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value)) return null;
  const attempt = value["attempt"];
  const details = isObject(value["details"]) ? value["details"] : {};
  if (mayHoldNumber(details["metadata"])) {
    const exact = parseExactly(text, value)["details"] as JsonObject;
    details["metadata"] = exact["metadata"];
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

/** Whether a value is a text. */
export function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Whether a value is a list of texts. */
export function isTexts(value: unknown): value is string[] {
  if (!Array.isArray(value)) return false;
  for (const item of value) if (!isText(item)) return false;
  return true;
}

/** Whether a value is a whole number, not below 0. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
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
  return Array.isArray(value) ? value.filter(isText) : null;
}

/** The value if it is a text, else `fallback`. */
export function stringOr<T>(value: unknown, fallback: T): string | T {
  return typeof value === "string" ? value : fallback;
}

/*
 * Numbers of others that a double would change, such as 12345678901234567890 or
 * 1.10, keep their text: where the runtime can, they are Number objects that
 * become that text in JSON. So a rewrite leaves them as they were.
 */

/** Not in the types yet; Node has it from version 22 on. */
const { rawJSON } = JSON as { rawJSON?: (text: string) => unknown };

/** Whether metadata may hold a number: most is empty, or all texts. */
export function mayHoldNumber(metadata: unknown): boolean {
  if (!isObject(metadata)) return false;
  for (const key in metadata) {
    if (typeof metadata[key] !== "string") return true;
  }
  return false;
}

/**
 * JSON.parse, but numbers that a double would change keep their text. Returns
 * `parsed`, what JSON.parse has made of the text, where that lost nothing.
 */
export function parseExactly(
  text: string,
  parsed: JsonObject = JSON.parse(text),
): JsonObject {
  // A number, such as `1e5`, that may not be printed as it was written.
  const odd =
    /[:[,\s]-?(?:(?<=-)0|[\d.]{16,}|\d+\.\d*0|0\.0{6}\d+|[\d.]+[eE][-+]?\d+)(?=[,}\]\s])/;
  if (rawJSON === undefined || !odd.test(text)) return parsed;
  try {
    return JSON.parse(text, keepText as Reviver);
  } catch (error) {
    // Unlike plain parsing, a reviver needs a stack as deep as the value.
    if (error instanceof RangeError) return parsed;
    throw error;
  }
}

type Reviver = (key: string, value: unknown) => unknown;

function keepText(
  _key: string,
  value: unknown,
  { source }: { source: string },
): unknown {
  return typeof value !== "number" || String(value) === source
    ? value
    : Object.assign(Object(value), { toJSON: () => rawJSON!(source) });
}
