/** Laying out help: wrapped text, and lists of two columns. Pure. */

const WIDTH = 80;
const INDENT = 2;
const WIDEST = 28;

/** Breaks text into lines of `width` columns at its spaces. */
export function wrap(text: string, width: number = WIDTH): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}

/** The width of the left column for rows, longer entries left aside. */
export function columnWidth(
  rows: readonly (readonly [string, string])[],
): number {
  const fitting = rows.map(([left]) => left.length).filter((n) => n <= WIDEST);
  return Math.max(0, ...fitting);
}

/** Rows of two columns; what is too long on the left has its own line. */
export function list(
  rows: readonly (readonly [string, string])[],
  leftWidth: number,
): string {
  const margin = " ".repeat(INDENT);
  const start = INDENT + leftWidth + 2;
  return rows.map(([left, right]) => {
    const lines = wrap(right, WIDTH - start)
      .replaceAll("\n", `\n${" ".repeat(start)}`);
    return left.length > leftWidth
      ? `${margin}${left}\n${" ".repeat(start)}${lines}`
      : `${margin}${left.padEnd(leftWidth)}  ${lines}`;
  }).join("\n");
}
