/**
 * What runs this program: the engine and its version, and the system that the
 * engine was built for, in the words of the release's archives.
 */

import type { Runtime } from "./platform.ts";

/** In Deno. */
export function denoRuntime(): Runtime {
  const { os, arch, target } = Deno.build;
  const libc = target.endsWith("-musl") ? "-musl" : "";
  return {
    engine: `deno ${Deno.version.deno}`,
    target: `${os}-${processor(arch)}${libc}`,
  };
}

/** In Bun, so in the executable, and in Node. */
export function nodeRuntime(process: typeof import("node:process")): Runtime {
  const { bun, node } = process.versions;
  const system = process.platform === "win32" ? "windows" : process.platform;
  const libc = system === "linux" && !hasGlibc(process) ? "-musl" : "";
  return {
    engine: bun === undefined ? `node ${node}` : `bun ${bun}`,
    target: `${system}-${processor(process.arch)}${libc}`,
  };
}

function processor(name: string): string {
  return name === "x86_64" ? "x64" : name === "aarch64" ? "arm64" : name;
}

function hasGlibc(process: typeof import("node:process")): boolean {
  const report = process.report.getReport() as {
    header?: { glibcVersionRuntime?: string };
  };
  return report.header?.glibcVersionRuntime !== undefined;
}
