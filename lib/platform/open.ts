/** Chooses the host of the runtime that this program runs in. */
import { denoPlatform } from "./deno.ts";
import { nodePlatform } from "./node.ts";
import type { Platform } from "./platform.ts";

let opened: Platform | null = null;

/** Opens the real machine: native calls in Deno, `node:` ones elsewhere. */
export async function openPlatform(): Promise<Platform> {
  return opened ??= "Deno" in globalThis
    ? denoPlatform()
    : await nodePlatform();
}

/** The machine that is open; the library opens it when it is imported. */
export function openedPlatform(): Platform {
  if (opened === null) throw new Error("The platform is not open");
  return opened;
}
