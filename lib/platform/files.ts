/** What is made of files, and known of them, whatever reaches them. */
import { basename, dirname, isAbsolute, join } from "@std/path";
import { errorCode, SystemError } from "../errors.ts";
import type { Files, NewFileOptions } from "./platform.ts";

const MOST_LINKS = 40;

const encoder = new TextEncoder();

/** What to write, and how; it is flushed before the rename. */
export interface Replacement extends NewFileOptions {
  path: string;
  text: string;
  /** Makes the name of the temporary file unique. */
  word: string;
}

/** Replaces a file; on failure nothing is left behind. Throws file errors. */
export function replaceFile(
  files: Files,
  { path, text, word, ...options }: Replacement,
): void {
  const start = path.lastIndexOf("/") + 1;
  const temporary = `${path.slice(0, start)}.${path.slice(start)}.${word}`;
  try {
    files.createNew(temporary, encoder.encode(text), options);
    files.rename(temporary, path);
  } catch (error) {
    removeQuietly(files, temporary);
    throw error;
  }
}

/** Removes what a failed write has left, as far as that can be done. */
export function removeQuietly(files: Files, path: string): void {
  try {
    files.remove(path);
  } catch {
    // The error of the write says what is wrong.
  }
}

/**
 * The bytes of a part of a file; fewer at its end. `readAt` reads into a room
 * from a position, and returns how many bytes there were.
 */
export function readRange(
  start: number,
  end: number,
  readAt: (room: Uint8Array, position: number) => number,
): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, end - start));
  for (let filled = 0; filled < bytes.length;) {
    const count = readAt(bytes.subarray(filled), start + filled);
    if (count === 0) return bytes.subarray(0, filled);
    filled += count;
  }
  return bytes;
}

/**
 * Where a path leads, without links, even if nothing is there.
 * `onLink` is called with each link in the last place. Throws file errors.
 */
export function realPath(
  files: Files,
  path: string,
  onLink: (link: string) => unknown = () => {},
  followed = 0,
): string {
  const parent = dirname(path);
  if (parent === path) return path;
  if (followed === MOST_LINKS) throw new SystemError("ELOOP", "follow", path);
  const directory = realPath(files, parent, undefined, followed);
  const place = join(directory, basename(path));
  const target = readLink(files, place);
  if (target === null) return place;
  onLink(place);
  const next = isAbsolute(target) ? target : join(directory, target);
  return realPath(files, next, onLink, followed + 1);
}

/** Null also if there is nothing, or no directory on the way. */
function readLink(files: Files, path: string): string | null {
  try {
    return files.readLink(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return null;
    throw error;
  }
}

/** Linux' numbers of file systems whose files are on another machine. */
export const NETWORK_FILE_SYSTEMS: Record<number, string> = {
  0x6969: "NFS",
  0x517b: "SMB",
  0xff534d42: "CIFS",
  0xfe534d42: "SMB",
  0x01021997: "9P",
  0x786f4256: "a VirtualBox share",
  0x5346414f: "AFS",
  0x00c36400: "Ceph",
};
