/**
 * One line of a stream as a text, understood: a percentage and a message, a
 * verb and its text, or a JSON object. Says of every other line why it is
 * none. Pure; `stream_lines.ts` asks only for lines that are no plain progress.
 */
import { clampPercent, isObject, jsonBytes } from "../session/event.ts";
import type { JsonObject } from "../session/types.ts";

/** What a line says. */
export type Instruction =
  | {
    kind: "heartbeat";
    pct: number | null;
    message: string;
    metadata: JsonObject | null;
  }
  | { kind: "waiting"; text: string }
  | { kind: "error"; text: string }
  | { kind: "complete"; outputFiles: string[]; message: string }
  | { kind: "fail"; text: string; outputFiles: string[] };

/** A line that says nothing that can be understood, and why. */
export interface Unread {
  kind: "bad";
  why: string;
}

/** The most metadata of a line, in bytes of JSON; a heartbeat takes as much. */
const METADATA_LIMIT = 32 * 1024;

// Of each the first key that has a value counts. Made once, not by the line.
const PROGRESS_KEYS = ["pct", "progress", "progress_pct"];
const HEARTBEAT_KEYS = [...PROGRESS_KEYS, "message", "metadata"];
const MESSAGE_KEYS = ["message", "text"];
const TEXT_KEYS = ["text", "message", "reason", "error"];
const OUTPUT_KEYS = ["output", "outputs", "output_files"];

const NO_VERB = "a line begins with a percentage, heartbeat, waiting, error, " +
  "complete or fail, or is a JSON object";

/** What a line says, which has no blanks around it and is not empty. */
export function readWords(line: string): Instruction | Unread {
  if (line.startsWith("{")) return readJson(line);
  const end = line.search(/[ \t]/);
  const word = end < 0 ? line : line.slice(0, end);
  const text = end < 0 ? "" : line.slice(end).replace(/^[ \t]+/, "");
  switch (word) {
    case "heartbeat":
      return { kind: "heartbeat", pct: null, message: text, metadata: null };
    case "waiting":
    case "error":
      return { kind: word, text };
    case "complete": {
      const outputFiles = text.split(/[ \t]+/).filter((name) => name !== "");
      return { kind: "complete", outputFiles, message: "" };
    }
    case "fail":
      return { kind: "fail", text, outputFiles: [] };
  }
  const pct = readPercent(word);
  if (typeof pct === "number") {
    return { kind: "heartbeat", pct, message: text, metadata: null };
  }
  return { kind: "bad", why: /^[-+.]?\d/.test(word) ? pct : NO_VERB };
}

/** A percentage of `N`, `N%` or `N/M`, clamped; a text says why it is none. */
function readPercent(text: string): number | string {
  const found = /^([+-]?\d+(?:\.\d+)?)(?:%|\/(\d+(?:\.\d+)?))?$/.exec(text);
  if (found === null) {
    return "progress is N, N% or N/M, such as 60, 60% or 3/5, then a blank";
  }
  const part = Number(found[1]);
  const whole = found[2] === undefined ? 100 : Number(found[2]);
  if (whole === 0) return "there is no part of 0";
  // Multiplied first: 29/100 must be 29, not 28.999….
  return Math.max(0, Math.min(100, Math.floor((part * 100) / whole)));
}

function readJson(line: string): Instruction | Unread {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { kind: "bad", why: "it is no JSON object" };
  }
  if (!isObject(value)) return { kind: "bad", why: "it is no JSON object" };
  try {
    return instructionOf(value);
  } catch (error) {
    if (error instanceof Misfit) return { kind: "bad", why: error.message };
    throw error;
  }
}

/** A value that is not of the kind that its key takes. */
class Misfit extends Error {}

function instructionOf(object: JsonObject): Instruction {
  const event = object["event"] ?? eventOf(object);
  switch (event) {
    case "heartbeat":
      return {
        kind: "heartbeat",
        pct: percentOf(object),
        message: textOf(object, MESSAGE_KEYS),
        metadata: metadataOf(object),
      };
    case "waiting":
      return { kind: "waiting", text: textOf(object, TEXT_KEYS) };
    case "error":
      return { kind: "error", text: textOf(object, TEXT_KEYS) };
    case "complete":
    case "completed":
      return {
        kind: "complete",
        outputFiles: filesOf(object),
        message: textOf(object, MESSAGE_KEYS),
      };
    case "fail":
    case "failed":
      return {
        kind: "fail",
        text: textOf(object, TEXT_KEYS),
        outputFiles: filesOf(object),
      };
  }
  throw new Misfit(
    event === undefined
      ? 'it has neither "event" nor "pct", "message" or "metadata"'
      : '"event" is heartbeat, waiting, error, complete or fail',
  );
}

/** Without a word for it, what tells of progress is a heartbeat. */
function eventOf(object: JsonObject): string | undefined {
  for (const key of HEARTBEAT_KEYS) {
    if ((object[key] ?? null) !== null) return "heartbeat";
  }
  return undefined;
}

/** The first of the keys that has a value; "" if none has. */
function textOf(object: JsonObject, keys: readonly string[]): string {
  for (const key of keys) {
    const value = object[key] ?? null;
    if (value === null) continue;
    if (typeof value === "string") return value;
    throw new Misfit(`"${key}" is no text`);
  }
  return "";
}

function percentOf(object: JsonObject): number | null {
  for (const key of PROGRESS_KEYS) {
    const value = object[key] ?? null;
    if (value === null) continue;
    const pct = typeof value === "string"
      ? readPercent(value.trim())
      : clampPercent(value) ?? "it is no number";
    if (typeof pct === "number") return pct;
    throw new Misfit(`"${key}" is no progress: N, "N%" or "N/M"`);
  }
  return null;
}

function metadataOf(object: JsonObject): JsonObject | null {
  const value = object["metadata"] ?? null;
  if (value === null) return null;
  if (!isObject(value)) throw new Misfit('"metadata" is no JSON object');
  if (jsonBytes(value) <= METADATA_LIMIT) return value;
  throw new Misfit(`"metadata" has ${METADATA_LIMIT} bytes at most`);
}

function filesOf(object: JsonObject): string[] {
  for (const key of OUTPUT_KEYS) {
    const value = object[key] ?? null;
    if (value === null) continue;
    const files = typeof value === "string" ? [value] : value;
    const isList = Array.isArray(files) &&
      files.every((file) => typeof file === "string");
    if (isList) return files;
    throw new Misfit(`"${key}" is no list of names`);
  }
  return [];
}
