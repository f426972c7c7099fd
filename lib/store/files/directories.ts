/** Making and checking the directories that a session lives in. */
import { dirname } from "@std/path";
import {
  errorCode,
  explain,
  NotFoundError,
  StorageError,
} from "../../errors.ts";
import type { Files, Platform } from "../../platform/platform.ts";
import type { SessionPaths } from "./layout.ts";
import { NOT_REAL } from "./read.ts";
import { removeQuietly } from "./replace.ts";

/** A cleaning may take an empty workspace away that we are about to use. */
const TRIES = 20;

const IGNORE_ALL = new TextEncoder().encode("*\n");

/**
 * Makes what is missing of `.parallel/<workspace>/<session>`. Returns whether
 * the session's directory was missing.
 */
export function makeDirectories(
  platform: Platform,
  paths: SessionPaths,
): boolean {
  try {
    const flush = makeUnflushed(platform.files, paths.root);
    const isNew = makeInWorkspace(platform.files, paths);
    flush();
    return isNew;
  } catch (error) {
    throw cannotCreate(paths.directory, error);
  }
}

/** Makes a `.parallel` directory, if it is missing. */
export function makeRoot({ files }: Platform, path: string): void {
  try {
    makeUnflushed(files, path)();
  } catch (error) {
    throw cannotCreate(path, error);
  }
}

/** Makes it; the function that it returns flushes its name, if it is new. */
function makeUnflushed(files: Files, root: string): () => void {
  const made = files.makeDirectory(root);
  ignoreAll(files, root);
  return () => {
    if (made) files.flushDirectory(dirname(root));
  };
}

function cannotCreate(path: string, error: unknown): unknown {
  if (errorCode(error) === "") return error;
  return new StorageError(`Cannot create "${path}": ${explain(error)}`, {
    cause: error,
  });
}

function makeInWorkspace(files: Files, paths: SessionPaths): boolean {
  for (let tried = 1;; tried++) {
    files.makeDirectory(paths.workspace);
    try {
      requireReal(files, paths.workspace, "workspace");
      return files.makeDirectory(paths.directory);
    } catch (error) {
      const isGone = errorCode(error) === "ENOENT" ||
        error instanceof NotFoundError;
      if (!isGone || tried === TRIES) throw error;
    }
  }
}

/** The state is never committed, whatever the repository ignores. */
function ignoreAll(files: Files, root: string): void {
  const path = `${root}/.gitignore`;
  if (files.inspect(path) !== null) return;
  try {
    files.createNew(path, IGNORE_ALL, false);
  } catch (error) {
    if (errorCode(error) === "EEXIST") return;
    // Left empty, as by a full disk, it would hide nothing and never be mended.
    removeQuietly(files, path);
    throw error;
  }
}

/** Throws unless the session's directories are real ones. */
export function requireDirectory(files: Files, paths: SessionPaths): void {
  requireReal(files, paths.workspace, "workspace");
  requireReal(files, paths.directory, "session");
}

function requireReal(
  files: Files,
  path: string,
  what: "workspace" | "session",
): void {
  const kind = files.inspect(path)?.kind;
  if (kind === "directory") return;
  if (kind === undefined) {
    throw new NotFoundError(`Cannot find the ${what} directory "${path}"`);
  }
  throw new StorageError(
    `Cannot use "${path}" as a ${what}: ${NOT_REAL[kind]}`,
  );
}
