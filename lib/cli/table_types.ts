/**
 * The old shape of a command; `command.ts` has the one that replaces it.
 * What a command is, as data. Parsing, help, the reference in docs/cli.md and
 * completions all read the same table (`table.ts`), so they cannot disagree.
 */
import type { Group } from "./command.ts";
import type { Run } from "./invocation.ts";

/** An option of a command; a flag unless it has a `value`. */
export interface Option {
  /** The long name, without dashes. */
  name: string;
  /** One letter. */
  short?: string;
  /** The placeholder of its value, such as `TEXT`. */
  value?: string;
  /** Only these values. */
  choices?: readonly string[];
  /** Every value counts; otherwise the last one does. */
  repeatable?: boolean;
  /** Other long names for the same. */
  aliases?: readonly string[];
  /** The environment variable that stands in when it is not typed. */
  env?: string;
  /** A flag that chooses this view, as the operand does. */
  view?: string;
  /** The views that it is for; all of them if not given. */
  onlyFor?: readonly string[];
  /** What it does: a sentence without its full stop. */
  help: string;
}

/** One of several things that a command can show. */
export interface View {
  name: string;
  summary: string;
}

/** The operands of a command. */
export type Operands =
  | { kind: "none" }
  /** One text; `-` is standard input. */
  | {
    kind: "text";
    name: string;
    required: boolean;
    help: string;
    /** What completions offer for it. */
    choices?: readonly string[];
  }
  /** The name of a view; the first one if there is none. */
  | { kind: "view"; views: readonly View[] }
  /** A program with its arguments; from it on nothing is ours. */
  | { kind: "program" }
  /** The name of a command, or nothing. */
  | { kind: "command" };

/** A command: everything that anybody needs to know of it. */
export interface Command {
  name: string;
  group: Group;
  /** A sentence without its full stop. */
  summary: string;
  operands: Operands;
  /** Its own options; the shared ones are added. */
  options: readonly Option[];
  /** Paragraphs for its help page. */
  details: readonly string[];
  /** Command lines, each with what it does. */
  examples: readonly (readonly [line: string, what: string])[];
  /** Exit codes, each with what it means. */
  exitCodes: readonly (readonly [code: number, meaning: string])[];
  /** What a command line that is wrong ends with; 2 if not given. */
  usageExitCode?: number;
  /** Loads what runs it; absent where the command line itself answers. */
  load?: () => Promise<Run>;
}
