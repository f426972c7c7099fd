/**
 * Lines made of parts, each with a style: cut to the terminal's width first,
 * coloured after, so that a cut never falls into an escape sequence.
 */
import { cutToWidth, widthOf } from "./display.ts";

/** What a part of a line looks like in colour. */
export type Style =
  | "plain"
  | "bold"
  | "dim"
  | "red"
  | "green"
  | "yellow"
  | "cyan"
  | "magenta";

/** A harmless text and its style. */
export type Part = readonly [text: string, style: Style];

const CODES: Record<Style, string> = {
  plain: "",
  bold: "1",
  dim: "2",
  red: "31",
  green: "32",
  yellow: "33",
  cyan: "36",
  magenta: "35",
};

/** Where lines are shown. */
export interface Surface {
  /** The terminal's width, null where there is no terminal. */
  columns: number | null;
  /** Whether to colour. */
  color: boolean;
}

/** A line, without its end, that fits on the surface. */
export function paintLine(parts: readonly Part[], surface: Surface): string {
  const { columns, color } = surface;
  let left = columns ?? Infinity;
  let line = "";
  for (const [text, style] of parts) {
    const shown = columns === null ? text : cutToWidth(text, left);
    if (columns !== null) left -= widthOf(shown);
    line += color && style !== "plain" && shown !== ""
      ? `\x1b[${CODES[style]}m${shown}\x1b[0m`
      : shown;
    if (left <= 0) break;
  }
  return line;
}
