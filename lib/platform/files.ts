/** What is made of files, and known of them, whatever reaches them. */
import type { Files, NewFileOptions } from "./platform.ts";

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
