/**
 * The errors that a person is told about, each with the exit code it ends a
 * command with, and how they are worded. Everything else that is thrown is a
 * defect of ptrack.
 */

/** An error with a message for people and the exit code that belongs to it. */
export class PtrackError extends Error {
  /** The exit code of a command that ends with this error. */
  readonly exitCode: number;

  /** An error that ends a command with `exitCode`. */
  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.exitCode = exitCode;
  }
}

/** The session's state does not allow the request: exit code 1. */
export class RefusedError extends PtrackError {
  /** The message is for people: what, why, and what to do. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, 1, options);
  }
}

/** The command line, or an argument of the library, is wrong: exit code 2. */
export class UsageError extends PtrackError {
  /** The message is for people: what, why, and what to do. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, 2, options);
  }
}

/** No such session or workspace: exit code 3. */
export class NotFoundError extends PtrackError {
  /** The message is for people: what, why, and what to do. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, 3, options);
  }
}

/** Something could not be read or written: exit code 4. */
export class StorageError extends PtrackError {
  /** The message is for people: what, why, and what to do. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, 4, options);
  }
}

/** The reader of our output went away (EPIPE): ends a command quietly. */
export class OutputClosedError extends PtrackError {
  /** The message is for people: what, why, and what to do. */
  constructor(options?: ErrorOptions) {
    super("Cannot write output: the reader has closed it", 0, options);
  }
}

/** An error with a `code`, as the system's calls throw them. */
export class SystemError extends Error {
  /** Such as ELOOP (a symbolic link) or ENOTREG (not a regular file). */
  readonly code: string;

  /** An error about what was done to a path. */
  constructor(code: string, action: string, path: string) {
    super(`${code}: ${action} ${path}`);
    this.name = "SystemError";
    this.code = code;
  }
}

/** The code of a file error, such as `ENOENT`, or "" where there is none. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

/** Whether an error is about this process, and says nothing of a file. */
export function isOurLimit(error: unknown): boolean {
  return ["EMFILE", "ENFILE"].includes(errorCode(error));
}

const EXPLANATIONS: Record<string, string> = {
  EACCES: "permission denied",
  EDQUOT: "the disk quota is used up",
  EEXIST: "something else is there already",
  EFBIG: "the file is too large",
  EIO: "the device reported an input/output error",
  EISDIR: "it is a directory",
  ELOOP: "it is a symbolic link",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on the device",
  ENOTDIR: "a part of the path is not a directory",
  ENOTREG: "it is not a regular file",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
};

/** Why a file operation failed, in words. */
export function explain(error: unknown): string {
  const code = errorCode(error);
  if (code !== "") return EXPLANATIONS[code] ?? code;
  return error instanceof Error ? error.message : String(error);
}

/**
 * A file error as a StorageError: `Cannot read "x": permission denied`.
 * Anything else is thrown as it is.
 */
export function storageError(problem: string, error: unknown): StorageError {
  if (errorCode(error) === "") throw error;
  return new StorageError(`${problem}: ${explain(error)}`, { cause: error });
}

/** What `act` returns; `fallback` if a file error, or Deno, refuses it. */
export function withFallback<T>(act: () => T, fallback: T): T {
  try {
    return act();
  } catch (error) {
    const isRefused = error instanceof Error && error.name === "NotCapable";
    if (errorCode(error) === "" && !isRefused) throw error;
    return fallback;
  }
}

/** What an error says, or anything else that was thrown. */
export function errorMessage(thrown: unknown): string {
  try {
    const words = thrown instanceof Error
      ? thrown.message || thrown.name
      : thrown;
    return String(words);
  } catch {
    return "what was thrown cannot be told in words";
  }
}

/** A UsageError about a command; `command` is "" before there is one. */
export function usageError(command: string, problem: string): UsageError {
  const name = command === "" ? "ptrack" : `ptrack ${command}`;
  return new UsageError(`Cannot run "${name}": ${problem}`);
}

/** A UsageError about the value of an option or variable. */
export function valueError(
  value: string,
  where: string,
  expected: string,
): UsageError {
  return new UsageError(
    `Cannot use ${quote(value)} as ${where}: ${expected}`,
  );
}

/** A word of the user's as it is shown in a message: quoted, not too long. */
export function quote(word: string): string {
  return JSON.stringify(word.length > 60 ? `${word.slice(0, 60)}…` : word);
}

/**
 * Prints a warning; a closed standard error is ignored. `from` tells it from
 * the output of other programs.
 */
export function warn(
  platform: { stderr: { write(text: string): void } },
  text: string,
  from: "warning" | "ptrack" = "warning",
): void {
  try {
    platform.stderr.write(`${from}: ${oneLine(text)}\n`);
  } catch {
    // Nobody can read it, and it must not stop what is going on.
  }
}

/**
 * Replaces control characters, line ends and overrides of direction, and makes
 * commands to the runner of a CI system harmless.
 */
export function oneLine(text: string): string {
  return disarm(text.replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g,
    " ",
  ));
}

/**
 * Text in which the runner of a CI system sees no command: `##[error]` is
 * `# #[error]`, and `::error::` at the beginning of a line is `: :error::`.
 */
export function disarm(text: string): string {
  if (!text.includes("##") && !text.includes("::")) return text;
  // Commands to the runners of GitHub, Azure and TeamCity, which look for them
  // anywhere in a line; not `${name##[0-9]}` of a shell.
  const anywhere = /##(?=\[(?:[a-z]{4}|(?:add|set)-)|vso\[|teamcity\[)/gi;
  // GitHub's other form, which has to begin the line.
  const atStart = /^([^\S\n]*):(?=:.*::)/gm;
  return text.replace(anywhere, "# #").replace(atStart, "$1: ");
}
