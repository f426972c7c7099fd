/**
 * JSON that is safe to show in a terminal or to the runner of a CI system: what
 * those would obey is escaped, which does not change the value.
 */
import { isName } from "../session/names.ts";

/**
 * Characters that a terminal obeys or hides, and the second `#` of a runner's
 * command. JSON's own structure needs none of them.
 */
const TO_ESCAPE =
  /(?<=#)#(?=\[|vso\[|teamcity\[)|[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gi;

/** Deeper than any use, and far from overflowing the stack. */
const DEEPEST = 200;

/** The value as an indented JSON text with its newline. */
export function jsonText(value: unknown): string {
  return `${harmless(stringify(value, 2))}\n`;
}

/** The value as JSON on one line, without its end. */
export function jsonLine(value: unknown): string {
  return harmless(stringify(value, 0));
}

/**
 * The name for programs: as it is, or as a JSON text in which nothing hides.
 * Two names never become the same.
 */
export function exactName(name: string): string {
  return isName(name) ? name : jsonLine(name);
}

function harmless(json: string): string {
  return json.replace(TO_ESCAPE, escapeUnit);
}

/** A UTF-16 code unit as JSON escapes it. */
export function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** JSON; what is nested too deep for the runtime is cut. */
export function stringify(value: unknown, indent: number): string {
  try {
    return JSON.stringify(value, null, indent);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return JSON.stringify(limitDepth(value, DEEPEST), null, indent);
  }
}

/** The value with null in place of all that is nested deeper. */
function limitDepth(value: unknown, levels: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Number) return value;
  if (levels === 0) return null;
  const inside = (item: unknown) => limitDepth(item, levels - 1);
  if (Array.isArray(value)) return value.map(inside);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, inside(item)]),
  );
}
