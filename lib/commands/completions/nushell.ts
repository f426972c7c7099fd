/** The script for nushell: an `extern` for each command of the table. */
import type { Command, Option } from "./model.ts";
import { COMMANDS } from "./model.ts";
import { SHARED } from "../../cli/options.ts";
import names from "./names.nu" with { type: "text" };
import {
  BEFORE,
  FIRST_WORDS,
  HEADING,
  longs,
  operandWords,
  REPORT_STARTS,
  sourceOf,
  VERBS,
} from "./model.ts";

/** A function of the script that offers fixed words. */
interface Offer {
  name: string;
  rows: readonly (readonly [string, string])[];
}

/** The whole script. */
export function nushellScript(): string {
  const before = BEFORE.map((option) => flag(option, "help"));
  const offers: Offer[] = [
    { name: "commands", rows: FIRST_WORDS },
    { name: "verbs", rows: VERBS.map(({ name, summary }) => [name, summary]) },
    { name: "reports", rows: REPORT_STARTS.map((start) => [start, "FILE"]) },
    ...COMMANDS.flatMap(offersOf),
  ];
  return [
    `# ${HEADING}.`,
    names,
    ...offers.map(offer),
    extern("ptrack", [operand("command", "commands"), ...before]),
    extern("ptrack track", [operand("verb", "verbs"), ...before]),
    ...COMMANDS.map((command) => commandExtern("ptrack", command)),
    ...VERBS.map((command) => commandExtern("ptrack track", command)),
  ].join("\n");
}

function offersOf(command: Command): Offer[] {
  const rows = operandWords(command);
  const chosen = command.options.concat(SHARED).flatMap((option) =>
    option.choices === undefined ? [] : [{
      name: `${command.name} ${option.name}`,
      rows: option.choices.map((choice) => [choice, option.help] as const),
    }]
  );
  return rows.length === 0 ? chosen : [{ name: command.name, rows }, ...chosen];
}

function commandExtern(prefix: string, command: Command): string {
  const { name, options, operands } = command;
  const line = operands.kind === "program"
    ? "  ...program: string  # The command and its arguments"
    : operandWords(command).length > 0
    ? operand("word", name)
    : operands.kind === "text"
    ? `  text?: string  # ${operands.help}`
    : "";
  return extern(`${prefix} ${name}`, [
    line,
    ...[...options, ...SHARED].map((option) => flag(option, name)),
  ]);
}

function operand(name: string, offered: string): string {
  return `  ${name}?: string@"nu-complete ptrack ${offered}"`;
}

/** A line for each long name; the first has the short one, too. */
function flag(option: Option, command: string): string {
  return longs(option).map((long, index) => {
    const short = index === 0 && option.short !== undefined
      ? `(-${option.short})`
      : "";
    return `  ${long}${short}${valueType(option, command)}  # ${option.help}`;
  }).join("\n");
}

function valueType(option: Option, command: string): string {
  const source = sourceOf(option);
  if (source === null) return "";
  if (source.kind === "text") return ": string";
  if (source.kind === "files") return ": path";
  if (source.kind === "directories") return ": directory";
  const offered = source.kind !== "choices"
    ? source.kind
    : `${command} ${option.name}`;
  return `: string@"nu-complete ptrack ${offered}"`;
}

function extern(name: string, lines: readonly string[]): string {
  const body = lines.filter((line) => line !== "").join("\n");
  return `export extern "${name}" [\n${body}\n]\n`;
}

function offer({ name, rows }: Offer): string {
  const lines = rows.map(([value, description]) =>
    `    { value: ${JSON.stringify(value)}, description: ${
      JSON.stringify(description)
    } }`
  );
  return `def "nu-complete ptrack ${name}" [] {\n  [\n${
    lines.join("\n")
  }\n  ]\n}\n`;
}
