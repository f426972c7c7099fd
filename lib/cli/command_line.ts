/**
 * From the arguments of a command line to its exit code. A first pass finds the
 * command and joins each option to its value, because here an option takes the
 * next argument whatever it looks like. All errors about arguments are
 * UsageErrors of one line.
 */
import {
  PtrackError,
  quote,
  UsageError,
  usageError,
  valueError,
} from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import type {
  Command,
  CommandGroup,
  CommandList,
  Invocation,
  Option,
} from "./command.ts";
import { findIn, type Given, SESSION, SHARED, splitOption } from "./options.ts";

/** Runs the command that the platform's arguments name; errors are thrown. */
export async function runCommandLine(
  platform: Platform,
  root: CommandGroup,
): Promise<number> {
  try {
    const { command, invocation } = await parse(platform.args, root);
    return await command.run(platform, invocation, root);
  } catch (error) {
    if (platform.args.includes("--export")) failEval(platform);
    throw error;
  }
}

/** `eval` of no text would succeed, and the script go on without a session. */
function failEval(platform: Platform): void {
  try {
    platform.stdout.write("false\n");
  } catch {
    // Standard output is closed; the first error is the one to report.
  }
}

/** A command, and what was typed for it. */
export interface Parsed {
  command: Command;
  invocation: Invocation;
}

/** The arguments read so far. */
export interface Line {
  readonly root: CommandGroup;
  /** The command; a group as long as none of its commands is named. */
  command: Command | CommandGroup;
  /** Whether an option such as `--wait` named it; its word may follow. */
  isNamedByFlag: boolean;
  options: Given[];
  operands: string[];
  /** Whether all further arguments are operands. */
  isEnded: boolean;
  /** The option whose value is the next argument, as it was typed. */
  pending: { option: Option; spelling: string } | null;
}

/** A line without any arguments yet. */
export function emptyLine(root: CommandGroup): Line {
  return {
    root,
    command: root,
    isNamedByFlag: false,
    options: [],
    operands: [],
    isEnded: false,
    pending: null,
  };
}

/** Understands the arguments of a command line. Throws PtrackError. */
export async function parse(
  args: readonly string[],
  root: CommandGroup,
): Promise<Parsed> {
  const line = emptyLine(root);
  try {
    for (const arg of args) await readArgument(line, arg);
    return await understand(line);
  } catch (error) {
    const { usageExitCode } = line.command as Command;
    if (usageExitCode === undefined || !(error instanceof UsageError)) {
      throw error;
    }
    throw new PtrackError(error.message, usageExitCode, { cause: error });
  }
}

/** Adds the next argument to a line. Throws UsageError if it is unknown. */
export async function readArgument(line: Line, arg: string): Promise<void> {
  const { command, pending } = line;
  if (pending !== null) {
    line.options.push({ option: pending.option, value: arg });
    line.pending = null;
  } else if (line.isEnded || !isOption(arg, command)) {
    await takeWord(line, arg);
  } else if (arg === "--") line.isEnded = true;
  else await takeOption(line, arg);
}

async function takeOption(line: Line, arg: string): Promise<void> {
  const { command } = line;
  const { spelling, inline } = splitOption(arg);
  const option = await findOption(command, spelling);
  if (option === null && await takeCommandFlag(line, spelling, inline)) return;
  const isFlag = option?.value === undefined;
  const isCluster = isFlag && inline !== null && !arg.startsWith("--");
  if (option === null || isCluster) {
    throw await unknownOption(line, isCluster ? arg : spelling);
  }
  if (isFlag && inline !== null) throw takesNoValue(command, spelling);
  if (isFlag) line.options.push({ option, value: null });
  else if (inline === null) line.pending = { option, spelling };
  else line.options.push({ option, value: inline });
}

/** Takes an option that is another spelling of a command, if it is one. */
async function takeCommandFlag(
  line: Line,
  spelling: string,
  inline: string | null,
): Promise<boolean> {
  const { command, root } = line;
  const group = isGroup(command) ? command : await groupOf(command, root);
  if (!group.flags?.includes(spelling)) return false;
  if (inline !== null) throw takesNoValue(command, spelling);
  const word = spelling.slice(2);
  if (!isGroup(command)) checkSame(command, group, word);
  else {
    line.command = await commandOf(group, word);
    line.isNamedByFlag = true;
  }
  return true;
}

