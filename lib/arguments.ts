/**
 * What the library is called with, checked: a program in JavaScript may pass
 * anything, and what would be left out in silence would be a report that lies.
 */
import { UsageError } from "./errors.ts";
import type { JsonObject } from "./session/types.ts";

/** What an argument has to be. */
export type Kind =
  | "text"
  | "path"
  | "flag"
  | "percentage"
  | "limit"
  | "time"
  | "count"
  | "process"
  | "texts"
  | "expectation"
  | "object"
  | "function"
  | "signal";

const isText = (value: unknown) => typeof value === "string";
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);
const isNumber = (value: unknown): value is number =>
  typeof value === "number" && !Number.isNaN(value);
const isCount = (value: unknown) =>
  Number.isInteger(value) && Number(value) >= 0;

const KINDS: Record<Kind, [is: (value: unknown) => boolean, what: string]> = {
  text: [isText, "text"],
  path: [(value) => isText(value) && value !== "", "a path"],
  flag: [(value) => typeof value === "boolean", "true or false"],
  percentage: [(value) => value === null || isNumber(value), "a number"],
  limit: [
    (value) => isNumber(value) && value > 0 && value < Infinity,
    "a number of seconds above 0",
  ],
  time: [(value) => isNumber(value) && value >= 0, "a number of seconds"],
  count: [isCount, "a whole number, not below 0"],
  process: [
    (value) => Number.isInteger(value) && Number(value) > 0,
    "the number of a process",
  ],
  texts: [isTexts, "a list of texts"],
  expectation: [
    (value) => isCount(value) || isTexts(value),
    "a number of sessions, or a list of their names",
  ],
  object: [isPlainObject, "an object"],
  function: [(value) => typeof value === "function", "a function"],
  signal: [(value) => value instanceof AbortSignal, "an AbortSignal"],
};

/** Throws a UsageError unless `value` is such; `action` is what cannot be done. */
export function checkArgument(
  action: string,
  [name, value]: [name: string, value: unknown],
  kind: Kind,
): void {
  const [is, what] = KINDS[kind];
  if (is(value)) return;
  throw new UsageError(
    `Cannot ${action}: ${name} is ${shown(value)}, and has to be ${what}`,
  );
}

/**
 * Throws a UsageError unless `options` is an object in which each option is one
 * of `kinds` and such. One that is undefined was not given.
 */
export function checkOptions(
  action: string,
  options: unknown,
  kinds: Readonly<Record<string, Kind>>,
): void {
  checkArgument(action, ["what it is given", options], "object");
  for (const [name, value] of Object.entries(options as object)) {
    if (!Object.hasOwn(kinds, name)) {
      const known = Object.keys(kinds).join(", ");
      throw new UsageError(
        `Cannot ${action}: there is no option "${name}"; there are ${known}`,
      );
    }
    if (value !== undefined) checkArgument(action, [name, value], kinds[name]!);
  }
}

/** As JSON keeps it; throws a UsageError where that cannot keep it at all. */
export function asJson(
  action: string,
  metadata: JsonObject | undefined,
): JsonObject | undefined {
  if (metadata === undefined) return undefined;
  let kept: unknown;
  try {
    kept = JSON.parse(JSON.stringify(metadata));
  } catch (error) {
    const [why] = (error as Error).message.split("\n");
    throw new UsageError(`Cannot ${action}: metadata is no JSON: ${why}`);
  }
  // A Date is an object, and JSON makes a text of it.
  checkArgument(action, ["metadata, as JSON,", kept], "object");
  return kept as JsonObject;
}

/** The words of an error, or of anything else that was thrown. */
export function wordsOf(thrown: unknown): string {
  try {
    const words = thrown instanceof Error
      ? thrown.message || thrown.name
      : thrown;
    return String(words);
  } catch {
    return "what was thrown cannot be told in words";
  }
}

function isPlainObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const SHOWN = 40;

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, SHOWN));
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value) ? "a list" : "an object";
  }
  return typeof value === "function" ? "a function" : String(value);
}
