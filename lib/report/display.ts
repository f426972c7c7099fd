/**
 * How many columns a sanitized text takes in a terminal, and cutting and
 * padding it to so many.
 */
import stringWidth from "string-width";

const PLAIN = /^[\x20-\x7e]*$/;

let segmenter: Intl.Segmenter | undefined;

/** How many columns a sanitized text takes. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return graphemes(text).reduce((sum, one) => sum + graphemeWidth(one), 0);
}

/**
 * The longest beginning of a sanitized text that fits `columns`; `mark` stands
 * at its end if anything had to go.
 */
export function cutToWidth(text: string, columns: number, mark = ""): string {
  const room = Math.max(0, columns - mark.length);
  if (PLAIN.test(text)) {
    return text.length <= columns ? text : text.slice(0, room) +
      mark.slice(0, Math.max(0, columns));
  }
  let width = 0;
  let kept = "";
  for (const { segment } of segmentsOf(text)) {
    width += graphemeWidth(segment);
    if (width > columns) return kept + mark.slice(0, Math.max(0, columns));
    if (width <= room) kept += segment;
  }
  return text;
}

/** A sanitized text in exactly so many columns. */
export function fitToWidth(text: string, columns: number, mark = ""): string {
  return padToWidth(cutToWidth(text, columns, mark), columns);
}

/** Pads a sanitized text with spaces on the right. */
export function padToWidth(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}

function graphemes(text: string): string[] {
  return [...segmentsOf(text)].map(({ segment }) => segment);
}

/** Made at the first need: it is slow to load. */
function segmentsOf(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** What terminals draw in one cell or two, however many code points. */
function graphemeWidth(grapheme: string): number {
  return Math.min(2, stringWidth(grapheme));
}
