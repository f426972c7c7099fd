/** Opens the store that a command works on. */
import type { Platform } from "../platform/platform.ts";
import { FileStore, findRoot } from "./files/file_store.ts";
import type { Search, SessionStore } from "./store.ts";

/**
 * Opens the store in a named `.parallel` directory, or else in the one that is
 * found. Throws RefusedError and StorageError as findRoot does.
 */
export function openStore(
  platform: Platform,
  named: string | null,
  search: Search = {},
): SessionStore {
  return new FileStore(platform, findRoot(platform, named, search));
}
