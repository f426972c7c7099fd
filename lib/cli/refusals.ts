/**
 * What is wrong with a command line, in words: loaded when something is. Each
 * message says what was typed and what may be typed instead.
 */
import { quote, type UsageError, usageError } from "../errors.ts";
import type { Command, CommandGroup, Option } from "./command.ts";
import { suggestion } from "./nearest.ts";
import { findIn, spellingsOf } from "./options.ts";

/** A word that names no command of a group. */
export function unknownWord(
  group: CommandGroup,
  known: readonly string[],
  word: string,
): UsageError {
  const { name, noun, defaultCommand } = group;
  const hint = defaultCommand === undefined
    ? `see "${helpOn(group)}"`
    : `choose one of ${known.join(", ")}; a workspace goes after -w`;
  const advice = suggestion(word, known, hint);
  return usageError(name, `unknown ${noun} ${quote(word)}; ${advice}`);
}

/** An option that a command does not have. */
interface UnknownOption {
  command: Command | CommandGroup;
  /** As it was typed. */
  arg: string;
  /** The options that may be given there. */
  known: readonly Option[];
  /** The words of the command's group. */
  group: string;
  /** The group's commands, one of which may have it. */
  others: readonly (Command | CommandGroup)[];
}

/** Names the commands that have the option, or the nearest option. */
export function unknownOption(
  { command, arg, known, group, others }: UnknownOption,
): UsageError {
  const { name } = command;
  const homes = others.filter((one): one is Command =>
    "options" in one && findIn(one.options, arg) !== null
  );
  const [home] = homes;
  if (home !== undefined) {
    const words = homes.map(({ name }) => name.split(" ").at(-1)).join("|");
    const { name: option } = findIn(home.options, arg)!;
    const place = `"ptrack ${group} ${words}"`;
    return usageError(name, `option "--${option}" is for ${place}`);
  }
  const takesText = "options" in command && command.operands?.kind === "text";
  const hint = takesText
    ? 'text that begins with a dash goes after "--"'
    : `see "${helpOn(command)}"`;
  const before = name === "" ? " before the command" : "";
  const advice = suggestion(arg, known.flatMap(spellingsOf), hint);
  return usageError(name, `unknown option ${quote(arg)}${before}; ${advice}`);
}

/** Operands that a command does not take, or that it needs. */
export function wrongOperands(
  { name, operands, options }: Command,
  words: readonly string[],
): UsageError {
  const [first, second] = words;
  if (operands?.kind === "program") {
    return usageError(name, `it needs a command: ptrack ${name} -- COMMAND`);
  }
  if (first === undefined) {
    const operand = operands as Extract<typeof operands, { name: string }>;
    const what = operand.kind === "text" ? "a text" : operand.name;
    return usageError(name, `it needs ${what}: ptrack ${name} ${operand.name}`);
  }
  if (operands?.kind === "text") {
    const text = quote(words.join(" "));
    const count = words.length;
    return usageError(
      name,
      `it takes one text, not ${count}; quote it: ptrack ${name} ${text}`,
    );
  }
  if (operands !== undefined) {
    return usageError(name, `unexpected ${quote(second!)}`);
  }
  const has = (option: string) => options.some(({ name }) => name === option);
  const advice = has("pct") && /\d/.test(first)
    ? "; progress goes after --pct"
    : has("message")
    ? "; a text goes after --message"
    : "";
  return usageError(name, `unexpected ${quote(first)}${advice}`);
}

function helpOn({ name }: Command | CommandGroup): string {
  return name === "" ? "ptrack --help" : `ptrack ${name} --help`;
}
