/**
 * What a command is: its names, its help and what it does, in one object. The
 * argument parser, help, reference, manual page and completion all read it.
 */
import type { Platform } from "../platform/platform.ts";

/** An option of a command; a flag unless it has a `value`. */
export interface Option {
  /** The long name, without dashes. */
  name: string;
  /** One letter. */
  short?: string;
  /**
   * The placeholder of its value, such as `TEXT`. Completion offers sessions
   * for `ID`, files for `FILE`, directories for `PATH`.
   */
  value?: string;
  /** Only these values are allowed. */
  choices?: readonly string[];
  /** Every value counts; otherwise the last one does. */
  repeatable?: boolean;
  /** Other long names of the same option. */
  aliases?: readonly string[];
  /** The environment variable that is read when the option is not given. */
  env?: string;
  /** What it does: a sentence without its full stop. */
  help: string;
}

/** What a command takes besides options. */
export type Operands =
  /** One text, which may have blanks. */
  | { kind: "text"; name: string; required: boolean; help: string }
  /** One word; completion offers `choices`, or sessions for the name `ID`. */
  | {
    kind: "word";
    name: string;
    required: boolean;
    help: string;
    choices?: readonly string[];
  }
  /** A program with its arguments; options of ours end where it begins. */
  | { kind: "program" }
  /** The name of a command, in one or two words, or nothing. */
  | { kind: "command" };

/** A command line after parsing: what was typed, without the environment. */
export interface Invocation {
  /** The words that call the command, such as `monitor wait`. */
  command: string;
  operands: readonly string[];
  /** The last value of an option; null if it was not typed. */
  text(option: string): string | null;
  /** Whether a flag was typed. */
  flag(option: string): boolean;
  /** All values of an option, in the order they were typed. */
  list(option: string): readonly string[];
}

/** What help says of a command, or of a group of commands. */
export interface Description {
  /** The words that call it, such as `heartbeat` or `monitor wait`. */
  name: string;
  /** A sentence without its full stop. */
  summary: string;
  /** Paragraphs for its help page. */
  details?: readonly string[];
  /** Command lines, each with what it does. */
  examples?: readonly (readonly [line: string, what: string])[];
}

/** A command that runs. */
export interface Command extends Description {
  /** None if not given. */
  operands?: Operands;
  /** Its own options; `SHARED` in options.ts are added. */
  options: readonly Option[];
  /** Options that it accepts without effect; help does not show them. */
  ignored?: readonly Option[];
  /** Whether sessions report by it, so that it is called again and again. */
  isReport?: true;
  /** Exit codes, each with what it means. */
  exitCodes: readonly (readonly [code: number, meaning: string])[];
  /** The exit code of a wrong command line, if it is not 2. */
  usageExitCode?: number;
  /**
   * Does it; returns the exit code. Throws PtrackError. `root` has all commands,
   * for those that explain or complete them.
   */
  run(
    platform: Platform,
    invocation: Invocation,
    root: CommandGroup,
  ): number | Promise<number>;
}

/** A command that has commands of its own, such as `monitor`. */
export interface CommandGroup extends Description {
  commands: CommandList;
  /** Headings of help, each with the words below it; others are hidden. */
  headings?: readonly (readonly [title: string, words: readonly string[]])[];
  /** What one of them is called. */
  noun: "command" | "verb" | "view";
  /** The one that runs when none is named; without it one must be. */
  defaultCommand?: string;
  /** Options that are another spelling of a command, such as `--wait`. */
  flags?: readonly string[];
  /** The group among whose commands a word that is not here is looked up. */
  shortFor?: string;
}

/** Commands by the word that calls them, each loaded when it is needed. */
export type CommandList = Readonly<
  Record<string, () => Promise<{ command: Command | CommandGroup }>>
>;
