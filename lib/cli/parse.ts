/**
 * From arguments to a request, by the table. An option that takes a value
 * takes the next argument whatever it looks like; where a command takes a
 * text, an argument with a space in it is text even if it begins with dashes.
 * All complaints are UsageErrors of one line.
 */
import { PtrackError, UsageError } from "../errors.ts";
import type { Command, Option } from "./table_types.ts";
import { Invocation, type OptionValues } from "./invocation.ts";
import { checkOptions, chooseView, operandsOf } from "./operands.ts";
import {
  findCommand,
  findLong,
  findShort,
  optionsOf,
  TRACK,
} from "./lookup.ts";
import { complain, quoted, UnknownWordError } from "./usage.ts";

/** What a command line asks for. */
export type Request =
  | { kind: "run"; command: Command; invocation: Invocation }
  /** Help on a command, on `track`, or (null) on all of ptrack. */
  | { kind: "help"; topic: string | null }
  /** All of the help. */
  | { kind: "reference"; form: "markdown" | "man" }
  | { kind: "version" }
  /** No command at all. */
  | { kind: "nothing" };

/** Arguments, told apart. */
interface Sorted {
  /** The commands that there are. */
  commands: readonly Command[];
  command: Command | null;
  /** `track` was the first word. */
  track: boolean;
  typed: { option: Option; value: string | null }[];
  operands: string[];
}

/** Understands the arguments of a command line, or throws a PtrackError. */
export function parse(
  args: readonly string[],
  commands: readonly Command[],
): Request {
  const sorted: Sorted = {
    commands,
    command: null,
    track: false,
    typed: [],
    operands: [],
  };
  try {
    sort(args, sorted);
    return understand(sorted);
  } catch (error) {
    const exitCode = sorted.command?.usageExitCode;
    if (exitCode === undefined || !(error instanceof UsageError)) throw error;
    throw new PtrackError(error.message, exitCode, { cause: error });
  }
}

function understand(sorted: Sorted): Request {
  const { command, typed } = sorted;
  const isTyped = (name: string) =>
    typed.some(({ option }) => option.name === name);
  if (isTyped("help")) {
    return {
      kind: "help",
      topic: command?.name ?? (sorted.track ? TRACK : null),
    };
  }
  if (isTyped("version")) return { kind: "version" };
  if (command === null) return withoutCommand(sorted);
  checkOptions(command, typed);
  const { view, operands } = chooseView(command, typed, sorted.operands);
  const allowed = operandsOf(command, operands);
  if (command.operands.kind === "command") {
    if (isTyped("man")) return { kind: "reference", form: "man" };
    return isTyped("markdown")
      ? { kind: "reference", form: "markdown" }
      : helpOn(sorted, allowed);
  }
  const options = collect(sorted);
  const { name } = command;
  return {
    kind: "run",
    command,
    invocation: new Invocation({
      command: name,
      view,
      operands: allowed,
      options,
    }),
  };
}

function withoutCommand(sorted: Sorted): Request {
  if (sorted.track) throw complain(TRACK, "it needs a verb, such as heartbeat");
  if (sorted.typed.length === 0) return { kind: "nothing" };
  throw new UsageError(
    'Cannot run "ptrack": it needs a command; see "ptrack --help"',
  );
}

/** One pass over the arguments: options with their values, and the rest. */
function sort(args: readonly string[], sorted: Sorted): void {
  let onlyOperands = false;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (onlyOperands || !isOption(arg, sorted.command)) {
      takeWord(sorted, arg);
      // What follows a program is the program's own.
      onlyOperands ||= sorted.command?.operands.kind === "program" &&
        sorted.operands.length > 0;
    } else if (arg === "--") onlyOperands = true;
    else {
      const { option, inline } = recognise(arg, sorted);
      if (option.value === undefined) {
        sorted.typed.push({ option, value: null });
        continue;
      }
      const value = inline ?? args[++i];
      if (value === undefined) throw missingValue(sorted, arg, option.value);
      sorted.typed.push({ option, value });
    }
  }
}

/** The first word is the command (after `track`), the others are operands. */
function takeWord(sorted: Sorted, word: string): void {
  if (sorted.command !== null) {
    sorted.operands.push(word);
    return;
  }
  if (word === TRACK && !sorted.track) {
    sorted.track = true;
    return;
  }
  const command = findCommand(sorted.commands, word);
  const fits = !sorted.track || command?.group === "Tracking";
  if (command === undefined || !fits) {
    throw unknownCommand(sorted, word, sorted.track);
  }
  sorted.command = command;
}

