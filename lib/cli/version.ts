/** The version of this program, as deno.json has it. */
import configuration from "../../deno.json" with { type: "json" };
import type { Platform } from "../platform/platform.ts";

/** Such as `0.1.0`. */
export const VERSION: string = configuration.version;

/** The day of that version, as CHANGELOG.md has it; not the day of a build. */
export const RELEASED = "2026-11-22";

/**
 * The line of `ptrack --version`: version, engine, target, and the commit it
 * was built from (`source` where nothing was built).
 */
export async function renderVersion(platform: Platform): Promise<string> {
  const { engine, target } = platform.runtime();
  const commit =
    platform.executable() === null && import.meta.url.endsWith(".ts")
      ? "source"
      : await builtFrom();
  return `ptrack ${VERSION} (${engine}, ${target}, commit ${commit})\n`;
}

async function builtFrom(): Promise<string> {
  const { default: commit } = await import("../../build/commit.txt", {
    with: { type: "text" },
  });
  return commit.trim();
}
