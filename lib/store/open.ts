/** Opens the store that a command works on. */
import type { Host } from "../host/host.ts";
import { FileStore } from "./file_store.ts";
import { findRoot } from "./root.ts";
import type { SessionStore } from "./store.ts";

/**
 * The store in `named`, a `.parallel` directory, or in the one that is found
 * from a directory (an absolute path; the present one if not given).
 */
export function openStore(
  host: Host,
  named: string | null,
  from?: string,
): SessionStore {
  return new FileStore(host, findRoot(host, named, from));
}
