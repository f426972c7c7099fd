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

declare module "@std/path/join" {
  /** Joins and normalises. */
  export function join(path: string, ...paths: string[]): string;
}

declare module "@std/path/dirname" {
  /** The path without its last part. */
  export function dirname(path: string): string;
}

declare module "@std/path/basename" {
  /** The last part of the path. */
  export function basename(path: string, suffix?: string): string;
}

declare module "@std/path/resolve" {
  /** The absolute path that the parts lead to, from the right. */
  export function resolve(...paths: string[]): string;
}

declare module "@std/text/closest-string" {
  /** The nearest of `possibleWords`, of which there is at least one. */
  export function closestString(
    givenWord: string,
    possibleWords: readonly string[],
    options?: {
      caseSensitive?: boolean;
      compareFn?: (a: string, b: string) => number;
    },
  ): string;
}

declare module "@std/text/levenshtein-distance" {
  /** How many letters to change, add or remove to turn one into the other. */
  export function levenshteinDistance(a: string, b: string): number;
}

declare module "*.css" {
  /** The text of the file. */
  const text: string;
  export default text;
}

declare module "@std/yaml/parse" {
  /** The value of a YAML document; throws where it is none. */
  export function parse(content: string): unknown;
}
