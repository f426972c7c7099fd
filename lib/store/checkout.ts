/**
 * Git's checkouts, as git keeps them in files: the one that a directory is in,
 * its branch, and the main one that a linked worktree belongs to. Nothing is
 * spawned.
 */
import { basename, resolve } from "@std/path";
import { errorCode, storageError } from "../errors.ts";
import type { FileInfo, Platform } from "../platform/platform.ts";

const POINTER_LIMIT = 64 * 1024;

/** What git keeps of the checkout that a directory is in. */
export interface Checkout {
  /** Its root. */
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
  // A submodule has its git directory elsewhere, too, but shares it with none.
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
  // A bare repository has no checkout beside it: its own directory is what all
  // its worktrees share.
  return basename(commonDirectory) === ".git"
    ? parentOf(platform, commonDirectory)
    : commonDirectory;
}

/** Where git keeps a linked worktree; null for a checkout of its own. */
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

/** The text of a small file of git's; undefined if there is none. */
function readPointer(platform: Platform, path: string): string | undefined {
  try {
    return platform.files.readText(path, POINTER_LIMIT);
  } catch {
    return undefined;
  }
}

/**
 * The directory above one; a root is above itself. For absolute paths as the
 * system writes them: `dirname` takes any, which costs a heartbeat more than
 * all else here.
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

/** What a path leads to; null if there is nothing that we may see. */
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
