/** Opens the store that a command works on. */
import type { Platform } from "../platform/platform.ts";
import { FileStore, findRoot } from "./files/file_store.ts";
import type { SessionStore } from "./store.ts";

/**
 * The store of that name, a `.parallel` directory, or the one that is found
 * from a directory (an absolute path; the present one if not given).
 */
export function openStore(
  platform: Platform,
  named: string | null,
  from?: string,
): SessionStore {
  return new FileStore(platform, findRoot(platform, named, from));
}
