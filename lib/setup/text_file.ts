/**
 * Files that belong to the user: read as text, and replaced whole by a rename.
 * Symbolic links are followed, and permissions are kept.
 */
import { basename, dirname, isAbsolute, join } from "@std/path";
import {
  errorCode,
  explain,
  RefusedError,
  StorageError,
  SystemError,
} from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { removeQuietly } from "../platform/files.ts";
import { inspectVisible } from "../store/checkout.ts";

/** Settings are never longer. */
const LONGEST_BYTES = 16 * 1024 * 1024;
const MOST_LINKS = 40;
const WRITE_BITS = 0o222;
const OWNER_ONLY = 0o600;

/** What of the platform is used. */
export type FilePlatform = Pick<
  Platform,
  "files" | "attributes" | "pid" | "randomId"
>;

/** The text of a file; null if it does not exist. Throws StorageError. */
export function readTextFile(
  platform: FilePlatform,
  path: string,
): string | null {
  const bytes = readBytes(platform, path);
  // A byte order mark belongs to the user's text.
  return bytes && new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function readBytes(platform: FilePlatform, path: string): Uint8Array | null {
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
    throw cannot("read", path, error);
  }
}

/**
 * Throws RefusedError if a file cannot be changed, as far as its permissions
 * and those of its directory tell, or if it holds more than text.
 */
export function requireEditable(platform: FilePlatform, path: string): void {
  requireWritable(platform, path);
  try {
    const bytes = readBytes(platform, path) ?? new Uint8Array();
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw refused(path, "it is not UTF-8, and would be damaged");
  }
}

function requireWritable(platform: FilePlatform, path: string): void {
  const target = resolveLinks(platform, path);
  const kind = inspectVisible(platform, target)?.kind;
  if (kind !== undefined && kind !== "file") {
    throw refused(path, "it is not a file");
  }
  let directory = dirname(target);
  while (
    !inspectVisible(platform, directory) && directory !== dirname(directory)
  ) {
    directory = dirname(directory);
  }
  if (inspectVisible(platform, directory)?.kind !== "directory") {
    throw refused(path, `"${directory}" is not a directory`);
  }
  for (const [one, name] of [[target, "it"], [directory, `"${directory}"`]]) {
    const mode = modeOf(platform, one!);
    if (mode !== null && (mode & WRITE_BITS) === 0) {
      throw refused(path, `${name} is read-only; make it writable first`);
    }
  }
}

/**
 * Creates or replaces a file, and creates its directories. Its permissions are
 * its own, else those of the file `like`.
 */
export function writeTextFile(
  platform: FilePlatform,
  path: string,
  text: string,
  { like = path }: { like?: string } = {},
): void {
  requireWritable(platform, path);
  try {
    const mode = modeOf(platform, resolveLinks(platform, like));
    replace(platform, resolveLinks(platform, path), { text, mode });
  } catch (error) {
    throw cannot("write", path, error);
  }
}

function replace(
  platform: FilePlatform,
  path: string,
  { text, mode }: { text: string; mode: number | null },
): void {
  const { files, attributes, pid } = platform;
  const directory = dirname(path);
  makeDirectories(platform, directory);
  const temporary = join(
    directory,
    `.${basename(path)}.${pid}.${platform.randomId()}`,
  );
  files.createNew(temporary, new Uint8Array(), false);
  try {
    // Nobody else may read it before it has its permissions.
    if (mode !== null) attributes.setMode(temporary, OWNER_ONLY);
    const file = files.open(temporary, "append");
    try {
      let left = new TextEncoder().encode(text);
      while (left.length > 0) left = left.subarray(file.append(left));
      file.flush();
    } finally {
      file.close();
    }
    if (mode !== null) attributes.setMode(temporary, mode);
    files.rename(temporary, path);
  } catch (error) {
    removeQuietly(files, temporary);
    throw error;
  }
}

function makeDirectories(platform: FilePlatform, path: string): void {
  if (platform.files.inspectTarget(path) !== null) return;
  makeDirectories(platform, dirname(path));
  platform.files.makeDirectory(path);
}

/**
 * Removes a file, and the directories below `upTo` that it leaves empty. If the
 * path is a symbolic link, what it leads to is removed and the link stays.
 */
export function removeTextFile(
  platform: FilePlatform,
  path: string,
  { upTo }: { upTo: string },
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
    throw cannot("remove", path, error);
  }
}

/** Where a path leads, even if nothing is there. */
function resolveLinks(platform: FilePlatform, path: string): string {
  let found = path;
  for (let followed = 0; followed < MOST_LINKS; followed++) {
    let target: string | null;
    try {
      target = platform.attributes.readLink(found);
    } catch (error) {
      if (isMissing(error)) return found;
      throw cannot("follow", path, error);
    }
    if (target === null) return found;
    found = isAbsolute(target) ? target : join(dirname(found), target);
  }
  throw new StorageError(`Cannot follow "${path}": its links go round`);
}

function modeOf(platform: FilePlatform, path: string): number | null {
  return inspectVisible(platform, path) === null
    ? null
    : platform.attributes.mode(path);
}

function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(errorCode(error));
}

function refused(path: string, why: string): RefusedError {
  return new RefusedError(`Cannot write "${path}": ${why}`);
}

function cannot(verb: string, path: string, error: unknown): Error {
  if (errorCode(error) === "" && error instanceof Error) return error;
  return new StorageError(`Cannot ${verb} "${path}": ${explain(error)}`, {
    cause: error,
  });
}
