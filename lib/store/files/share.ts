/** Opening `.parallel` to its group. */
import type { Directory } from "../../platform/platform.ts";
import { SHARED } from "./layout.ts";

/** Opens a directory, and all that is in it, to its group. Throws file errors. */
export function share(directory: Directory): void {
  directory.setMode(".", SHARED.directory);
  for (const { name, kind } of directory.list(".")) {
    if (kind === "file") directory.setMode(name, SHARED.file);
    if (kind !== "directory") continue;
    const below = directory.openDirectory(name);
    try {
      share(below);
    } finally {
      below.close();
    }
  }
}
