/**
 * The script for bash, from 3.2 on, with and without bash-completion. Words
 * and kinds of values come from the table; what walks along the line is fixed.
 */
import type { Command, Option } from "./model.ts";
import { COMMANDS } from "./model.ts";
import walk from "./walk.bash" with { type: "text" };
import {
  BEFORE,
  FIRST_WORDS,
  HEADING,
  operandWords,
  REPORT_STARTS,
  sourceOf,
  spellings,
  VERBS,
} from "./model.ts";
import { SHARED } from "../../cli/options.ts";

/** The whole script. */
export function bashScript(): string {
  return [
    `# ${HEADING}.`,
    table("__ptrack_words", [
      ["''", FIRST_WORDS.map(([word]) => word).join(" ")],
      ["track", VERBS.map(({ name }) => name).join(" ")],
      ...COMMANDS.map((command): [string, string] => [
        command.name,
        operandWords(command).map(([word]) => word).join(" "),
      ]),
    ]),
    table("__ptrack_options", [
      ["''|track", dashed(BEFORE)],
      ...COMMANDS.flatMap(optionRows),
    ]),
    table("__ptrack_values", valueRows()),
    walk,
  ].join("\n");
}

/** For each place in the line, the options that can be typed there. */
function optionRows(command: Command): [string, string][] {
  const { name, operands, options } = command;
  const views = operands.kind === "view" ? operands.views : [];
  const all = [...options, ...SHARED] as Option[];
  return [
    [name, dashed(all)],
    ...views.map((view): [string, string] => [
      `'${name} ${view.name}'`,
      dashed(
        all.filter(({ onlyFor }) =>
          onlyFor === undefined || onlyFor.includes(view.name)
        ),
      ),
    ]),
  ];
}

/** Which values an option of a command takes. */
function valueRows(): [string, string][] {
  const rows = new Map<string, string[]>();
  const add = (command: string, option: Option) => {
    const source = sourceOf(option);
    if (source === null) return;
    const value = source.kind === "choices"
      ? `words ${source.choices.join(" ")}`
      : source.kind === "reports"
      ? `words ${REPORT_STARTS.join(" ")}`
      : source.kind;
    const patterns = spellings(option).map((word) => `${command}:${word}`);
    rows.set(value, [...(rows.get(value) ?? []), ...patterns]);
  };
  for (const { name, options } of COMMANDS) {
    for (const option of options) add(name, option);
  }
  for (const option of BEFORE) add("*", option);
  return [...rows].map(([value, patterns]) => [patterns.join("|"), value]);
}

/** A function that looks up REPLY; names and words need no quoting. */
function table(name: string, rows: readonly [string, string][]): string {
  const cases = rows.filter(([, value]) => value !== "").map(
    ([pattern, value]) => `    ${pattern}) REPLY='${value}' ;;`,
  );
  return [
    `${name}() {`,
    "  REPLY=''",
    '  case "$1" in',
    ...cases,
    "  esac",
    "}",
    "",
  ].join("\n");
}

function dashed(options: readonly Option[]): string {
  return options.flatMap(spellings).join(" ");
}
