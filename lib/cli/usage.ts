/** Complaints about a command line, all in the same form. */
import { UsageError } from "../errors.ts";

/** What `ptrack run` ends with when it could not even begin. */
export const RUN_FAILED = 125;

/** A word that the table does not know. */
export interface UnknownWord {
  /** The command's name; "" before there is one. */
  command: string;
  problem: string;
  word: string;
  /** The words that would have done. */
  known: readonly string[];
  /** What to say if none of them is near. */
  hint: string;
}

/** An unknown word; `suggest` turns it into the complaint to be shown. */
export class UnknownWordError extends UsageError {
  readonly #unknown: UnknownWord;

  constructor(unknown: UnknownWord) {
    super(
      complain(unknown.command, `${unknown.problem}; ${unknown.hint}`).message,
    );
    this.#unknown = unknown;
  }

  /** The same complaint, with the nearest known word if one is near. */
  async suggest(): Promise<UsageError> {
    const { command, problem, word, known } = this.#unknown;
    const { nearest } = await import("./nearest.ts");
    const found = nearest(word, known);
    if (found === null) return this;
    return complain(command, `${problem}; did you mean "${found}"?`);
  }
}

/** A UsageError about a command; `command` is "" before there is one. */
export function complain(command: string, problem: string): UsageError {
  const name = command === "" ? "ptrack" : `ptrack ${command}`;
  return new UsageError(`Cannot run "${name}": ${problem}`);
}

/** A UsageError about the value of an option or variable. */
export function badValue(
  value: string,
  where: string,
  expected: string,
): UsageError {
  return new UsageError(`Cannot use ${quoted(value)} as ${where}: ${expected}`);
}

/** A word as it is shown in a complaint: quoted, and not too long. */
export function quoted(word: string): string {
  return JSON.stringify(word.length > 60 ? `${word.slice(0, 60)}…` : word);
}
