/**
 * Where `.parallel` is: the named one; in git the nearest upwards within the
 * repository, else at the root of the main checkout, so that all worktrees
 * share one; outside git the nearest upwards, else here. Nothing is spawned.
 */
import { basename, resolve } from "@std/path";
import {
  errorCode,
  explain,
  RefusedError,
  StorageError,
} from "../../errors.ts";
import type { FileInfo, Platform } from "../../platform/platform.ts";

/** The name of the directory that holds all state. */
export const ROOT_NAME = ".parallel";

const POINTER_LIMIT = 64 * 1024;

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
  // Most are absolute: `resolve` costs a heartbeat dearly, and the working
  // directory may be gone.
  if (named?.startsWith("/")) return checkOwner(platform, named);
  const here = from ?? presentDirectory(platform);
  if (named !== null) return checkOwner(platform, resolve(here, named));
  const found = lookUpwards(platform, here);
  if (found.root !== null) return found.root;
  // In a repository a stranger's is the one that is meant; elsewhere it is not.
  if (found.repository !== null && found.stranger !== null) {
    throw notOurs(found.stranger);
  }
  const base = found.repository === null
    ? here
    : mainCheckout(platform, found.repository);
  return checkOwner(platform, below(base, ROOT_NAME));
}

/** What lies in a directory or above it, up to a repository's root. */
interface Surroundings {
  /** The nearest `.parallel` of ours. */
  root: string | null;
  /** The directory with the `.git`. */
  repository: string | null;
  /** The nearest `.parallel` of somebody else. */
  stranger: string | null;
}

function lookUpwards(platform: Platform, from: string): Surroundings {
  const found: Surroundings = { root: null, repository: null, stranger: null };
  for (let directory = from;;) {
    const path = below(directory, ROOT_NAME);
    const info = look(platform, path);
    if (info?.kind === "directory") {
      if (belongsToUs(platform, info)) return { ...found, root: path };
      found.stranger ??= path;
    }
    if (look(platform, below(directory, ".git")) !== null) {
      return { ...found, repository: directory };
    }
    const parent = parentOf(platform, directory);
    if (parent === directory) return found;
    directory = parent;
  }
}

function presentDirectory(platform: Platform): string {
  try {
    return platform.workingDirectory();
  } catch (error) {
    throw new StorageError(
      `Cannot tell the working directory: ${explain(error)}`,
      { cause: error },
    );
  }
}

/**
 * The directory above one; a root is above itself. For absolute paths as the
 * system writes them: `dirname` takes any, character by character, which is
 * most of what a heartbeat would wait for here.
 */
export function parentOf(platform: Platform, directory: string): string {
  const slash = directory.lastIndexOf("/");
  const at = platform.system === "windows"
    ? Math.max(slash, directory.lastIndexOf("\\"))
    : slash;
  const parent = directory.slice(0, at);
  const isTop = parent === "" || parent.length === 2 && parent[1] === ":";
  return isTop ? directory.slice(0, at + 1) : parent;
}

/** A name in a directory; the root's own path ends with a separator. */
export function below(directory: string, name: string): string {
  const isRoot = directory.endsWith("/") || directory.endsWith("\\");
  return isRoot ? `${directory}${name}` : `${directory}/${name}`;
}

/** Where git keeps a linked worktree; null for a checkout of its own. */
export function linkedGitDirectory(
  platform: Platform,
  checkout: string,
): string | null {
  const dotGit = below(checkout, ".git");
  if (look(platform, dotGit)?.kind !== "file") return null;
  const pointer = readPointer(platform, dotGit)?.match(/^gitdir:\s*(.+)$/m)
    ?.[1];
  return pointer === undefined ? null : resolve(checkout, pointer.trim());
}

/** The main checkout of the repository that a worktree belongs to. */
export function mainCheckout(platform: Platform, checkout: string): string {
  const gitDirectory = linkedGitDirectory(platform, checkout);
  if (gitDirectory === null) return checkout;
  const common = readPointer(platform, below(gitDirectory, "commondir"))
    ?.trim();
  if (common === undefined || common === "") return checkout;
  const commonDirectory = resolve(gitDirectory, common);
  if (look(platform, commonDirectory)?.kind !== "directory") return checkout;
  // A bare repository has no checkout beside it: then its own directory is
  // what all worktrees share.
  return basename(commonDirectory) === ".git"
    ? parentOf(platform, commonDirectory)
    : commonDirectory;
}

/** The text of a small file of git's; undefined if there is none. */
export function readPointer(
  platform: Platform,
  path: string,
): string | undefined {
  try {
    return platform.files.readText(path, POINTER_LIMIT);
  } catch {
    return undefined;
  }
}

function checkOwner(platform: Platform, path: string): string {
  const info = look(platform, path);
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

/** What a path leads to; null if there is nothing that we may see. */
export function look(
  platform: Pick<Platform, "files">,
  path: string,
): FileInfo | null {
  try {
    return platform.files.inspectTarget(path);
  } catch (error) {
    if (["EACCES", "EPERM", "ENOTDIR"].includes(errorCode(error))) return null;
    throw new StorageError(`Cannot look at "${path}": ${explain(error)}`, {
      cause: error,
    });
  }
}