function isOption(arg: string, command: Command | null): boolean {
  if (arg.length < 2 || !arg.startsWith("-")) return false;
  if (command?.operands.kind !== "text" || !/\s/.test(arg)) return true;
  const name = /^--([^\s=]+)=/.exec(arg)?.[1] ?? "";
  return findLong(optionsOf(command), name)?.value !== undefined;
}

function recognise(
  arg: string,
  sorted: Sorted,
): { option: Option; inline: string | undefined } {
  const options = optionsOf(sorted.command);
  if (!arg.startsWith("--")) {
    const option = findShort(options, arg[1]!);
    const isFlag = option?.value === undefined;
    if (option === undefined || (isFlag && arg.length > 2)) {
      throw unknownOption(arg, sorted);
    }
    return { option, inline: arg.length > 2 ? arg.slice(2) : undefined };
  }
  const end = arg.indexOf("=");
  const name = end < 0 ? arg.slice(2) : arg.slice(2, end);
  const option = findLong(options, name);
  if (option === undefined) throw unknownOption(`--${name}`, sorted);
  const inline = end < 0 ? undefined : arg.slice(end + 1);
  if (option.value === undefined && inline !== undefined) {
    throw complain(
      nameOf(sorted),
      `option ${quoted(`--${name}`)} takes no value`,
    );
  }
  return { option, inline };
}

/** Values by long name: the last of each, or all of a repeatable one. */
function collect({ command, typed }: Sorted): OptionValues {
  const options = optionsOf(command);
  const values = new Map<string, string | string[] | boolean>();
  for (const { option: { name }, value } of typed) {
    // What was typed before the command may be repeatable only in it.
    const isRepeatable = findLong(options, name)?.repeatable === true;
    const before = values.get(name);
    if (value === null) values.set(name, true);
    else if (!isRepeatable) values.set(name, value);
    else if (Array.isArray(before)) before.push(value);
    else values.set(name, [value]);
  }
  return Object.fromEntries(values);
}

function helpOn(sorted: Sorted, words: readonly string[]): Request {
  const [first, second] = words;
  if (first === undefined) return { kind: "help", topic: null };
  const isTrack = first === TRACK;
  if (isTrack && second === undefined) return { kind: "help", topic: TRACK };
  const topic = isTrack ? second! : first;
  if (findCommand(sorted.commands, topic) === undefined) {
    throw unknownCommand(sorted, topic, isTrack);
  }
  return { kind: "help", topic };
}

function nameOf(sorted: Sorted): string {
  return sorted.command?.name ?? (sorted.track ? TRACK : "");
}

function missingValue(sorted: Sorted, arg: string, value: string): UsageError {
  return complain(
    nameOf(sorted),
    `option ${quoted(arg)} needs a value: ${arg} ${value}`,
  );
}

function unknownCommand(
  { commands: all }: Sorted,
  word: string,
  track: boolean,
): UsageError {
  const commands = all.filter(({ group }) => !track || group === "Tracking");
  const home = all.find(({ operands }) =>
    operands.kind === "view" && operands.views.some(({ name }) => name === word)
  );
  return new UnknownWordError({
    command: track ? TRACK : "",
    problem: `unknown command ${quoted(word)}`,
    word,
    known: home === undefined
      ? [...commands.map(({ name }) => name), ...(track ? [] : [TRACK])]
      : [],
    hint: home === undefined
      ? 'see "ptrack --help"'
      : `did you mean "ptrack ${home.name} ${word}"?`,
  });
}

function unknownOption(arg: string, sorted: Sorted): UsageError {
  const { command } = sorted;
  const takesText = command?.operands.kind === "text";
  const name = nameOf(sorted);
  return new UnknownWordError({
    command: name,
    problem: `unknown option ${quoted(arg)}` +
      (command === null ? " before the command" : ""),
    word: arg,
    known: optionsOf(command).flatMap((option) =>
      [option.name, ...(option.aliases ?? [])].map((long) => `--${long}`)
    ),
    hint: takesText
      ? 'text that begins with a dash goes after "--"'
      : `see "ptrack ${name === "" ? "" : `${name} `}--help"`,
  });
}