function takesNoValue(
  { name }: Command | CommandGroup,
  spelling: string,
): UsageError {
  return usageError(name, `option ${quote(spelling)} takes no value`);
}

/** A command may be named twice, as in `--wait wait`, but not two of them. */
function checkSame({ name }: Command, group: CommandGroup, word: string): void {
  const own = name.split(" ").at(-1);
  if (own === word) return;
  throw usageError(group.name, `choose one ${group.noun}: ${own} or ${word}`);
}

/** Words name commands, from group to group; then they are operands. */
async function takeWord(line: Line, word: string): Promise<void> {
  const { command } = line;
  if (isGroup(command)) {
    line.command = await commandOf(command, word);
    return;
  }
  if (line.isNamedByFlag) {
    line.isNamedByFlag = false;
    const group = await groupOf(command, line.root);
    if (Object.hasOwn(group.commands, word)) {
      return checkSame(command, group, word);
    }
  }
  line.operands.push(word);
  // What follows a program belongs to the program.
  line.isEnded ||= command.operands?.kind === "program";
}

/** The command that a word names in a group. Throws UsageError. */
export async function commandOf(
  group: CommandGroup,
  word: string,
): Promise<Command | CommandGroup> {
  const { commands } = group;
  const isDirect = Object.hasOwn(commands, word);
  const list = isDirect ? commands : await commandWords(group);
  if (Object.hasOwn(list, word)) return (await list[word]!()).command;
  const { unknownWord } = await import("./refusals.ts");
  throw unknownWord(group, Object.keys(list), word);
}

/** All words that name a command in a group, short forms included. */
async function commandWords(group: CommandGroup): Promise<CommandList> {
  const { commands, shortFor } = group;
  if (shortFor === undefined) return commands;
  const { command } = await commands[shortFor]!();
  return isGroup(command) ? { ...command.commands, ...commands } : commands;
}

/** Whether this is a group of commands. */
export function isGroup(
  command: Command | CommandGroup,
): command is CommandGroup {
  return "commands" in command;
}

/** The commands of a group, or only those that some words name. */
export async function loadCommands(
  { commands }: CommandGroup,
  words: readonly string[] = Object.keys(commands),
): Promise<(Command | CommandGroup)[]> {
  const loaded = await Promise.all(words.map((word) => commands[word]!()));
  return loaded.map(({ command }) => command);
}

/** The options that may be given now: in a group, of any of its commands. */
export async function optionsOf(
  command: Command | CommandGroup,
): Promise<readonly Option[]> {
  if (!isGroup(command)) return [...command.options, ...SHARED];
  if (command.defaultCommand === undefined) return BEFORE_COMMAND;
  const below = await loadCommands(command);
  const options = await Promise.all(below.map(optionsOf));
  return options.flat();
}

const BEFORE_COMMAND: readonly Option[] = [SESSION, ...SHARED];

/** The option that may be spelled like this here; null if there is none. */
export async function findOption(
  command: Command | CommandGroup,
  spelling: string,
): Promise<Option | null> {
  if (!isGroup(command)) return optionOf(command, spelling);
  const common = findIn(BEFORE_COMMAND, spelling);
  if (common !== null || command.defaultCommand === undefined) return common;
  const usual = await commandOf(command, command.defaultCommand);
  return findIn(await optionsOf(usual), spelling) ??
    findIn(await optionsOf(command), spelling);
}

function optionOf(command: Command, spelling: string): Option | null {
  const { options, ignored = [] } = command;
  return findIn([...options, ...SHARED, ...ignored], spelling);
}

/** A text may begin with a dash if it has a blank. */
function isOption(arg: string, command: Command | CommandGroup): boolean {
  if (arg.length < 2 || !arg.startsWith("-")) return false;
  if (isGroup(command) || command.operands?.kind !== "text") return true;
  if (!/\s/.test(arg)) return true;
  const { spelling, inline } = splitOption(arg);
  return inline !== null && arg.startsWith("--") && !/\s/.test(spelling) &&
    findIn([...command.options, ...SHARED], spelling)?.value !== undefined;
}

