/**
 * The script for zsh, as a file `_ptrack` in fpath or to be evaluated: specs
 * of `_arguments` from the table, with the help of each option.
 */
import type { Command, Option } from "./model.ts";
import { COMMANDS } from "./model.ts";
import { SHARED } from "../../cli/options.ts";
import names from "./names.zsh" with { type: "text" };
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
export function zshScript(): string {
  return [
    "#compdef ptrack",
    `# ${HEADING}.`,
    list("__ptrack_commands", "command", FIRST_WORDS),
    list(
      "__ptrack_verbs",
      "verb",
      VERBS.map(({ name, summary }) => [name, summary]),
    ),
    ...COMMANDS.flatMap((command) => {
      const words = operandWords(command);
      return words.length === 0
        ? []
        : [list(`__ptrack_operand_${symbol(command)}`, "word", words)];
    }),
    "__ptrack_command() {",
    "  local -a specs",
    '  case "$1" in',
    ...COMMANDS.flatMap(caseOf),
    "  esac",
    "}",
    "",
    "__ptrack_before() {",
    "  specs=(",
    ...BEFORE.flatMap(specsOf).map((spec) => `    ${spec}`),
    "  )",
    "}",
    "",
    `__ptrack_report() { compset -P '*=' && _files || ` +
    `compadd -S '' -- ${REPORT_STARTS.join(" ")} }`,
    "",
    names,
  ].join("\n");
}

function caseOf(command: Command): string[] {
  const { name, options, operands } = command;
  const everywhere = options.filter(({ onlyFor }) => onlyFor === undefined);
  const homes = new Map<string, Option[]>();
  for (const option of options) {
    if (option.onlyFor === undefined) continue;
    const key = option.onlyFor.join("|");
    homes.set(key, [...(homes.get(key) ?? []), option]);
  }
  const views = operands.kind === "view"
    ? operands.views.map((view) => view.name).join("|")
    : "";
  return [
    `  ${name})`,
    "    specs=(",
    ...[...everywhere, ...SHARED].flatMap(specsOf).map((s) => `      ${s}`),
    ...operandSpecs(command).map((spec) => `      ${spec}`),
    "    )",
    ...(views === "" ? [] : [`    local view=\${words[(r)(${views})]}`]),
    ...[...homes].flatMap(([key, some]) => [
      `    [[ -z $view || $view == (${key}) ]] && specs+=(`,
      ...some.flatMap(specsOf).map((spec) => `      ${spec}`),
      "    )",
    ]),
    '    _arguments -S "${specs[@]}" ;;',
  ];
}

function operandSpecs(command: Command): string[] {
  const { operands } = command;
  if (operands.kind === "program") {
    return [
      "'(-)1:command:_command_names -e'",
      "'*::argument:_normal'",
    ];
  }
  if (operandWords(command).length > 0) {
    return [quoted(`1:word:__ptrack_operand_${symbol(command)}`)];
  }
  return operands.kind === "text"
    ? [quoted(`1:${colonless(operands.name)}: `)]
    : [];
}

/** One spec for each spelling; those of one option exclude each other. */
function specsOf(option: Option): string[] {
  const all = spellings(option);
  const action = actionOf(option);
  const before = option.repeatable
    ? "*"
    : all.length > 1
    ? `(${all.join(" ")})`
    : "";
  return all.map((word) => {
    const name = action === ""
      ? word
      : word.startsWith("--")
      ? `${word}=`
      : `${word}+`;
    return quoted(`${before}${name}[${bracketless(option.help)}]${action}`);
  });
}

function actionOf(option: Option): string {
  const source = sourceOf(option);
  if (source === null) return "";
  const actions = {
    text: " ",
    workspaces: "__ptrack_workspaces",
    sessions: "__ptrack_sessions",
    files: "_files",
    directories: "_directories",
    reports: "__ptrack_report",
    choices: "",
  };
  const action = source.kind === "choices"
    ? `(${source.choices.join(" ")})`
    : actions[source.kind];
  return `:${colonless(option.value ?? "")}:${action}`;
}

/** A function that offers words with what they are. */
function list(
  name: string,
  what: string,
  rows: readonly (readonly [string, string])[],
): string {
  const lines = rows.map(([word, help]) =>
    `    ${quoted(`${word}:${help.replaceAll(":", "\\:")}`)}`
  );
  return [
    `${name}() {`,
    "  local -a rows=(",
    ...lines,
    "  )",
    `  _describe -t ${what}s ${what} rows`,
    "}",
    "",
  ].join("\n");
}

function symbol({ name }: Command): string {
  return name.replaceAll("-", "_");
}

function bracketless(text: string): string {
  return text.replace(/[[\]\\:]/g, "\\$&");
}

function colonless(text: string): string {
  return text.replaceAll(":", "\\:");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
