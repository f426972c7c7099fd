/**
 * Files that belong to people: read as text, and replaced whole by a rename,
 * at the end of the links that lead to them, with the permissions they had.
 */
import { basename, dirname, isAbsolute, join } from "@std/path";
import { errorCode, explain, RefusedError, StorageError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { SystemError } from "../platform/system_error.ts";
import { replaceFile } from "../store/files/replace.ts";
import { look } from "../store/files/root.ts";

/** Settings are never longer. */
const LONGEST_BYTES = 16 * 1024 * 1024;
const MOST_LINKS = 40;
const WRITE_BITS = 0o222;
const OWNER_ALONE = 0o600;
const NOT_THERE: readonly string[] = ["ENOENT", "ENOTDIR"];
/** A mark at the beginning is a part of what is somebody's. */
const toText = new TextDecoder("utf-8", { ignoreBOM: true });
const toSoundText = new TextDecoder("utf-8", { fatal: true });

/** What is needed of the machine. */
export type FilePlatform = Pick<
  Platform,
  "files" | "attributes" | "pid" | "randomId"
>;

/** The text of a file; null if there is none. Throws StorageError. */
export function readTextFile(
  platform: FilePlatform,
  path: string,
): string | null {
  try {
    return toText.decode(readBytes(platform, resolveLinks(platform, path)));
  } catch (error) {
    if (NOT_THERE.includes(errorCode(error))) return null;
    throw cannot("read", path, error);
  }
}

function readBytes({ files }: FilePlatform, path: string): Uint8Array {
  const file = files.open(path, "read");
  try {
    const size = file.size();
    if (size > LONGEST_BYTES) throw new SystemError("EFBIG", "read", path);
    return file.read(0, size);
  } finally {
    file.close();
  }
}

/**
 * Throws RefusedError if a file cannot be changed: as far as its permissions and
 * those of the directory tell, or because it holds more than text.
 */
export function requireEditable(platform: FilePlatform, path: string): void {
  requireWritable(platform, path);
  if (!isSound(platform, path)) {
    throw new RefusedError(
      `Cannot write "${path}": it is not UTF-8, and would be damaged`,
    );
  }
}

function requireWritable(platform: FilePlatform, path: string): void {
  const target = resolveLinks(platform, path);
  const refused = (why: string) =>
    new RefusedError(`Cannot write "${path}": ${why}`);
  const kind = look(platform, target)?.kind ?? null;
  if (kind !== null && kind !== "file") throw refused("it is no file");
  if (kind !== null && isReadOnly(platform, target)) {
    throw refused("it is read-only; make it writable first");
  }
  let directory = dirname(target);
  while (
    look(platform, directory) === null && directory !== dirname(directory)
  ) {
    directory = dirname(directory);
  }
  if (look(platform, directory)?.kind !== "directory") {
    throw refused(`"${directory}" is no directory`);
  }
  if (isReadOnly(platform, directory)) {
    throw refused(`"${directory}" is read-only; make it writable first`);
  }
}

/** Replaces or makes a file, and the directory that it is in. */
export function writeTextFile(
  platform: FilePlatform,
  path: string,
  text: string,
): void {
  requireWritable(platform, path);
  const target = resolveLinks(platform, path);
  try {
    put(platform, target, { text, mode: modeOf(platform, target) });
  } catch (error) {
    throw cannot("write", path, error);
  }
}

/** Writes what a file holds beside it, for nobody's eyes but the file's. */
export function keepCopy(
  platform: FilePlatform,
  { of, path, text }: { of: string; path: string; text: string },
): void {
  try {
    put(platform, path, {
      text,
      mode: modeOf(platform, resolveLinks(platform, of)),
    });
  } catch (error) {
    throw cannot("write", path, error);
  }
}

/** A file that is open to few is so before anything is in it. */
function put(
  platform: FilePlatform,
  path: string,
  { text, mode }: { text: string; mode: number | null },
): void {
  const directory = dirname(path);
  const name = basename(path);
  makeDirectories(platform, directory);
  if (mode === null) {
    return replaceFile(platform, { directory, name, text, flush: true });
  }
  const temporary =
    `${directory}/.${name}.${platform.pid}.${platform.randomId()}`;
  platform.files.createNew(temporary, new Uint8Array(), false);
  try {
    platform.attributes.setMode(temporary, OWNER_ALONE);
    fill(platform, temporary, text);
    platform.attributes.setMode(temporary, mode);
    platform.files.rename(temporary, path);
  } catch (error) {
    platform.files.remove(temporary);
    throw error;
  }
}

function fill({ files }: FilePlatform, path: string, text: string): void {
  const file = files.open(path, "append");
  try {
    let left = new TextEncoder().encode(text);
    while (left.length > 0) left = left.subarray(file.append(left));
    file.flush();
  } finally {
    file.close();
  }
}

/**
 * Removes a file, and the directories that it leaves empty. A link to it
 * stays, as it was before there was anything at its end.
 */
export function removeTextFile(
  platform: FilePlatform,
  path: string,
  { upTo }: { upTo: string },
): void {
  try {
    const target = resolveLinks(platform, path);
    platform.files.remove(target);
    if (target !== path) return;
    for (
      let directory = dirname(path);
      directory.length > upTo.length && directory.startsWith(upTo);
      directory = dirname(directory)
    ) {
      // A link to a directory is somebody's, and so is what it leads to.
      if (platform.files.inspect(directory)?.kind !== "directory") break;
      if (!platform.files.removeEmptyDirectory(directory)) break;
    }
  } catch (error) {
    throw cannot("remove", path, error);
  }
}

/** Where a path leads; what it leads to need not be there. */
function resolveLinks(platform: FilePlatform, path: string): string {
  let found = path;
  for (let followed = 0; followed < MOST_LINKS; followed++) {
    let target: string | null;
    try {
      target = platform.attributes.readLink(found);
    } catch (error) {
      if (NOT_THERE.includes(errorCode(error))) return found;
      throw cannot("follow", path, error);
    }
    if (target === null) return found;
    found = isAbsolute(target) ? target : join(dirname(found), target);
  }
  throw new StorageError(`Cannot follow "${path}": its links go round`);
}

/** Whether its text is all that is in a file; so it is if there is none. */
function isSound(platform: FilePlatform, path: string): boolean {
  let bytes: Uint8Array;
  try {
    bytes = readBytes(platform, resolveLinks(platform, path));
  } catch (error) {
    if (NOT_THERE.includes(errorCode(error))) return true;
    throw cannot("read", path, error);
  }
  try {
    toSoundText.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function isReadOnly(platform: FilePlatform, path: string): boolean {
  const mode = modeOf(platform, path);
  return mode !== null && (mode & WRITE_BITS) === 0;
}

function modeOf(platform: FilePlatform, path: string): number | null {
  return look(platform, path) === null ? null : platform.attributes.mode(path);
}

function makeDirectories(platform: FilePlatform, path: string): void {
  if (platform.files.inspectTarget(path) !== null) return;
  makeDirectories(platform, dirname(path));
  platform.files.makeDirectory(path);
}

function cannot(verb: string, path: string, error: unknown): Error {
  if (errorCode(error) === "" && error instanceof Error) return error;
  return new StorageError(`Cannot ${verb} "${path}": ${explain(error)}`, {
    cause: error,
  });
}
