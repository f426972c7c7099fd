/**
 * Lines that `ptrack init` adds to a .gitignore, in a block below a line that
 * says so, and that `init --remove` removes to the byte. Pure.
 */

/** The lines of a block. */
export const IGNORED = {
  root: ".parallel/",
  /** And the backup of the file. */
  settings: ".claude/settings.local.json*",
} as const;

const MARK = "# added by ptrack init";
const OURS: ReadonlySet<string> = new Set(Object.values(IGNORED));

/** The text with a line in a block; null stands for a missing file. */
export function addLine(text: string | null, line: string): string {
  // A second one would do nothing, either, for a file that git tracks already.
  if (text?.split(/\r?\n/).includes(line)) return text;
  const block = text !== null && endsWithBlock(text)
    ? line
    : `${MARK}\n${line}`;
  if (text === null || text.endsWith("\n")) return `${text ?? ""}${block}\n`;
  // A text without a newline at its end stays one, so removing can be exact.
  return `${text}\n${block}`;
}

function endsWithBlock(text: string): boolean {
  const lines = text.replace(/\n$/, "").split("\n");
  return lines.findLast((line) => !OURS.has(line)) === MARK;
}

/** The text without our blocks; null if they were all there was. */
export function removeBlocks(text: string | null): string | null {
  if (text === null) return null;
  const kept: string[] = [];
  let isInBlock = false;
  for (const line of text.split("\n")) {
    isInBlock = line === MARK || isInBlock && OURS.has(line);
    if (!isInBlock) kept.push(line);
  }
  const rest = kept.join("\n");
  return rest === "" && text.startsWith(MARK) ? null : rest;
}
