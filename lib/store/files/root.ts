/**
 * Where `.parallel` is: the named one; in git the nearest upwards within the
 * repository, else at the root of the main checkout, so that all worktrees
 * share one; outside git the nearest upwards, else here. Nothing is spawned.
 */
import { resolve } from "@std/path";
import { RefusedError, StorageError, storageError } from "../../errors.ts";
import type { FileInfo, Platform } from "../../platform/platform.ts";
import { below, inspectVisible, mainCheckout, parentOf } from "../checkout.ts";

/** The name of the directory that holds all state. */
export const ROOT_NAME = ".parallel";

/**
 * The path of the `.parallel` directory, which need not exist yet.
 * Throws RefusedError if it belongs to another user, StorageError if it is no
 * directory or the present one is gone.
 */
export function findRoot(
  platform: Platform,
  named: string | null,
  from?: string,
): string {
  // `resolve` is slow, and the working directory may be gone.
  if (named?.startsWith("/")) return checkOwner(platform, named);
  const here = from ?? presentDirectory(platform);
  if (named !== null) return checkOwner(platform, resolve(here, named));
  return searchUpwards(platform, here);
}

function searchUpwards(platform: Platform, here: string): string {
  let stranger: string | null = null;
  for (let directory = here;;) {
    const path = below(directory, ROOT_NAME);
    const info = inspectVisible(platform, path);
    if (info?.kind === "directory") {
      if (belongsToUs(platform, info)) return path;
      stranger ??= path;
    }
    if (inspectVisible(platform, below(directory, ".git")) !== null) {
      // In a repository it is the one to use; elsewhere it is skipped.
      if (stranger !== null) throw notOurs(stranger);
      const main = mainCheckout(platform, directory);
      return checkOwner(platform, below(main, ROOT_NAME));
    }
    const parent = parentOf(platform, directory);
    if (parent === directory) {
      return checkOwner(platform, below(here, ROOT_NAME));
    }
    directory = parent;
  }
}

function presentDirectory(platform: Platform): string {
  try {
    return platform.workingDirectory();
  } catch (error) {
    throw storageError("Cannot tell the working directory", error);
  }
}

function checkOwner(platform: Platform, path: string): string {
  const info = inspectVisible(platform, path);
  if (info === null) return path;
  if (info.kind !== "directory") {
    throw new StorageError(`Cannot use "${path}": it is not a directory`);
  }
  if (!belongsToUs(platform, info)) throw notOurs(path);
  return path;
}

function belongsToUs(platform: Platform, info: FileInfo): boolean {
  return platform.uid === null || info.uid === null ||
    info.uid === platform.uid;
}

function notOurs(path: string): RefusedError {
  return new RefusedError(
    `Cannot use "${path}": it belongs to another user; ` +
      `name your own with --dir or PTRACK_DIR`,
  );
}
