/**
 * From the text of an option to its value. Each throws a UsageError that says
 * what the option takes; `where` names the option or variable for it.
 */
import { parseDuration } from "../session/times.ts";
import { parseProgress } from "../session/event.ts";
import type { JsonObject } from "../session/types.ts";
import { badValue } from "./messages.ts";

/** A percentage of `N`, `N%` or `N/M`; 0 to 100, what is outside is clamped. */
export function parsePercent(text: string, where: string): number {
  const percent = parseProgress(text);
  if (typeof percent === "number") return percent;
  throw badValue(text, where, percent);
}

/** Metadata of `KEY=VALUE` texts; a later one of the same key wins. */
export function parseMetadata(texts: readonly string[]): JsonObject {
  const entries = texts.map((text): [string, unknown] => {
    const end = text.indexOf("=");
    if (end > 0) {
      return [text.slice(0, end), parseJsonValue(text.slice(end + 1))];
    }
    throw badValue(
      text,
      "--meta",
      "metadata is KEY=VALUE, such as branch=main",
    );
  });
  // Own properties, whatever the key: "__proto__" is a key like any other.
  return Object.fromEntries(entries);
}

/** JSON other than a text is what it says; everything else is text. */
function parseJsonValue(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof value === "string") return text;
  // A number that JavaScript cannot hold would come out as another one.
  return typeof value === "number" && !holds(value) ? text : value;
}

function holds(value: number): boolean {
  return Number.isFinite(value) &&
    (!Number.isInteger(value) || Number.isSafeInteger(value));
}

/** Seconds, more than none, of a duration such as `90s` or `1h30m`. */
export function parseSeconds(
  text: string,
  where: string,
  options: { bareNumber?: "seconds" | "minutes" } = {},
): number {
  const seconds = parseDuration(text, options);
  if (seconds !== null && seconds > 0) return seconds;
  throw badValue(
    text,
    where,
    seconds === 0
      ? "a duration is longer than that"
      : "a duration is like 90s, 5m, 2h or 1h30m",
  );
}

/** A whole number of 1 or more. */
export function parseCount(text: string, where: string): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (count > 0) return count;
  throw badValue(text, where, "it is a whole number from 1");
}
