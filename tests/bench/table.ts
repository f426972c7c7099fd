/** The figures as Markdown tables, and their place in docs/performance.md. */
import { describeChange, type Figure } from "./figures.ts";

/** Figures below a heading. */
export interface Section {
  heading: string;
  figures: readonly Figure[];
}

/** The sections as tables, with a column for the ptrack before if it is named. */
export function renderTables(
  sections: readonly Section[],
  before: string | null,
): string {
  const row = (...cells: string[]) =>
    `| ${cells.slice(0, before === null ? 2 : 3).join(" | ")} |`;
  return sections.flatMap(({ heading, figures }) => [
    row(heading, "", `beside ${before}`),
    row("---", "---", "---"),
    ...figures.map((figure) =>
      row(figure.what, figure.measured, describeChange(figure))
    ),
    "",
  ]).join("\n");
}

const BEGIN = "<!-- bench -->";
const END = "<!-- /bench -->";

/** Puts a text between the marks of a page; null if it has none. */
export function replaceBetweenMarks(
  page: string,
  text: string,
): string | null {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) return null;
  return `${page.slice(0, begin + BEGIN.length)}\n${text}${page.slice(end)}`;
}
