/** The script for fish: a `complete` for each word and option of the table. */
import type { Command, Option } from "./model.ts";
import { COMMANDS } from "./model.ts";
import { SHARED } from "../../cli/options.ts";
import walk from "./walk.fish" with { type: "text" };
import {
  BEFORE,
  FIRST_WORDS,
  HEADING,
  longs,
  operandWords,
  REPORT_STARTS,
  sourceOf,
  valued,
  VERBS,
} from "./model.ts";

/** The whole script. */
export function fishScript(): string {
  return [
    `# ${HEADING}.`,
    `set -g __ptrack_valued ${valued().join(" ")}`,
    `set -g __ptrack_viewed ${
      COMMANDS.filter(({ operands }) => operands.kind === "view")
        .map(({ name }) => name).join(" ")
    }`,
    "",
    walk,
    "complete -c ptrack -f",
    ...words("__ptrack_at ''", FIRST_WORDS),
    ...words(
      "__ptrack_at track",
      VERBS.map((verb) => [verb.name, verb.summary]),
    ),
    ...COMMANDS.flatMap((command) =>
      words(`__ptrack_at ${command.name}`, operandWords(command))
    ),
    ...BEFORE.map((option) => optionLine("__ptrack_at '' track", option)),
    ...COMMANDS.flatMap(optionLines),
    "complete -c ptrack -n '__ptrack_in run' -x -a '(__ptrack_program)'",
    "",
  ].join("\n");
}

function words(
  condition: string,
  rows: readonly (readonly [string, string])[],
): string[] {
  return rows.map(([word, help]) =>
    `complete -c ptrack -n ${quoted(condition)} -a ${word} -d ${quoted(help)}`
  );
}

function optionLines({ name, options, operands }: Command): string[] {
  return ([...options, ...SHARED] as Option[]).map((option) => {
    const places = option.onlyFor === undefined || operands.kind !== "view"
      ? `__ptrack_before_program ${name}`
      : `__ptrack_at ${name} ${
        option.onlyFor.map((view) => `'${name} ${view}'`).join(" ")
      }`;
    return optionLine(places, option);
  });
}

function optionLine(condition: string, option: Option): string {
  const short = option.short === undefined ? "" : ` -s ${option.short}`;
  const names = longs(option).map((long) => ` -l ${long.slice(2)}`).join("");
  return `complete -c ptrack -n ${quoted(condition)}${short}${names}` +
    `${valueOf(option)} -d ${quoted(option.help)}`;
}

function valueOf(option: Option): string {
  const source = sourceOf(option);
  if (source === null) return "";
  if (source.kind === "text") return " -x";
  if (source.kind === "files") return " -r -F";
  const offers = source.kind === "choices"
    ? source.choices.join(" ")
    : source.kind === "reports"
    ? `(__ptrack_reports ${REPORT_STARTS.join(" ")})`
    : source.kind === "directories"
    ? "(__fish_complete_directories)"
    : `(__ptrack_names ${source.kind})`;
  return ` -x -a ${quoted(offers)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
