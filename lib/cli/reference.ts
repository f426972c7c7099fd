/** The command reference in Markdown, from the table; docs/cli.md has it. */
import type { Command } from "./table_types.ts";
import { ENVIRONMENT } from "./environment_table.ts";
import { explanation, groups, spelling, usage } from "./help.ts";
import { SHARED } from "./shared_options.ts";

/** All commands, options, variables and exit codes as Markdown. */
export function renderCommandReference(): string {
  const parts = groups().flatMap(([name, commands]) => [
    `## ${name}`,
    ...commands.flatMap(commandParts),
  ]);
  return [
    ...parts,
    "## Options of every command",
    table(
      ["Option", "What it does"],
      SHARED.map((option) => [code(spelling(option)), explanation(option)]),
    ),
    "## Environment",
    table(
      ["Variable", "What it does"],
      ENVIRONMENT.map(([name, what]) => [code(name), what]),
    ),
  ].join("\n\n") + "\n";
}

function commandParts(command: Command): string[] {
  const { name, summary, operands, options, details, examples } = command;
  const views = operands.kind === "view"
    ? operands.views.map((view) => [code(view.name), view.summary])
    : [];
  const optionRows = options.map((option) => [
    code(spelling(option)),
    explanation(option),
  ]);
  const exitRows = command.exitCodes.map(([exit, meaning]) => [
    String(exit),
    meaning,
  ]);
  const width = Math.max(0, ...examples.map(([line]) => line.length));
  const lines = examples.map(([line, what]) =>
    `${line.padEnd(width)}  # ${what}`
  );
  return [
    `### ptrack ${name}`,
    `${summary}.`,
    `    ${usage(command)}`,
    operands.kind === "text"
      ? `${code(operands.name)}: ${operands.help}; ${
        code("-")
      } reads it from ` +
        "standard input."
      : "",
    table(["View", "What it shows"], views),
    table(["Option", "What it does"], optionRows),
    ...details,
    lines.length === 0 ? "" : `\`\`\`sh\n${lines.join("\n")}\n\`\`\``,
    table(["Exit code", "Meaning"], exitRows),
  ].filter((part) => part !== "");
}

function table(head: string[], rows: readonly string[][]): string {
  if (rows.length === 0) return "";
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join(
    "\n",
  );
}

function code(text: string): string {
  return `\`${text}\``;
}
