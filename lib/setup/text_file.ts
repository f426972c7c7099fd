/**
 * Files that belong to the user: read as text, and replaced whole by a rename.
 * Symbolic links are followed, and permissions are kept.
 */
import { dirname, isAbsolute, relative } from "@std/path";
import {
  errorCode,
  RefusedError,
  storageError,
  SystemError,
} from "../errors.ts";
import { realPath, replaceFile } from "../platform/files.ts";
import type { Platform } from "../platform/platform.ts";
import { inspectVisible } from "../store/checkout.ts";

/** Settings are never longer. */
const LONGEST_BYTES = 16 * 1024 * 1024;
const WRITE_BITS = 0o222;

/** The text of a file; null if it does not exist. Throws StorageError. */
export function readTextFile(platform: Platform, path: string): string | null {
  const bytes = readBytes(platform, path);
  // A byte order mark belongs to the user's text.
  return bytes && new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function readBytes(platform: Platform, path: string): Uint8Array | null {
  try {
    const file = platform.files.open(resolveLinks(platform, path), "read");
    try {
      const size = file.size();
      if (size > LONGEST_BYTES) throw new SystemError("EFBIG", "read", path);
      return file.read(0, size);
    } finally {
      file.close();
    }
  } catch (error) {
    if (isMissing(error)) return null;
    throw storageError(`Cannot read "${path}"`, error);
  }
}

/**
 * Throws RefusedError if a file cannot be changed, as far as its permissions
 * and those of its directory tell, or if it holds more than text.
 */
export function requireEditable(platform: Platform, path: string): void {
  requireWritable(platform, path);
  try {
    const bytes = readBytes(platform, path) ?? new Uint8Array();
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw refused(path, "it is not UTF-8, and would be damaged");
  }
}

/** Returns where the path leads. */
function requireWritable(platform: Platform, path: string): string {
  const target = resolveLinks(platform, path);
  const kind = inspectVisible(platform, target)?.kind ?? "file";
  if (kind !== "file") throw refused(path, "it is not a file");
  let directory = dirname(target);
  while (
    !inspectVisible(platform, directory) && directory !== dirname(directory)
  ) {
    directory = dirname(directory);
  }
  if (inspectVisible(platform, directory)?.kind !== "directory") {
    throw refused(path, `"${directory}" is not a directory`);
  }
  const names = { [target]: "it", [directory]: `"${directory}"` };
  for (const [one, name] of Object.entries(names)) {
    const mode = inspectVisible(platform, one) && platform.files.mode(one);
    if (mode !== null && (mode & WRITE_BITS) === 0) {
      throw refused(path, `${name} is read-only; make it writable first`);
    }
  }
  return target;
}

/**
 * Creates or replaces a file, and creates its directories. Its permissions are
 * its own, else those of the file `like`.
 */
export function writeTextFile(
  platform: Platform,
  path: string,
  text: string,
  { like = path }: { like?: string } = {},
): void {
  const target = requireWritable(platform, path);
  const word = `${platform.pid}.${platform.randomId()}`;
  try {
    makeDirectories(platform, dirname(target));
    const bits = platform.files.mode(like);
    const mode = bits === null ? null : bits & 0o777;
    const flush = true;
    replaceFile(platform.files, { path: target, text, word, mode, flush });
  } catch (error) {
    throw storageError(`Cannot write "${path}"`, error);
  }
}

function makeDirectories(platform: Platform, path: string): void {
  if (platform.files.inspectTarget(path) !== null) return;
  makeDirectories(platform, dirname(path));
  platform.files.makeDirectory(path);
}

/**
 * Removes a file, and the directories below `upTo` that it leaves empty. If the
 * path is a symbolic link, what it leads to is removed and the link stays.
 */
export function removeTextFile(
  platform: Platform,
  path: string,
  { upTo = path }: { upTo?: string | undefined } = {},
): void {
  const { files } = platform;
  try {
    const target = resolveLinks(platform, path);
    files.remove(target);
    if (target !== path) return;
    let directory = dirname(path);
    while (directory.length > upTo.length && directory.startsWith(upTo)) {
      // A link to a directory belongs to the user, and so does the directory.
      if (files.inspect(directory)?.kind !== "directory") break;
      if (!files.removeEmptyDirectory(directory)) break;
      directory = dirname(directory);
    }
  } catch (error) {
    throw storageError(`Cannot remove "${path}"`, error);
  }
}

/**
 * Throws RefusedError if a path leads out of all of these directories, or into
 * a `.git`: who has written a repository must not decide what else is changed.
 */
export function requireInside(
  platform: Platform,
  path: string,
  directories: readonly string[],
): void {
  const target = follow(platform, path).target;
  const isInside = (directory: string) => {
    const names = relative(follow(platform, directory).target, target)
      .split(/[/\\]/);
    return names[0] !== ".." && !isAbsolute(names.join("/")) &&
      !names.some((name) => name.toLowerCase() === ".git");
  };
  if (directories.length === 0 || directories.some(isInside)) return;
  throw refused(
    path,
    `a symbolic link leads out of the repository, to "${target}"; ` +
      "replace it by what it leads to",
  );
}

/** Where a path leads if it is a link, even if nothing is there. */
function resolveLinks(platform: Platform, path: string): string {
  const { target, isLink } = follow(platform, path);
  return isLink ? target : path;
}

/** Where a path leads, and whether that is by a link in the last place. */
function follow({ files }: Platform, path: string) {
  let isLink = false;
  try {
    const target = realPath(files, path, () => isLink = true);
    return { target, isLink };
  } catch (error) {
    throw storageError(`Cannot follow "${path}"`, error);
  }
}

function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(errorCode(error));
}

function refused(path: string, why: string): RefusedError {
  return new RefusedError(`Cannot write "${path}": ${why}`);
}
