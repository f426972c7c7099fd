/**
 * Sanitized text in a terminal: how wide it is, cutting, padding and colouring
 * it. It is cut first, so that a cut never falls into an escape sequence.
 */
import stringWidth from "string-width";

/** Text of which each character takes one column: also where it was cut. */
const PLAIN = /^[\x20-\x7e…]*$/;

/** How many columns a sanitized text takes. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes(text)) width += graphemeWidth(segment);
  return width;
}

/**
 * The longest beginning of a sanitized text that fits `columns`; `mark` stands
 * at its end if anything had to go.
 */
export function cutToWidth(text: string, columns: number, mark = ""): string {
  const room = Math.max(0, columns - mark.length);
  const shownMark = mark.slice(0, Math.max(0, columns));
  if (PLAIN.test(text)) {
    return text.length <= columns ? text : text.slice(0, room) + shownMark;
  }
  let width = 0;
  let kept = "";
  for (const { segment } of graphemes(text)) {
    width += graphemeWidth(segment);
    if (width > columns) return kept + shownMark;
    if (width <= room) kept += segment;
  }
  return text;
}

/** Pads a sanitized text with spaces on the right. */
export function padToWidth(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}

let segmenter: Intl.Segmenter | undefined;

/** The segmenter is made at the first need: it is slow to load. */
function graphemes(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** Terminals draw one in one cell or two, however many code points it has. */
function graphemeWidth(grapheme: string): number {
  return Math.min(2, stringWidth(grapheme));
}

const CODES = {
  plain: "",
  bold: "1",
  dim: "2",
  red: "31",
  green: "32",
  yellow: "33",
  cyan: "36",
  magenta: "35",
};

/** What a part of a line looks like in colour. */
export type Style = keyof typeof CODES;

/** A sanitized text and its style. */
export type Part = readonly [text: string, style: Style];

/** Where lines are shown. */
export interface Surface {
  /** The terminal's width; null where there is no terminal. */
  columns: number | null;
  color: boolean;
  /** The longest text where there is no terminal; else the original's. */
  textColumns?: number;
}

/** A line, without its end, that fits on the surface. */
export function paintLine(parts: readonly Part[], surface: Surface): string {
  let left = surface.columns ?? Infinity;
  let line = "";
  for (const [text, style] of parts) {
    const shown = left === Infinity ? text : cutToWidth(text, left);
    left -= left === Infinity ? 0 : widthOf(shown);
    line += surface.color && style !== "plain" && shown !== ""
      ? `\x1b[${CODES[style]}m${shown}\x1b[0m`
      : shown;
    if (left <= 0) break;
  }
  return line;
}
