/**
 * What a shell may offer at the cursor: from the words so far, the definitions
 * of the commands and the names in the store. Nothing that was typed is an error
 * here, because the line is not finished.
 */
import {
  emptyLine,
  findOption,
  isGroup,
  type Line,
  optionsOf,
  readArgument,
} from "./command_line.ts";
import type { CommandGroup, Option } from "./command.ts";
import { topicOf } from "./help.ts";
import { spellingsOf, splitOption, WORKSPACE } from "./options.ts";
import { REPORT_FORMATS } from "../report/formats.ts";

/** A word with what it means; the help is empty where the word has none of its own. */
export type Candidate = readonly [word: string, help: string];

/** What to offer; all candidates follow `prefix` in the word at the cursor. */
export type Completion =
  | { kind: "words"; prefix: string; candidates: readonly Candidate[] }
  /** The shell's own files or directories. */
  | { kind: "files" | "directories"; prefix: string }
  /** The line of another program, which begins at this word. */
  | { kind: "program"; index: number };

/** Looks up names for a line. */
export type FindNames = (
  kind: "workspaces" | "sessions",
  line: Line,
) => Promise<readonly Candidate[]>;

/** The word that is being typed, after what has been read of the line. */
interface Cursor {
  line: Line;
  current: string;
  findNames: FindNames;
}

/** What may stand at the last of the words, which is still being typed. */
export async function complete(
  root: CommandGroup,
  words: readonly string[],
  findNames: FindNames,
): Promise<Completion> {
  const line = emptyLine(root);
  for (const [index, word] of words.slice(0, -1).entries()) {
    // An unknown word is passed over: the rest may still be understood.
    await readArgument(line, word).catch(() => {});
    if (takesProgram(line) && line.operands.length > 0) {
      return { kind: "program", index };
    }
  }
  const current = words.at(-1) ?? "";
  const cursor = { line, current, findNames };
  if (line.pending !== null) {
    return await completeValue(cursor, line.pending.option, "");
  }
  if (current.startsWith("-") && !line.isEnded) {
    return await completeOption(cursor);
  }
  if (takesProgram(line)) return { kind: "program", index: words.length - 1 };
  return offer(await operandCandidates(cursor));
}

function takesProgram({ command }: Line): boolean {
  return !isGroup(command) && command.operands?.kind === "program";
}

function offer(candidates: readonly Candidate[], prefix = ""): Completion {
  return { kind: "words", prefix, candidates };
}

/** An option, or the value that is typed with it, as in `--color=al`. */
async function completeOption(cursor: Cursor): Promise<Completion> {
  const { line: { command }, current } = cursor;
  const { spelling, inline } = splitOption(current);
  const option = await findOption(command, spelling);
  if (inline !== null && option?.value !== undefined) {
    const prefix = current.slice(0, current.length - inline.length);
    return await completeValue(cursor, option, prefix);
  }
  const options = (await optionsOf(command)).flatMap((option) =>
    spellingsOf(option).map((spelling) => [spelling, option.help] as const)
  );
  return offer([...new Map(options)]);
}

/** The value of an option; its placeholder says where values come from. */
async function completeValue(
  { line, current, findNames }: Cursor,
  { name, value = "", choices }: Option,
  prefix: string,
): Promise<Completion> {
  if (choices !== undefined) return offer(withoutHelp(choices), prefix);
  if (name === WORKSPACE.name) {
    return offer(await findNames("workspaces", line), prefix);
  }
  if (/\bID\b/.test(value)) {
    return offer(await findNames("sessions", line), prefix);
  }
  if (value === "FILE") return { kind: "files", prefix };
  if (value === "PATH") return { kind: "directories", prefix };
  if (value !== "FORMAT=FILE") return offer([]);
  const format = /^\w+=/.exec(current.slice(prefix.length));
  return format === null
    ? offer(withoutHelp(REPORT_FORMATS.map((name) => `${name}=`)), prefix)
    : { kind: "files", prefix: prefix + format[0] };
}

/** The help of an option is about all its choices, so it is not repeated on each. */
function withoutHelp(words: readonly string[]): Candidate[] {
  return words.map((word) => [word, ""]);
}

async function operandCandidates(
  { line, current, findNames }: Cursor,
): Promise<readonly Candidate[]> {
  const { root, command, operands } = line;
  if (isGroup(command)) return await commandCandidates(command, current);
  if (command.operands?.kind === "command") {
    const topic = await topicOf(root, operands).catch(() => null);
    return topic !== null && isGroup(topic)
      ? await commandCandidates(topic, current)
      : [];
  }
  if (command.operands?.kind !== "word" || operands.length > 0) return [];
  const { name, choices } = command.operands;
  if (choices !== undefined) return withoutHelp(choices);
  return name === "ID" ? await findNames("sessions", line) : [];
}

/** Short forms are many, so they are offered only once something is typed. */
async function commandCandidates(
  { commands, shortFor }: CommandGroup,
  current: string,
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const [word, load] of Object.entries(commands)) {
    const { command } = await load();
    // What --version runs is not offered besides it.
    const isOffered = !word.startsWith("_") && word !== "version";
    if (isOffered) candidates.push([word, command.summary]);
    if (word === shortFor && current !== "" && isGroup(command)) {
      candidates.push(...await commandCandidates(command, current));
    }
  }
  return candidates;
}
