/** How to look things up in the table of commands. */
import type { Command, Option } from "./table_types.ts";
import { SESSION, SHARED } from "./shared_options.ts";

/** The word that may stand before a tracking verb: `ptrack track start`. */
export const TRACK = "track";

/** The command of that name. */
export function findCommand(
  commands: readonly Command[],
  name: string,
): Command | undefined {
  return commands.find((command) => command.name === name);
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
