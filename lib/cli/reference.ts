/** The command reference in Markdown, which docs/cli.md has at its end. */
import { isGroup, loadCommands } from "./command_line.ts";
import type { Command, CommandGroup } from "./command.ts";
import { ENVIRONMENT } from "./environment.ts";
import { optionRows, type Part, partsOf, type Rows, usage } from "./help.ts";
import { SHARED } from "./options.ts";

/** All commands, options, variables and exit codes as Markdown. */
export async function renderReference(root: CommandGroup): Promise<string> {
  const parts: string[] = [];
  for (const [title, words] of root.headings ?? []) {
    parts.push(`## ${title}`);
    for (const command of await loadCommands(root, words)) {
      parts.push(...await commandParts(command));
    }
  }
  return [
    ...parts,
    "## Options of every command",
    table(["Option", "What it does"], optionRows(SHARED)),
    "## Environment",
    table(["Variable", "What it does"], ENVIRONMENT),
  ].join("\n\n") + "\n";
}

async function commandParts(
  command: Command | CommandGroup,
): Promise<string[]> {
  const parts = [
    `### ptrack ${command.name}`,
    `${command.summary}.`,
    `    ${usage(command)}`,
    ...(await partsOf(command)).map(markdown).filter((part) => part !== ""),
  ];
  if (!isGroup(command)) return parts;
  const below = await loadCommands(command);
  return [...parts, ...(await Promise.all(below.map(commandParts))).flat()];
}

function markdown(part: Part): string {
  if (part.kind === "text") return part.text;
  if (part.rows.length === 0) return "";
  if (part.kind === "table") return table(part.head, part.rows);
  const width = Math.max(...part.rows.map(([line]) => line.length));
  const lines = part.rows.map(([line, what]) =>
    `${line.padEnd(width)}  # ${what}`
  );
  return `\`\`\`sh\n${lines.join("\n")}\n\`\`\``;
}

function table(head: readonly [string, string], rows: Rows): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const terms = rows.map(([term, meaning]) => [
    head[0] === "Exit code" ? term : `\`${term}\``,
    meaning,
  ]);
  return [line(head), line(["---", "---"]), ...terms.map(line)].join("\n");
}
