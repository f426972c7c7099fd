/** The script for PowerShell: one native completer over tables of the table. */
import type { Option } from "./model.ts";
import { COMMANDS } from "./model.ts";
import { SHARED } from "../../cli/options.ts";
import walk from "./walk.ps1" with { type: "text" };
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

/** The whole script. */
export function powershellScript(): string {
  return [
    `# ${HEADING}.`,
    "$global:__PtrackWords = @{",
    row("", FIRST_WORDS),
    row("track", VERBS.map(({ name, summary }) => [name, summary])),
    ...COMMANDS.map((command) => row(command.name, operandWords(command))),
    "}",
    "$global:__PtrackOptions = @{",
    options("", BEFORE),
    options("track", BEFORE),
    ...COMMANDS.map(({ name, options: own }) =>
      options(name, [...own, ...SHARED])
    ),
    "}",
    "",
    walk,
  ].join("\n");
}

function row(
  key: string,
  words: readonly (readonly [string, string])[],
): string {
  const cells = words.map(([word, help]) =>
    `    ,@(${quoted(word)}, ${quoted(help)})`
  );
  return `  ${quoted(key)} = @(\n${cells.join("\n")}\n  )`
    .replace("(\n\n", "(\n");
}

/** Each spelling with its help, views and where its values come from. */
function options(key: string, some: readonly Option[]): string {
  const cells = some.flatMap((option) =>
    spellings(option).map((word) => {
      const cell = [
        word,
        option.help,
        (option.onlyFor ?? []).join(" "),
        values(option),
      ];
      return `    ,@(${cell.map(quoted).join(", ")})`;
    })
  );
  return `  ${quoted(key)} = @(\n${cells.join("\n")}\n  )`;
}

/** "" for a flag. */
function values(option: Option): string {
  const source = sourceOf(option);
  if (source === null) return "";
  if (source.kind === "choices") return `words ${source.choices.join(" ")}`;
  if (source.kind === "reports") return `words ${REPORT_STARTS.join(" ")}`;
  return source.kind;
}

function quoted(text: string): string {
  // Curly quotes end a string of PowerShell, too.
  return `'${text.replace(/['\u2018-\u201b]/g, "$&$&")}'`;
}
