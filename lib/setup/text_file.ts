/**
 * Files that belong to people: read as text, and replaced whole by a rename,
 * at the end of the links that lead to them, with the permissions they had.
 */
import { basename } from "@std/path/basename";
import { dirname } from "@std/path/dirname";
import { resolve } from "@std/path/resolve";
import { errorCode, explain, RefusedError, StorageError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { SystemError } from "../host/system_error.ts";
import { replaceFile } from "../store/replace.ts";
import { look } from "../store/root.ts";

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
export type FileHost = Pick<
  Host,
  "files" | "attributes" | "pid" | "randomId"
>;

/** The text of a file; null if there is none. Throws StorageError. */
export function readTextFile(host: FileHost, path: string): string | null {
  try {
    return toText.decode(readBytes(host, resolveLinks(host, path)));
  } catch (error) {
    if (NOT_THERE.includes(errorCode(error))) return null;
    throw cannot("read", path, error);
  }
}

function readBytes({ files }: FileHost, path: string): Uint8Array {
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
export function requireEditable(host: FileHost, path: string): void {
  requireWritable(host, path);
  if (!isSound(host, path)) {
    throw new RefusedError(
      `Cannot write "${path}": it is not UTF-8, and would be damaged`,
    );
  }
}

function requireWritable(host: FileHost, path: string): void {
  const target = resolveLinks(host, path);
  const refused = (why: string) =>
    new RefusedError(`Cannot write "${path}": ${why}`);
  const kind = look(host, target)?.kind ?? null;
  if (kind !== null && kind !== "file") throw refused("it is no file");
  if (kind !== null && isReadOnly(host, target)) {
    throw refused("it is read-only; make it writable first");
  }
  let directory = dirname(target);
  while (look(host, directory) === null && directory !== dirname(directory)) {
    directory = dirname(directory);
  }
  if (look(host, directory)?.kind !== "directory") {
    throw refused(`"${directory}" is no directory`);
  }
  if (isReadOnly(host, directory)) {
    throw refused(`"${directory}" is read-only; make it writable first`);
  }
}

/** Replaces or makes a file, and the directory that it is in. */
export function writeTextFile(
  host: FileHost,
  path: string,
  text: string,
): void {
  requireWritable(host, path);
  const target = resolveLinks(host, path);
  try {
    put(host, target, { text, mode: modeOf(host, target) });
  } catch (error) {
    throw cannot("write", path, error);
  }
}

/** Writes what a file holds beside it, for nobody's eyes but the file's. */
export function keepCopy(
  host: FileHost,
  { of, path, text }: { of: string; path: string; text: string },
): void {
  try {
    put(host, path, { text, mode: modeOf(host, resolveLinks(host, of)) });
  } catch (error) {
    throw cannot("write", path, error);
  }
}

/** A file that is open to few is so before anything is in it. */
function put(
  host: FileHost,
  path: string,
  { text, mode }: { text: string; mode: number | null },
): void {
  const directory = dirname(path);
  const name = basename(path);
  makeDirectories(host, directory);
  if (mode === null) {
    return replaceFile(host, { directory, name, text, flush: true });
  }
  const temporary = `${directory}/.${name}.${host.pid}.${host.randomId()}`;
  host.files.createNew(temporary, new Uint8Array(), false);
  try {
    host.attributes.setMode(temporary, OWNER_ALONE);
    fill(host, temporary, text);
    host.attributes.setMode(temporary, mode);
    host.files.rename(temporary, path);
  } catch (error) {
    host.files.remove(temporary);
    throw error;
  }
}

function fill({ files }: FileHost, path: string, text: string): void {
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
  host: FileHost,
  path: string,
  { upTo }: { upTo: string },
): void {
  try {
    const target = resolveLinks(host, path);
    host.files.remove(target);
    if (target !== path) return;
    for (
      let directory = dirname(path);
      directory.length > upTo.length && directory.startsWith(upTo);
      directory = dirname(directory)
    ) {
      // A link to a directory is somebody's, and so is what it leads to.
      if (host.files.inspect(directory)?.kind !== "directory") break;
      if (!host.files.removeEmptyDirectory(directory)) break;
    }
  } catch (error) {
    throw cannot("remove", path, error);
  }
}

/** Where a path leads; what it leads to need not be there. */
function resolveLinks(host: FileHost, path: string): string {
  let found = path;
  for (let followed = 0; followed < MOST_LINKS; followed++) {
    let target: string | null;
    try {
      target = host.attributes.readLink(found);
    } catch (error) {
      if (NOT_THERE.includes(errorCode(error))) return found;
      throw cannot("follow", path, error);
    }
    if (target === null) return found;
    found = resolve(dirname(found), target);
  }
  throw new StorageError(`Cannot follow "${path}": its links go round`);
}

/** Whether its text is all that is in a file; so it is if there is none. */
function isSound(host: FileHost, path: string): boolean {
  let bytes: Uint8Array;
  try {
    bytes = readBytes(host, resolveLinks(host, path));
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

function isReadOnly(host: FileHost, path: string): boolean {
  const mode = modeOf(host, path);
  return mode !== null && (mode & WRITE_BITS) === 0;
}

function modeOf(host: FileHost, path: string): number | null {
  return look(host, path) === null ? null : host.attributes.mode(path);
}

function makeDirectories(host: FileHost, path: string): void {
  if (host.files.inspectTarget(path) !== null) return;
  makeDirectories(host, dirname(path));
  host.files.makeDirectory(path);
}

function cannot(verb: string, path: string, error: unknown): Error {
  if (errorCode(error) === "" && error instanceof Error) return error;
  return new StorageError(`Cannot ${verb} "${path}": ${explain(error)}`, {
    cause: error,
  });
}
