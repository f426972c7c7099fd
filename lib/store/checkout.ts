/**
 * Git checkouts, found by reading git's files: the one that contains a
 * directory, its branch, and the main checkout of a worktree. Starts no process.
 */
import { basename, resolve } from "@std/path";
import { errorCode, storageError } from "../errors.ts";
import type { FileInfo, Platform } from "../platform/platform.ts";

const POINTER_LIMIT = 64 * 1024;

/** A checkout of a git repository. */
export interface Checkout {
  /** Its root directory. */
  path: string;
  /** The name of a linked worktree's directory; null in the main checkout. */
  worktree: string | null;
  /** The branch that is checked out; null if there is none. */
  branch: string | null;
}

/** The checkout that a directory (an absolute path) is in; null outside git. */
export function findCheckout(
  platform: Platform,
  from: string,
): Checkout | null {
  let path = from;
  while (inspectVisible(platform, below(path, ".git")) === null) {
    const parent = parentOf(platform, path);
    if (parent === path) return null;
    path = parent;
  }
  const linked = linkedGitDirectory(platform, path);
  const gitDirectory = linked ?? below(path, ".git");
  const head = readPointer(platform, below(gitDirectory, "HEAD"));
  // A submodule has its git directory elsewhere too, but all to itself.
  const isWorktree = linked !== null &&
    inspectVisible(platform, below(linked, "commondir")) !== null;
  return {
    path,
    worktree: isWorktree ? basename(path) : null,
    branch: head?.match(/^ref: refs\/heads\/(.+)$/m)?.[1]?.trim() ?? null,
  };
}

/** The main checkout of the repository that a checkout's root belongs to. */
export function mainCheckout(platform: Platform, checkout: string): string {
  const gitDirectory = linkedGitDirectory(platform, checkout);
  if (gitDirectory === null) return checkout;
  const common = readPointer(platform, below(gitDirectory, "commondir"))
    ?.trim();
  if (common === undefined || common === "") return checkout;
  const commonDirectory = resolve(gitDirectory, common);
  if (inspectVisible(platform, commonDirectory)?.kind !== "directory") {
    return checkout;
  }
  // A bare repository has no main checkout; its worktrees share its directory.
  return basename(commonDirectory) === ".git"
    ? parentOf(platform, commonDirectory)
    : commonDirectory;
}

/** The git directory of a linked worktree; null in the main checkout. */
function linkedGitDirectory(
  platform: Platform,
  checkout: string,
): string | null {
  const dotGit = below(checkout, ".git");
  if (inspectVisible(platform, dotGit)?.kind !== "file") return null;
  const pointer = readPointer(platform, dotGit)?.match(/^gitdir:\s*(.+)$/m)
    ?.[1];
  return pointer === undefined ? null : resolve(checkout, pointer.trim());
}

/** The text of a small file of git's; undefined if it cannot be read. */
function readPointer(platform: Platform, path: string): string | undefined {
  try {
    return platform.files.readText(path, POINTER_LIMIT);
  } catch {
    return undefined;
  }
}

/**
 * The parent of an absolute path; a root is its own parent. Faster than
 * `dirname`, which a heartbeat would notice.
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

/** The path of a name in a directory; only a root ends with a separator. */
export function below(directory: string, name: string): string {
  const isRoot = directory.endsWith("/") || directory.endsWith("\\");
  return isRoot ? `${directory}${name}` : `${directory}/${name}`;
}

/** Inspects what a path leads to; null if it is missing or not accessible. */
export function inspectVisible(
  platform: Pick<Platform, "files">,
  path: string,
): FileInfo | null {
  try {
    return platform.files.inspectTarget(path);
  } catch (error) {
    if (["EACCES", "EPERM", "ENOTDIR"].includes(errorCode(error))) return null;
    throw storageError(`Cannot look at "${path}"`, error);
  }
}
