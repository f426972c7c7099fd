/**
 * What can be completed, read from the table of commands: the same for every
 * shell. How a shell is told of it is a file for each.
 */
import { isGroup, loadCommands } from "../../cli/arguments.ts";
import type {
  Command as Definition,
  Option as Declaration,
} from "../../cli/command.ts";
import { REPORT_FORMATS } from "../../report/formats.ts";
import { SESSION, SHARED } from "../../cli/options.ts";
import { PTRACK } from "../index.ts";

/** An option, and the views that it is for. */
export interface Option extends Declaration {
  onlyFor?: readonly string[];
}

/** A command, with the views of a group as its operands. */
export interface Command {
  name: string;
  group: string;
  summary: string;
  options: readonly Option[];
  operands: Definition["operands"] | {
    kind: "view";
    views: readonly { name: string; summary: string }[];
  };
}

/** All commands. */
export const COMMANDS: readonly Command[] = await Promise.all(
  (await loadCommands(PTRACK.commands)).map(
    async (command): Promise<Command> => {
      if (!isGroup(command)) return command;
      const below = (await loadCommands(command.commands)) as Definition[];
      const views = below.map(({ name, summary }) => ({
        name: name.split(" ")[1]!,
        summary,
      }));
      const options = new Map<string, Option>();
      for (const one of below.flatMap(({ options }) => options)) {
        const homes = below.filter(({ options }) =>
          options.some(({ name }) => name === one.name)
        );
        options.set(one.name, {
          ...one,
          ...(homes.length === below.length ? {} : {
            onlyFor: homes.map(({ name }) => name.split(" ")[1]!),
          }),
        });
      }
      return {
        ...command,
        options: [...options.values()],
        operands: { kind: "view", views },
      };
    },
  ),
);

/** Where the values of an option come from. */
export type Source =
  /** A text of one's own. */
  | { kind: "text" }
  /** Names that there are now. */
  | { kind: "workspaces" | "sessions" }
  | { kind: "files" | "directories" }
  /** `FORMAT=FILE`. */
  | { kind: "reports" }
  | { kind: "choices"; choices: readonly string[] };

/** The source of an option's values; null for a flag. */
export function sourceOf({ name, value, choices }: Option): Source | null {
  if (value === undefined) return null;
  if (choices !== undefined) return { kind: "choices", choices };
  if (name === "workspace") return { kind: "workspaces" };
  if (/\bID\b/.test(value)) return { kind: "sessions" };
  if (value === "FORMAT=FILE") return { kind: "reports" };
  if (value === "FILE") return { kind: "files" };
  if (value === "PATH") return { kind: "directories" };
  return { kind: "text" };
}

/** An option's long names, with their dashes. */
export function longs({ name, aliases = [] }: Option): string[] {
  return [name, ...aliases].map((long) => `--${long}`);
}

/** All that an option can be typed as, the short name first. */
export function spellings(option: Option): string[] {
  const short = option.short === undefined ? [] : [`-${option.short}`];
  return [...short, ...longs(option)];
}

/** What may be typed before the command. */
export const BEFORE: readonly Option[] = [SESSION, ...SHARED];

/** The commands that `track` may stand before. */
export const VERBS: readonly Command[] = COMMANDS.filter(({ group }) =>
  group === "Tracking"
);

/** What `track` is, for those who see it in a list. */
export const TRACK_SUMMARY = "Before a tracking verb; may be left out";

/** The commands and the word `track`, each with what it does. */
export const FIRST_WORDS: readonly (readonly [string, string])[] = [
  ...COMMANDS.map(({ name, summary }) => [name, summary] as const),
  ["track", TRACK_SUMMARY],
];

/** The words that a command's operand may be, each with what it is. */
export function operandWords(
  { operands }: Command,
): readonly (readonly [string, string])[] {
  if (operands.kind === "view") {
    return operands.views.map(({ name, summary }) => [name, summary]);
  }
  if (operands.kind === "command") return FIRST_WORDS;
  if (operands.kind !== "word") return [];
  return (operands.choices ?? []).map((word) => [word, operands.help]);
}

/** The options that take a value, all spellings, in any command. */
export function valued(): string[] {
  const options = [...BEFORE, ...COMMANDS.flatMap(({ options }) => options)];
  return [
    ...new Set(
      options.filter((option) => sourceOf(option) !== null).flatMap(spellings),
    ),
  ].sort();
}

/** The formats of reports, as they begin a value of `--report`. */
export const REPORT_STARTS: readonly string[] = REPORT_FORMATS.map((format) =>
  `${format}=`
);

/** What a generated script begins with, as its comment. */
export const HEADING = "Completions of ptrack, made by `ptrack completions`";
