/**
 * Help pages, from the command table: all of ptrack, the tracking verbs, or
 * one command. Plain text of at most 80 columns; pure functions.
 */
import type { Group } from "./command.ts";
import type { Command, Option } from "./table_types.ts";
import { ENVIRONMENT } from "./environment_table.ts";
import { column, list, wrap } from "./columns.ts";
import { SHARED } from "./shared_options.ts";
import { findCommand, TRACK } from "./lookup.ts";
import { COMMANDS } from "../commands/table.ts";

/** Headings with their commands, in the order of the table. */
export function groups(): [Group, Command[]][] {
  const names = [...new Set(COMMANDS.map(({ group }) => group))];
  return names.map((name) => [
    name,
    COMMANDS.filter(({ group }) => group === name),
  ]);
}

/** The page on a command, on `track`, or (null) on all of ptrack. */
export function renderHelp(topic: string | null): string {
  const command = topic === null ? undefined : findCommand(COMMANDS, topic);
  if (command !== undefined) return renderCommand(command);
  return topic === TRACK ? renderTracking() : renderOverview();
}

/** The page on all of ptrack. */
export function renderOverview(): string {
  return page([
    wrap(
      "ptrack shows how parallel sessions are doing. Each session reports by " +
        "small commands, which write files below .parallel; a monitor reads " +
        "them. No daemon, no database, no network.",
    ),
    "Usage: ptrack COMMAND [options]\n" +
    "       ptrack COMMAND --help",
    ...groups().map(([name, commands]) => section(name, summaries(commands))),
    section("Options of every command", optionRows(SHARED)),
    section("Environment", ENVIRONMENT),
    examples([
      ['ptrack start -s adr-01 "ADR-001"', "a session begins"],
      ["ptrack heartbeat -s adr-01 --pct 60", "it is at 60 %"],
      ["ptrack complete -s adr-01", "it has ended well"],
      ["ptrack monitor watch", "see them all, live"],
    ]),
  ]);
}

function renderTracking(): string {
  const commands = COMMANDS.filter(({ group }) => group === "Tracking");
  return page([
    wrap("The tracking verbs; the word track may be left out."),
    "Usage: ptrack track VERB [options]\n" +
    "       ptrack VERB [options]",
    section("Verbs", summaries(commands)),
    examples([
      ["ptrack track start -s adr-01", "the same as ptrack start -s adr-01"],
      ["ptrack track heartbeat --help", "all about one of them"],
    ]),
  ]);
}

function renderCommand(command: Command): string {
  const { operands } = command;
  const shared = SHARED.filter(({ name }) => name !== "version");
  return page([
    wrap(`ptrack ${command.name}: ${command.summary}`),
    `Usage: ${usage(command)}`,
    operands.kind === "text"
      ? section("Operand", [[
        operands.name,
        `${operands.help}; - reads it ` +
        "from standard input",
      ]])
      : "",
    operands.kind === "view"
      ? section("Views", operands.views.map((v) => [v.name, v.summary]))
      : "",
    section("Options", optionRows(command.options)),
    section("Options of every command", optionRows(shared)),
    ...command.details.map((paragraph) => wrap(paragraph)),
    examples(command.examples),
    section(
      "Exit codes",
      command.exitCodes.map(([code, meaning]) => [String(code), meaning]),
    ),
  ]);
}

/** How a command is called, such as `ptrack fail TEXT [options]`. */
export function usage({ name, operands }: Command): string {
  const operand = operands.kind === "text"
    ? operands.required ? operands.name : `[${operands.name}]`
    : operands.kind === "view"
    ? `[${operands.views.map((view) => view.name).join("|")}]`
    : operands.kind === "command"
    ? "[COMMAND]"
    : "";
  if (operands.kind === "program") {
    return `ptrack ${name} [options] [--] COMMAND [ARG…]`;
  }
  return ["ptrack", name, operand, "[options]"].filter(Boolean).join(" ");
}

/** How an option is written, such as `-m, --message TEXT`. */
export function spelling({ name, short, value, aliases = [] }: Option): string {
  const longs = [name, ...aliases].map((long) => `--${long}`).join(", ");
  return `${short === undefined ? "" : `-${short}, `}${longs}` +
    (value === undefined ? "" : ` ${value}`);
}

/** What an option does, where it may be used, and what stands in for it. */
export function explanation(option: Option): string {
  const { help, repeatable, env, onlyFor } = option;
  const notes = [
    repeatable ? "repeatable" : "",
    onlyFor === undefined ? "" : `only ${onlyFor.join(", ")}`,
    env === undefined ? "" : `env ${env}`,
  ].filter(Boolean);
  return notes.length === 0 ? help : `${help} [${notes.join("; ")}]`;
}

function optionRows(options: readonly Option[]): [string, string][] {
  return options.map((option) => {
    const indent = option.short === undefined ? "    " : "";
    return [indent + spelling(option), explanation(option)];
  });
}

function summaries(commands: readonly Command[]): [string, string][] {
  return commands.map(({ name, summary }) => [name, summary]);
}

function section(
  heading: string,
  rows: readonly (readonly [string, string])[],
): string {
  return rows.length === 0 ? "" : `${heading}:\n${list(rows, column(rows))}`;
}

/** Command lines are long: unless all are short, what they do is below. */
function examples(rows: Command["examples"]): string {
  const width = column(rows);
  const isShort = rows.every(([line]) => line.length <= width);
  return rows.length === 0
    ? ""
    : `Examples:\n${list(rows, isShort ? width : 2)}`;
}

function page(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}
