/** Chooses the host of the runtime that this program runs in. */
import { denoPlatform } from "./deno.ts";
import { nodePlatform } from "./node.ts";
import type { Platform } from "./platform.ts";

/** Opens the real machine: native calls in Deno, `node:` ones elsewhere. */
export async function openPlatform(): Promise<Platform> {
  if ("Deno" in globalThis) return denoPlatform();
  return await nodePlatform();
}
