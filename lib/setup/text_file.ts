/**
 * Files that belong to people: read as text, and replaced whole by a rename,
 * at the end of the links that lead to them, with the permissions they had.
 */
import { basename } from "@std/path/basename";
import { dirname } from "@std/path/dirname";
import { resolve } from "@std/path/resolve";
import { errorCode, explain, RefusedError, StorageError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { replaceFile } from "../store/replace.ts";

/** Settings are never longer. */
const LONGEST_BYTES = 16 * 1024 * 1024;
const MOST_LINKS = 40;
const WRITE_BITS = 0o222;

/** What is needed of the machine. */
export type FileHost = Pick<Host, "files" | "attributes" | "pid" | "randomId">;

/** The text of a file; null if there is none. Throws StorageError. */
export function readTextFile(host: FileHost, path: string): string | null {
  try {
    return host.files.readText(resolveLinks(host, path), LONGEST_BYTES);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return null;
    throw cannot("read", path, error);
  }
}

/** Replaces or makes a file, and the directory that it is in. */
export function writeTextFile(
  host: FileHost,
  path: string,
  text: string,
): void {
  const target = resolveLinks(host, path);
  const mode = host.attributes.mode(target);
  if (mode !== null && (mode & WRITE_BITS) === 0) {
    throw new RefusedError(
      `Cannot write "${path}": it is read-only; make it writable first`,
    );
  }
  const directory = dirname(target);
  const name = basename(target);
  try {
    makeDirectories(host, directory);
    replaceFile(host, { directory, name, text, flush: true });
    if (mode !== null) host.attributes.setMode(target, mode);
  } catch (error) {
    throw cannot("write", path, error);
  }
}

/** Removes a file; the directories that it leaves empty go with it. */
export function removeTextFile(
  host: FileHost,
  path: string,
  { upTo }: { upTo: string },
): void {
  try {
    host.files.remove(path);
    for (
      let directory = dirname(path);
      directory.length > upTo.length && directory.startsWith(upTo);
      directory = dirname(directory)
    ) if (!host.files.removeEmptyDirectory(directory)) break;
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
      if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return found;
      throw cannot("follow", path, error);
    }
    if (target === null) return found;
    found = resolve(dirname(found), target);
  }
  throw new StorageError(`Cannot follow "${path}": its links go round`);
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
