/**
 * The one table of all commands, and how to look things up in it. It is data:
 * what runs a command is loaded only when the command is run.
 */
import type { Command, Option } from "./command.ts";
import { RUNNING } from "./running_commands.ts";
import { SESSION, SHARED } from "./shared_options.ts";
import { TRACKING } from "./tracking_commands.ts";
import { WATCHING } from "./watching_commands.ts";

const HELP: Command = {
  name: "help",
  group: "Other",
  summary: "Explain ptrack, or one command",
  operands: { kind: "command" },
  options: [
    { name: "markdown", help: "Print the help on all commands as Markdown" },
  ],
  details: [],
  examples: [["ptrack help monitor", "all about monitor"]],
  exitCodes: [[0, "printed"], [2, "no such command"]],
};

/** All commands, in the order in which help lists them. */
export const COMMANDS: readonly Command[] = [
  ...TRACKING,
  ...RUNNING,
  ...WATCHING,
  HELP,
];

/** The word that may stand before a tracking verb: `ptrack track start`. */
export const TRACK = "track";

/** The command of that name. */
export function findCommand(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}

/** All options of a command, its own first; without one, what may precede it. */
export function optionsOf(command: Command | null): readonly Option[] {
  return command === null
    ? [SESSION, ...SHARED]
    : [...command.options, ...SHARED];
}

/** The option of a long name, or of another spelling of it. */
export function findLong(
  options: readonly Option[],
  name: string,
): Option | undefined {
  return options.find((option) =>
    option.name === name || option.aliases?.includes(name)
  );
}

/** The option of a short name. */
export function findShort(
  options: readonly Option[],
  letter: string,
): Option | undefined {
  return options.find((option) => option.short === letter);
}
