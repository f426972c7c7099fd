/**
 * Types of the `@std` functions that the program calls. The npm package that
 * carries them is plain JavaScript; what is declared here is checked, wrong calls
 * are reported, and what is not declared cannot be imported.
 */

declare module "@std/cli" {
  /** How arguments are told apart; names are without dashes. */
  export interface ParseOptions {
    alias?: Record<string, string | readonly string[]>;
    boolean?: readonly string[];
    collect?: readonly string[];
    string?: readonly string[];
    /** Stop at the first operand. */
    stopEarly?: boolean;
    /** Called for each unknown argument; `false` leaves it out. */
    unknown?: (arg: string, key?: string, value?: unknown) => unknown;
  }
  /** Options by name, operands as `_`. */
  export function parseArgs(
    args: readonly string[],
    options?: ParseOptions,
  ): Record<string, unknown> & { _: string[] };
}

declare module "@std/html" {
  /** The text with `<`, `>`, `&`, `"` and `'` as entities. */
  export function escape(text: string): string;
}

declare module "@std/path" {
  /** Joins and normalises. */
  export function join(path: string, ...paths: string[]): string;
  /** The path without its last part. */
  export function dirname(path: string): string;
  /** The last part of the path. */
  export function basename(path: string, suffix?: string): string;
  /** The absolute path that the parts lead to, from the right. */
  export function resolve(...paths: string[]): string;
  /** The path that leads from one to the other. */
  export function relative(from: string, to: string): string;
  /** The path without `.`, `..` and doubled slashes. */
  export function normalize(path: string): string;
  /** Whether the path begins at a root. */
  export function isAbsolute(path: string): boolean;
  /** The path of a `file:` address. */
  export function fromFileUrl(url: string | URL): string;
}

declare module "@std/text" {
  /** The nearest of `possibleWords`, of which there is at least one. */
  export function closestString(
    givenWord: string,
    possibleWords: readonly string[],
    options?: {
      caseSensitive?: boolean;
      compareFn?: (a: string, b: string) => number;
    },
  ): string;
  /** How many letters to change, add or remove to turn one into the other. */
  export function levenshteinDistance(a: string, b: string): number;
}

declare module "*.css" {
  /** The text of the file. */
  const text: string;
  export default text;
}
