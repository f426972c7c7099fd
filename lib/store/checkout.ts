/**
 * Git checkouts, found by reading git's files: the one that contains a
 * directory, its branch, and the main checkout of a worktree. Starts no process.
 */
import { basename, resolve } from "@std/path";
import {
  errorCode,
  RefusedError,
  storageError,
  withFallback,
} from "../errors.ts";
import { realPath } from "../platform/files.ts";
import type { FileInfo, Platform } from "../platform/platform.ts";

/** Git's own files that are read here are never longer. */
const LONGEST_BYTES = 64 * 1024;

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
  while (!isCheckout(platform, path)) {
    const parent = parentOf(platform, path);
    if (parent === path) return null;
    path = parent;
  }
  const linked = linkedGitDirectory(platform, path);
  // A submodule has its git directory elsewhere too, but all to itself.
  const isWorktree = linked !== null &&
    inspectVisible(platform, below(linked, "commondir")) !== null;
  const head = below(linked ?? below(path, ".git"), "HEAD");
  return {
    path,
    worktree: isWorktree ? basename(path) : null,
    branch: findInFile(platform, head, /^ref: refs\/heads\/(.+)$/m),
  };
}

/**
 * Whether a directory is the root of a checkout. Like git, this ignores a `.git`
 * of another user: it may have been planted to say where files go.
 */
export function isCheckout(platform: Platform, directory: string): boolean {
  const dotGit = below(directory, ".git");
  const isBelieved = (info: FileInfo) => isBelievedByGit(platform, info);
  const info = inspectVisible(platform, dotGit, "itself");
  if (info === null || !isBelieved(info)) return false;
  if (info.kind === "directory") return true;
  const target = inspectVisible(platform, dotGit);
  if (target === null || !isBelieved(target)) return false;
  const linked = linkedGitDirectory(platform, directory);
  if (linked === null) return true;
  const gitDirectory = inspectVisible(platform, linked);
  return gitDirectory === null || isBelieved(gitDirectory);
}

/** The main checkout of the repository that a checkout's root belongs to. */
export function mainCheckout(platform: Platform, checkout: string): string {
  const gitDirectory = linkedGitDirectory(platform, checkout);
  if (gitDirectory === null) return checkout;
  const common = findInFile(platform, below(gitDirectory, "commondir"), /(.+)/);
  if (common === null) return checkout;
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
  const pointer = findInFile(platform, dotGit, /^gitdir:\s*(.+)$/m);
  return pointer === null ? null : resolve(checkout, pointer);
}

/** What the group of a pattern finds in a small file; null if nothing. */
function findInFile(
  { files }: Platform,
  path: string,
  pattern: RegExp,
): string | null {
  const text = withFallback(() => files.readText(path, LONGEST_BYTES), "");
  return pattern.exec(text)?.[1]?.trim() || null;
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

/** The home directory, as the environment has it, if that may be read. */
export function homeDirectory(platform: Platform): string | undefined {
  const name = platform.system === "windows" ? "USERPROFILE" : "HOME";
  return withFallback(() => platform.env(name), undefined);
}

/** Whether a directory is the home directory. */
export function isHome(platform: Platform, directory: string): boolean {
  const home = homeDirectory(platform);
  if (!home) return false;
  if (home === directory) return true;
  const identityOf = (path: string) =>
    withFallback(() => platform.files.inspectTarget(path)?.identity, undefined);
  const identity = identityOf(home);
  return identity !== undefined && identity === identityOf(directory);
}

/**
 * Inspects what a path leads to, or what itself is there; null if it is missing
 * or not accessible.
 */
export function inspectVisible(
  { files }: Pick<Platform, "files">,
  path: string,
  what: "target" | "itself" = "target",
): FileInfo | null {
  try {
    return what === "target" ? files.inspectTarget(path) : files.inspect(path);
  } catch (error) {
    if (["EACCES", "EPERM", "ENOTDIR"].includes(errorCode(error))) return null;
    throw storageError(`Cannot look at "${path}"`, error);
  }
}

/** Whether a file or directory is the user's own. */
export function belongsToUs(
  { uid }: Pick<Platform, "uid">,
  file: FileInfo,
): boolean {
  return uid === null || file.uid === null || file.uid === uid;
}

/**
 * Where a path leads by links of the user's own, or the system's, even if
 * nothing is there. Throws RefusedError if another user made one of them.
 */
export function followLinks(platform: Platform, path: string): string {
  const requireTrusted = (link: string) => {
    const info = inspectVisible(platform, link, "itself");
    if (info?.uid === 0 || info !== null && belongsToUs(platform, info)) return;
    throw new RefusedError(
      `Cannot use "${path}": "${link}" is a symbolic link of another user; ` +
        "if you trust it, name what it leads to",
    );
  };
  try {
    return realPath(platform.files, path, requireTrusted);
  } catch (error) {
    throw storageError(`Cannot follow "${path}"`, error);
  }
}

/**
 * Whether git, too, would believe what a file says: it is the user's own, or
 * root's who works for him by sudo.
 */
export function isBelievedByGit(
  platform: Pick<Platform, "uid" | "env">,
  file: FileInfo,
): boolean {
  if (belongsToUs(platform, file)) return true;
  return platform.uid === 0 &&
    String(file.uid) === withFallback(() => platform.env("SUDO_UID"), "");
}
