/**
 * Types of the `@std` functions that are called. The npm package that carries
 * them is plain JavaScript; what is declared here is checked, wrong calls are
 * reported, and what is not declared cannot be imported.
 */

declare module "@std/assert" {
  /** Throws unless `condition` is truthy. */
  export function assert(
    condition: unknown,
    message?: string,
  ): asserts condition;
  /** Throws unless both are deeply equal. */
  export function assertEquals<T>(
    actual: T,
    expected: T,
    message?: string,
  ): void;
  /** Throws if both are deeply equal. */
  export function assertNotEquals<T>(
    actual: T,
    expected: T,
    message?: string,
  ): void;
  /** Throws unless `actual` contains `expected`. */
  export function assertStringIncludes(
    actual: string,
    expected: string,
    message?: string,
  ): void;
  /** Throws unless `expected` matches. */
  export function assertMatch(
    actual: string,
    expected: RegExp,
    message?: string,
  ): void;
  /** Throws unless `run` throws such an error; returns the error. */
  export function assertThrows<E extends Error = Error>(
    run: () => unknown,
    // deno-lint-ignore no-explicit-any
    errorClass: new (...args: any[]) => E,
    messageIncludes?: string,
    message?: string,
  ): E;
  /** Throws unless `run` rejects with such an error; returns the error. */
  export function assertRejects<E extends Error = Error>(
    run: () => PromiseLike<unknown>,
    // deno-lint-ignore no-explicit-any
    errorClass: new (...args: any[]) => E,
    messageIncludes?: string,
    message?: string,
  ): Promise<E>;
}

declare module "@std/async" {
  /** The same promise, rejected with a TimeoutError after `ms`. */
  export function deadline<T>(
    promise: Promise<T>,
    ms: number,
    options?: { signal?: AbortSignal },
  ): Promise<T>;
}

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

declare module "@std/fs" {
  /** A file or directory that a walk comes across. */
  export interface WalkEntry extends Deno.DirEntry {
    path: string;
  }
  /** Which entries a walk gives. */
  export interface WalkOptions {
    maxDepth?: number;
    includeFiles?: boolean;
    includeDirs?: boolean;
    includeSymlinks?: boolean;
    exts?: string[];
    match?: RegExp[];
    skip?: RegExp[];
  }
  /** All entries below `root`, itself included. */
  export function walkSync(
    root: string | URL,
    options?: WalkOptions,
  ): IterableIterator<WalkEntry>;
  /** All files that a pattern matches. */
  export function expandGlobSync(
    glob: string | URL,
    options?: { root?: string; includeDirs?: boolean },
  ): IterableIterator<WalkEntry>;
  /** Whether something is at the path. */
  export function existsSync(path: string | URL): boolean;
  /** Makes the directory and those above it, where they are missing. */
  export function ensureDirSync(dir: string | URL): void;
  /** Copies a file, or a directory with all in it. */
  export function copySync(
    from: string | URL,
    to: string | URL,
    options?: { overwrite?: boolean; preserveTimestamps?: boolean },
  ): void;
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

declare module "@std/yaml" {
  /** The value of a YAML document; throws where it is none. */
  export function parse(content: string): unknown;
}

declare module "*.css" {
  /** The text of the file. */
  const text: string;
  export default text;
}
