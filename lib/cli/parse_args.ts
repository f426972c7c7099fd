/** What was typed for each option, by parseArgs of @std/cli. */
import { parseArgs } from "@std/cli";
import type { Invocation } from "./command.ts";
import type { Given } from "./options.ts";

/** The invocation of a command whose options are known to be its own. */
export function invocationOf(
  command: string,
  options: readonly Given[],
  operands: readonly string[],
): Invocation {
  const args: string[] = [];
  const flags: string[] = [];
  const texts: string[] = [];
  for (const { option: { name }, value } of options) {
    // parseArgs knows an empty value only as one that is left out.
    args.push(value ? `--${name}=${value}` : `--${name}`);
    (value === null ? flags : texts).push(name);
  }
  const kinds = { boolean: flags, string: texts, collect: texts };
  const values = parseArgs(args, kinds);
  const list = (option: string): string[] => {
    const all = values[option];
    return Array.isArray(all) ? all : [];
  };
  return {
    command,
    operands,
    text: (option) => list(option).at(-1) ?? null,
    flag: (option) => values[option] === true,
    list,
  };
}
