/** Replacing a file whole: a temporary file beside it, then a rename over it. */
import type { Files, Platform } from "./platform.ts";

const encoder = new TextEncoder();

/** What to write, and whether to flush it to the device before the rename. */
export interface Replacement {
  directory: string;
  name: string;
  text: string;
  flush: boolean;
}

/** Replaces a file; on failure nothing is left behind. Throws file errors. */
export function replaceFile(
  platform: Pick<Platform, "files" | "pid" | "randomId">,
  { directory, name, text, flush }: Replacement,
): void {
  const temporary =
    `${directory}/.${name}.${platform.pid}.${platform.randomId()}`;
  try {
    platform.files.createNew(temporary, encoder.encode(text), flush);
    platform.files.rename(temporary, `${directory}/${name}`);
  } catch (error) {
    removeQuietly(platform.files, temporary);
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
