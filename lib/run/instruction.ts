/**
 * What a line of a stream says: a percentage and a message, a verb and its
 * text, or a JSON object; of any other line, why it cannot be read. Pure.
 */
import {
  clampPercent,
  isObject,
  isTexts,
  mayHoldNumber,
  parseExactly,
  parseProgress,
} from "../session/event.ts";
import { metadataExcess } from "../session/metadata.ts";
import type { JsonObject } from "../session/types.ts";

/** A heartbeat; a part that is null or "" was not given. */
export interface Heartbeat {
  kind: "heartbeat";
  progressPct: number | null;
  message: string;
  metadata?: JsonObject;
}

/** What a line says, with the arguments of the tracker's verb. */
export type Instruction =
  | Heartbeat
  | { kind: "waiting"; text: string }
  | { kind: "error"; text: string }
  | { kind: "complete"; outputFiles: string[]; message: string }
  | { kind: "fail"; text: string; outputFiles: string[] };

/** A line that cannot be read. */
export interface Unreadable {
  kind: "bad";
  why: string;
}

// The names of a key; the first one that has a value counts.
const PROGRESS_KEYS = ["pct", "progress", "progress_pct"];
const HEARTBEAT_KEYS = [...PROGRESS_KEYS, "message", "metadata"];
const MESSAGE_KEYS = ["message", "text"];
const TEXT_KEYS = ["text", "message", "reason", "error"];
const OUTPUT_KEYS = ["output", "outputs", "output_files"];

/** The words that a line which is no JSON object may begin with. */
const VERBS = ["heartbeat", "waiting", "error", "complete", "fail"];
const NO_VERB = "a line begins with a percentage, heartbeat, waiting, error, " +
  "complete or fail, or is a JSON object";

/** Adds a later heartbeat to an earlier one. */
export function mergeHeartbeat(into: Heartbeat, next: Heartbeat): void {
  into.progressPct = next.progressPct ?? into.progressPct;
  into.message = next.message || into.message;
  if (next.metadata !== undefined) {
    into.metadata = { ...into.metadata, ...next.metadata };
  }
}

/** Reads a line, which has no blanks around it and is not empty. */
export function parseInstruction(line: string): Instruction | Unreadable {
  if (line.startsWith("{")) return parseJsonLine(line);
  const end = line.search(/[ \t]/);
  const word = end < 0 ? line : line.slice(0, end);
  const text = end < 0 ? "" : line.slice(end).replace(/^[ \t]+/, "");
  if (VERBS.includes(word)) {
    const outputs = text.split(/[ \t]+/).filter((name) => name !== "");
    const said = word === "complete" ? { outputs } : { text };
    return instructionOf({ event: word, ...said });
  }
  if (!/^[-+.]?\d/.test(word)) return { kind: "bad", why: NO_VERB };
  const progressPct = parseProgress(word);
  return typeof progressPct === "number"
    ? { kind: "heartbeat", progressPct, message: text }
    : { kind: "bad", why: `${progressPct}, then a blank` };
}

/** A key has a value of the wrong kind. */
class WrongValue extends Error {}

function parseJsonLine(line: string): Instruction | Unreadable {
  try {
    const object: JsonObject = JSON.parse(line);
    if (mayHoldNumber(object["metadata"])) {
      object["metadata"] = parseExactly(line, object)["metadata"];
    }
    return instructionOf(object);
  } catch (error) {
    const isWrong = error instanceof WrongValue;
    return {
      kind: "bad",
      why: isWrong ? error.message : "it is no JSON object",
    };
  }
}

function instructionOf(object: JsonObject): Instruction {
  const isHeartbeat = HEARTBEAT_KEYS.some((key) => isGiven(object[key]));
  const event = object["event"] ?? (isHeartbeat ? "heartbeat" : undefined);
  switch (event) {
    case "heartbeat": {
      const message = textOf(object, MESSAGE_KEYS);
      const metadata = metadataOf(object);
      const progressPct = percentOf(object);
      return { kind: "heartbeat", progressPct, message, ...metadata };
    }
    case "waiting":
      return { kind: "waiting", text: textOf(object, TEXT_KEYS) };
    case "error":
      return { kind: "error", text: textOf(object, TEXT_KEYS) };
    case "complete":
    case "completed": {
      const message = textOf(object, MESSAGE_KEYS);
      return { kind: "complete", outputFiles: filesOf(object), message };
    }
    case "fail":
    case "failed": {
      const text = textOf(object, TEXT_KEYS);
      return { kind: "fail", text, outputFiles: filesOf(object) };
    }
  }
  throw new WrongValue(
    event === undefined
      ? 'it has neither "event" nor "pct", "message" or "metadata"'
      : '"event" is heartbeat, waiting, error, complete or fail',
  );
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The first of the keys that has a value, and that value. */
function firstOf(object: JsonObject, keys: string[]): [string, unknown] {
  const key = keys.find((key) => isGiven(object[key]));
  return key === undefined ? ["", undefined] : [key, object[key]];
}

function textOf(object: JsonObject, keys: string[]): string {
  const [key, text = ""] = firstOf(object, keys);
  if (typeof text === "string") return text;
  throw new WrongValue(`"${key}" is no text`);
}

function percentOf(object: JsonObject): number | null {
  const [key, value] = firstOf(object, PROGRESS_KEYS);
  if (value === undefined) return null;
  const percent = typeof value === "string"
    ? parseProgress(value)
    : clampPercent(value);
  if (typeof percent === "number") return percent;
  throw new WrongValue(`"${key}" is no progress: N, "N%" or "N/M"`);
}

function metadataOf({ metadata }: JsonObject): { metadata?: JsonObject } {
  if (!isGiven(metadata)) return {};
  if (!isObject(metadata)) throw new WrongValue('"metadata" is no JSON object');
  const excess = metadataExcess(metadata);
  if (excess === "") return { metadata };
  throw new WrongValue(`"metadata" is too much: ${excess}`);
}

function filesOf(object: JsonObject): string[] {
  const [key, value = []] = firstOf(object, OUTPUT_KEYS);
  const files = typeof value === "string" ? [value] : value;
  if (isTexts(files)) return files;
  throw new WrongValue(`"${key}" is no list of names`);
}
