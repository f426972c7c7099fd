/**
 * Numbers that others have written and a double would change, such as
 * 12345678901234567890 or 1.10. They keep their text, so that a rewrite leaves
 * them as they were: where the runtime can, they are Number objects that
 * become that text in JSON.
 */

/** Where our own numbers stand: `true` for a key whose value is ours. */
export interface OwnNumbers {
  readonly [key: string]: true | OwnNumbers;
}

/** Newer than the types; Node has it from 22 on. */
const { rawJSON } = JSON as { rawJSON?: (text: string) => unknown };

/** Whether a value holds a number, not too deep, that is not one of ours. */
export function hasNumber(
  value: unknown,
  own?: true | OwnNumbers,
  levels = 100,
): boolean {
  if (own === true || levels === 0) return false;
  if (typeof value !== "object" || value === null) {
    return typeof value === "number";
  }
  for (const key in value) {
    const item = (value as OwnNumbers)[key];
    if (hasNumber(item, own?.[key], levels - 1)) return true;
  }
  return false;
}

/** JSON.parse, but numbers that a double would change keep their text. */
export function parseExactly(text: string): unknown {
  // A number, such as `1e5`, that may not be printed as it was written.
  const odd =
    /[:[,\s]-?(?:(?<=-)0|[\d.]{16,}|\d+\.\d*0|0\.0{6}\d+|[\d.]+[eE][-+]?\d+)(?=[,}\]\s])/;
  if (rawJSON === undefined || !odd.test(text)) return JSON.parse(text);
  try {
    return JSON.parse(text, keepText as Reviver);
  } catch (error) {
    // Unlike plain parsing, a reviver needs a stack as deep as the value.
    if (error instanceof RangeError) return JSON.parse(text);
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

/** Makes our own numbers plain ones again. */
export function makePlain(value: object, own: OwnNumbers): void {
  const object = value as Record<string, unknown>;
  for (const key in own) {
    const item = object[key];
    const inner = own[key]!;
    if (item instanceof Number) object[key] = Number(item);
    else if (inner !== true && typeof item === "object" && item !== null) {
      makePlain(item, inner);
    }
  }
}
