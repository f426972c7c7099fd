/**
 * JSON for programs that a person may also look at in a terminal, or the runner
 * of a CI system: what those would obey is escaped, which does not change the
 * value. Values that are nested deeper than can be written lose what lies too
 * deep.
 */

/**
 * What a terminal obeys or what hides there, and the second `#` of a runner's
 * command; none of it is JSON's structure.
 */
const TO_ESCAPE =
  /(?<=#)#(?=\[|vso\[|teamcity\[)|[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gi;

/** Deeper than any use, and far less than what no program can write. */
const DEEPEST = 200;

/** The value as a whole JSON text with its newline. */
export function jsonText(value: unknown, indent: number): string {
  return `${harmless(stringify(value, indent))}\n`;
}

/** The value as JSON on one line, without its end. */
export function jsonLine(value: unknown): string {
  return harmless(stringify(value, 0));
}

function harmless(json: string): string {
  return json.replace(
    TO_ESCAPE,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function stringify(value: unknown, indent: number): string {
  try {
    return JSON.stringify(value, null, indent);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return JSON.stringify(withoutDepth(value, DEEPEST), null, indent);
  }
}

/** The value with null in place of what lies too deep. */
function withoutDepth(value: unknown, levels: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (levels === 0) return null;
  const inside = (item: unknown) => withoutDepth(item, levels - 1);
  if (Array.isArray(value)) return value.map(inside);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, inside(item)]),
  );
}
