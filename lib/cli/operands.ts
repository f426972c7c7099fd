/** Whether operands and options fit a command and its view, by the table. */
import type { UsageError } from "../errors.ts";
import type { Command, Option } from "./table_types.ts";
import { badValue, complain, quoted, UnknownWordError } from "./usage.ts";

/** An option as it was typed; null for a flag. */
export interface Typed {
  option: Option;
  value: string | null;
}

/** Throws UsageError if a typed value is not one of its option's choices. */
export function checkOptions(command: Command, typed: readonly Typed[]): void {
  for (const { option: { name, choices }, value } of typed) {
    if (choices === undefined || value === null) continue;
    if (choices.includes(value)) continue;
    throw badValue(
      value,
      `--${name} of "ptrack ${command.name}"`,
      `choose one of ${choices.join(", ")}`,
    );
  }
}

/** The view that a flag or the first operand names, and the other operands. */
export function chooseView(
  command: Command,
  typed: readonly Typed[],
  operands: readonly string[],
): { view: string; operands: readonly string[] } {
  if (command.operands.kind !== "view") return { view: "", operands };
  const { views } = command.operands;
  const [first, ...rest] = operands;
  if (first !== undefined && !views.some(({ name }) => name === first)) {
    throw unknownView(command, first, views.map(({ name }) => name));
  }
  const flags = typed.flatMap(({ option }) => option.view ?? []);
  const chosen = new Set(first === undefined ? flags : [first, ...flags]);
  if (chosen.size > 1) {
    const names = [...chosen].join(" or ");
    throw complain(command.name, `choose one view: ${names}`);
  }
  const view = [...chosen][0] ?? views[0]!.name;
  checkView(command, view, typed);
  return { view, operands: rest };
}

/** An option that would have no effect in this view is a mistake. */
function checkView(command: Command, view: string, typed: readonly Typed[]) {
  for (const { option: { name, onlyFor } } of typed) {
    if (onlyFor === undefined || onlyFor.includes(view)) continue;
    const homes = onlyFor.map((home) => `"ptrack ${command.name} ${home}"`);
    throw complain(
      `${command.name} ${view}`,
      `option "--${name}" is for ${homes.join(" and ")}`,
    );
  }
}

/** The operands, if they are as many as the command takes. */
export function operandsOf(
  command: Command,
  words: readonly string[],
): readonly string[] {
  const { operands, name } = command;
  if (operands.kind === "text") {
    if (words.length > 1) throw notQuoted(name, words);
    if (words.length === 1 || !operands.required) return words;
    throw complain(name, `it needs a text: ptrack ${name} ${operands.name}`);
  }
  if (operands.kind === "program") {
    if (words.length > 0) return words;
    throw complain(
      name,
      `it needs a command: ptrack ${name} -- COMMAND [ARG…]`,
    );
  }
  if (operands.kind === "command") {
    if (words.length <= 2) return words;
    throw complain(name, "it takes one command");
  }
  if (words.length === 0) return words;
  throw unexpected(command, words[0]!);
}

function unexpected(command: Command, word: string): UsageError {
  const has = (option: string) =>
    command.options.some(({ name }) => name === option);
  const advice = has("pct") && /\d/.test(word)
    ? "; progress goes after --pct"
    : has("message")
    ? "; a text goes after --message"
    : "";
  return complain(
    command.name,
    `unexpected ${quoted(word)}${advice}`,
  );
}

function notQuoted(name: string, words: readonly string[]): UsageError {
  const text = quoted(words.join(" "));
  return complain(
    name,
    `it takes one text, not ${words.length}; quote it: ptrack ${name} ${text}`,
  );
}

function unknownView(
  command: Command,
  word: string,
  known: readonly string[],
): UsageError {
  return new UnknownWordError({
    command: command.name,
    problem: `unknown view ${quoted(word)}`,
    word,
    known,
    hint: `choose one of ${known.join(", ")}; ` +
      "a workspace goes after -w",
  });
}
