/** The command reference in Markdown, which docs/cli.md has at its end. */
import type { Command, CommandGroup } from "./command.ts";
import {
  ENVIRONMENT,
  everyCommand,
  optionRows,
  type Part,
  partsOf,
  type Rows,
  usage,
} from "./help.ts";
import { SHARED } from "./options.ts";

/** All commands, options, variables and exit codes as Markdown. */
export async function renderReference(root: CommandGroup): Promise<string> {
  const parts: string[] = [];
  for (const [title, words] of root.headings ?? []) {
    parts.push(`## ${title}`);
    for (const command of await everyCommand(root, words)) {
      parts.push(...await commandParts(command));
    }
  }
  return [
    ...parts,
    "## Options of every command",
    table("Options", optionRows(SHARED)),
    "## Environment",
    table("Variables", ENVIRONMENT),
  ].join("\n\n") + "\n";
}

async function commandParts(
  command: Command | CommandGroup,
): Promise<string[]> {
  return [
    `### ptrack ${command.name}`,
    `${command.summary}.`,
    `    ${usage(command)}`,
    ...(await partsOf(command)).map(markdown).filter((part) => part !== ""),
  ];
}

function markdown(part: Part): string {
  if (part.kind === "text") return part.text;
  if (part.rows.length === 0) return "";
  if (part.kind === "table") return table(part.title, part.rows);
  const width = Math.max(...part.rows.map(([line]) => line.length));
  const lines = part.rows.map(([line, what]) =>
    `${line.padEnd(width)}  # ${what}`
  );
  return `\`\`\`sh\n${lines.join("\n")}\n\`\`\``;
}

/** A table under the singular of its title. */
function table(title: string, rows: Rows): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const terms = rows.map(([term, meaning]) => [
    title === "Exit codes" ? term : `\`${term}\``,
    meaning,
  ]);
  const head = [title.replace(/s$/, ""), "Meaning"];
  return [line(head), line(["---", "---"]), ...terms.map(line)].join("\n");
}
