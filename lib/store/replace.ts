/** Replacing a file whole: a temporary sibling, then a rename over it. */
import type { Host } from "../host/host.ts";

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
  host: Pick<Host, "files" | "pid" | "randomId">,
  { directory, name, text, flush }: Replacement,
): void {
  const temporary = `${directory}/.${name}.${host.pid}.${host.randomId()}`;
  try {
    host.files.createNew(temporary, encoder.encode(text), flush);
    host.files.rename(temporary, `${directory}/${name}`);
  } catch (error) {
    removeQuietly(host, temporary);
    throw error;
  }
}

function removeQuietly(host: Pick<Host, "files">, path: string): void {
  try {
    host.files.remove(path);
  } catch {
    // The first error says what is wrong.
  }
}
