/**
 * What a shell may offer at the cursor: from the words so far, the definitions
 * of the commands and the names in the store. It never throws for what was
 * typed: somebody is still typing it.
 */
import {
  commandOf,
  emptyLine,
  findOption,
  isGroup,
  type Line,
  optionsOf,
  readArgument,
  spellingsOf,
  splitOption,
} from "./command_line.ts";
import type { Command, CommandGroup, Option } from "./command.ts";
import { WORKSPACE } from "./options.ts";
import { REPORT_FORMATS } from "../report/formats.ts";

/** A word with what it means. */
export type Candidate = readonly [word: string, help: string];

/** What to offer; all candidates follow `prefix` in the word at the cursor. */
export type Completion =
  | { kind: "words"; prefix: string; candidates: readonly Candidate[] }
  /** The shell's own files or directories. */
  | { kind: "files" | "directories"; prefix: string }
  /** The line of another program, which begins at this word. */
  | { kind: "program"; index: number };

/** Looks up names for a line; `kind` says which. */
export type FindNames = (
  kind: "workspaces" | "sessions",
  line: Line,
) => Promise<readonly string[]>;

/** What may stand at the last of the words, which is still being typed. */
export async function complete(
  root: CommandGroup,
  words: readonly string[],
  findNames: FindNames,
): Promise<Completion> {
  const line = emptyLine(root);
  const current = words.at(-1) ?? "";
  for (const [index, word] of words.slice(0, -1).entries()) {
    // An unknown word is still completed as far as the rest is understood.
    await readArgument(line, word).catch(() => {});
    if (takesProgram(line) && line.operands.length > 0) {
      return { kind: "program", index };
    }
  }
  if (line.pending !== null) {
    return await valuesOf(
      line.pending.option,
      line,
      { prefix: "", current },
      findNames,
    );
  }
  if (current.startsWith("-") && !line.isEnded) {
    const { spelling, inline } = splitOption(current);
    const option = await findOption(line.command, spelling);
    if (inline !== null && option?.value !== undefined) {
      const prefix = current.slice(0, current.length - inline.length);
      return await valuesOf(option, line, { prefix, current }, findNames);
    }
    return offer(await optionCandidates(line.command));
  }
  if (takesProgram(line)) return { kind: "program", index: words.length - 1 };
  return offer(
    await operandCandidates(
      line,
      current,
      () => findNames("sessions", line),
    ),
  );
}

function takesProgram({ command }: Line): boolean {
  return !isGroup(command) && command.operands.kind === "program";
}

function offer(candidates: readonly Candidate[], prefix = ""): Completion {
  return { kind: "words", prefix, candidates };
}

/** What an option's value may be; its placeholder says where it is from. */
async function valuesOf(
  { name, value = "", choices, help }: Option,
  line: Line,
  { prefix, current }: { prefix: string; current: string },
  findNames: FindNames,
): Promise<Completion> {
  if (choices !== undefined) {
    return offer(choices.map((choice) => [choice, help]), prefix);
  }
  if (name === WORKSPACE.name) {
    return offer(unexplained(await findNames("workspaces", line)), prefix);
  }
  if (/\bID\b/.test(value)) {
    return offer(unexplained(await findNames("sessions", line)), prefix);
  }
  if (value === "FILE") return { kind: "files", prefix };
  if (value === "PATH") return { kind: "directories", prefix };
  if (value !== "FORMAT=FILE") return offer([]);
  const format = /^\w+=/.exec(current.slice(prefix.length));
  return format === null
    ? offer(REPORT_FORMATS.map((name) => [`${name}=`, help]), prefix)
    : { kind: "files", prefix: prefix + format[0] };
}

function unexplained(words: readonly string[]): Candidate[] {
  return words.map((word) => [word, ""]);
}

async function optionCandidates(
  command: Command | CommandGroup,
): Promise<Candidate[]> {
  const candidates = (await optionsOf(command)).flatMap((option) =>
    spellingsOf(option).map((spelling) => [spelling, option.help] as const)
  );
  return [...new Map(candidates)];
}

async function operandCandidates(
  { root, command, operands }: Line,
  current: string,
  findNames: () => Promise<readonly string[]>,
): Promise<Candidate[]> {
  if (isGroup(command)) return await commandCandidates(command, current);
  const { operands: takes } = command;
  if (takes.kind === "command") {
    let topic: Command | CommandGroup | null = root;
    for (const word of operands) {
      if (topic === null || !isGroup(topic)) return [];
      topic = await commandOf(topic, word).catch(() => null);
    }
    return topic !== null && isGroup(topic)
      ? await commandCandidates(topic, current)
      : [];
  }
  if (takes.kind !== "word" || operands.length > 0) return [];
  const { name, choices, help } = takes;
  if (choices !== undefined) return choices.map((choice) => [choice, help]);
  return name === "ID" ? unexplained(await findNames()) : [];
}

/** Short forms are offered only once something is typed: they are many. */
async function commandCandidates(
  { commands, shortFor }: CommandGroup,
  current: string,
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const [word, load] of Object.entries(commands)) {
    const { command } = await load();
    if (!word.startsWith("_")) candidates.push([word, command.summary]);
    if (word === shortFor && current !== "" && isGroup(command)) {
      candidates.push(...await commandCandidates(command, current));
    }
  }
  return candidates;
}
