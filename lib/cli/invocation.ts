/**
 * A command line after parsing: which command, which view of it, and what was
 * typed. Nothing here comes from the environment; `environment.ts` adds that.
 */
import type { Platform } from "../platform/platform.ts";

/** What was typed for the options, by long name. */
export type OptionValues = Readonly<
  Record<string, string | readonly string[] | boolean | undefined>
>;

/** The parts of an Invocation. */
export interface InvocationParts {
  /** The command's name in the table, such as `heartbeat`. */
  command: string;
  /** The view of a command that has views, such as `wait`; else "". */
  view?: string;
  operands?: readonly string[];
  options?: OptionValues;
}

/** One command to run, as it was typed. */
export class Invocation {
  /** The command's name in the table, such as `heartbeat`. */
  readonly command: string;
  /** The view of a command that has views, such as `wait`; else "". */
  readonly view: string;
  /** The operands, without the view. */
  readonly operands: readonly string[];
  readonly #options: OptionValues;

  constructor(parts: InvocationParts) {
    this.command = parts.command;
    this.view = parts.view ?? "";
    this.operands = parts.operands ?? [];
    this.#options = parts.options ?? {};
  }

  /** The value of an option; null if it was not typed. */
  text(option: string): string | null {
    const value = this.#options[option];
    return typeof value === "string" ? value : null;
  }

  /** Whether a flag was typed. */
  flag(option: string): boolean {
    return this.#options[option] === true;
  }

  /** All values of a repeatable option, in the order they were typed. */
  list(option: string): readonly string[] {
    const value = this.#options[option];
    return Array.isArray(value) ? value : [];
  }
}

/** Runs a command and returns the exit code that it ends with. */
export type Run = (
  platform: Platform,
  invocation: Invocation,
) => Promise<number>;
