/**
 * Lines that `ptrack init` adds to a .gitignore, and takes back to the byte:
 * a block below a line that says whose it is. Pure.
 */

/** What may stand in a block. */
export const IGNORED = {
  state: ".parallel/",
  /** The backup of the file as well. */
  settings: ".claude/settings.local.json*",
} as const;

const MARK = "# added by ptrack init";
const OURS: ReadonlySet<string> = new Set(Object.values(IGNORED));

/** A text with a block; null stands for a file that is not there. */
export function addBlock(
  text: string | null,
  lines: readonly string[],
): string {
  const isGoingOn = text !== null && endsWithBlock(text);
  const block = [...(isGoingOn ? [] : [MARK]), ...lines].join("\n");
  // Who ends without a newline goes on so: then nothing has to be remembered.
  if (text === null || text.endsWith("\n")) return `${text ?? ""}${block}\n`;
  return `${text}\n${block}`;
}

function endsWithBlock(text: string): boolean {
  const lines = text.replace(/\n$/, "").split("\n");
  while (OURS.has(lines.at(-1) ?? "")) lines.pop();
  return lines.at(-1) === MARK;
}

/** The text without our blocks; null if the file was ours altogether. */
export function removeBlocks(text: string): string | null {
  const kept: string[] = [];
  let isInBlock = false;
  for (const line of text.split("\n")) {
    isInBlock = line === MARK || isInBlock && OURS.has(line);
    if (!isInBlock) kept.push(line);
  }
  const rest = kept.join("\n");
  return rest === "" && text.startsWith(MARK) ? null : rest;
}

/** Whether a .gitignore has a line, to the letter. */
export function hasLine(text: string, line: string): boolean {
  return text.split(/\r?\n/).includes(line);
}
