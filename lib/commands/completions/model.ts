/**
 * What can be completed, read from the table of commands: the same for every
 * shell. How a shell is told of it is a file for each.
 */
import type { Command, Option } from "../../cli/table_types.ts";
import { REPORT_FORMATS } from "../../report/formats.ts";
import { SESSION, SHARED } from "../../cli/shared_options.ts";
import { COMMANDS } from "../table.ts";

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
  if (operands.kind !== "text") return [];
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
