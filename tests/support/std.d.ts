/**
 * Types of the `@std` functions that only tests, benchmarks and release scripts
 * call; lib/std.d.ts has the others.
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

declare module "@std/yaml" {
  /** The value of a YAML document; throws where it is none. */
  export function parse(content: string): unknown;
}
