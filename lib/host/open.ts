/** Chooses the host of the runtime that this program runs in. */
import { denoHost } from "./deno.ts";
import { nodeHost } from "./node.ts";
import type { Host } from "./host.ts";

/** Opens the real machine: native calls in Deno, `node:` ones elsewhere. */
export async function openHost(): Promise<Host> {
  if ("Deno" in globalThis) return denoHost();
  return await nodeHost();
}