/** The command that a line asks for, with its options and operands checked. */
async function understand(line: Line): Promise<Parsed> {
  const { root, command: named, options, pending } = line;
  if (pending !== null) {
    const { option, spelling } = pending;
    throw usageError(
      named.name,
      `option ${quote(spelling)} needs a value: ${spelling} ${option.value}`,
    );
  }
  const isGiven = (name: string) =>
    options.some(({ option }) => option.name === name);
  if (isGiven("export") && (isGiven("help") || isGiven("version"))) {
    throw usageError(
      named.name,
      "--export prints what eval runs, so it goes with neither --help nor " +
        "--version; a text that begins with a dash comes after --",
    );
  }
  const isEmpty = named === root && options.length === 0;
  if (isEmpty || isGiven("help")) {
    const topic = named.name.split(" ").filter(Boolean);
    return await parse(["help", ...topic], root);
  }
  if (isGiven("version")) return await parse(["version"], root);
  if (isGroup(named)) {
    const { name, noun, defaultCommand } = named;
    if (defaultCommand === undefined) {
      throw usageError(name, `it needs a ${noun}; see "ptrack ${name} --help"`);
    }
    line.command = await commandOf(named, defaultCommand);
  }
  const command = line.command as Command;
  const own = await ownOptions(command, line);
  if (!takes(command, line.operands.length)) {
    const { wrongOperands } = await import("./refusals.ts");
    throw wrongOperands(command, line.operands);
  }
  const { invocationOf } = command.isReport
    ? { invocationOf: reportOf }
    : await import("./parse_args.ts");
  const invocation = invocationOf(command.name, own, line.operands);
  return { command, invocation };
}

/** The same as parse_args.ts, which takes a tenth of a whole heartbeat. */
function reportOf(
  command: string,
  options: readonly Given[],
  operands: readonly string[],
): Invocation {
  const list = (name: string): string[] => {
    const values: string[] = [];
    for (const { option, value } of options) {
      if (option.name === name && value !== null) values.push(value);
    }
    return values;
  };
  return {
    command,
    operands,
    text: (name) => list(name).at(-1) ?? null,
    flag: (name) => options.some(({ option }) => option.name === name),
    list,
  };
}

/** Whether a command takes so many operands. */
function takes({ operands }: Command, count: number): boolean {
  if (operands === undefined) return count === 0;
  if (operands.kind === "command") return true;
  if (operands.kind === "program") return count > 0;
  return count === 1 || count === 0 && !operands.required;
}

/** The options as the command has them. Throws UsageError for all others. */
async function ownOptions(command: Command, line: Line): Promise<Given[]> {
  const given: Given[] = [];
  for (const { option: { name }, value } of line.options) {
    const spelling = `--${name}`;
    const option = optionOf(command, spelling);
    // Before the command, -s is allowed for all of them.
    if (option === null && name === SESSION.name) continue;
    if (option === null) throw await unknownOption(line, spelling);
    const { choices } = option;
    if (value !== null && choices?.includes(value) === false) {
      throw valueError(
        value,
        `${spelling} of "ptrack ${command.name}"`,
        `choose one of ${choices.join(", ")}`,
      );
    }
    given.push({ option, value });
  }
  return given;
}

/** The error about an option that a command does not have. */
async function unknownOption(
  { command, root }: Line,
  arg: string,
): Promise<UsageError> {
  const group = await groupOf(command, root);
  const { unknownOption } = await import("./refusals.ts");
  return unknownOption({
    command,
    arg,
    known: await optionsOf(command),
    group: group.name,
    others: group === root ? [] : await loadCommands(group),
  });
}

/** The group that a command is in. */
async function groupOf(
  { name }: Command | CommandGroup,
  root: CommandGroup,
): Promise<CommandGroup> {
  const [first = "", ...rest] = name.split(" ");
  const { command } = rest.length === 0
    ? { command: root }
    : await root.commands[first]!();
  return isGroup(command) ? command : root;
}
