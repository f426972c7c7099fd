/**
 * `make npm`: a package for npm's registry from what deno has bundled and
 * described, so that it needs no other package and no build at its user's.
 *
 *     deno run -A release/npm.ts BUNDLED TYPES OUT
 *
 * BUNDLED has main.js and lib/mod.js, TYPES the declarations below lib/.
 */
import { copySync, ensureDirSync } from "@std/fs";
import { dirname, fromFileUrl } from "@std/path";
import { bundledPackages, packageNotices } from "./contents.ts";

const ROOT = dirname(dirname(fromFileUrl(import.meta.url)));

/** Of Node's 20s the first with `process.getBuiltinModule`. */
const OLDEST_NODE = ">=20.16.0";

const read = (path: string) => Deno.readTextFileSync(path);

/** Writes a file, and the folders above it. */
function write(path: string, text: string): void {
  ensureDirSync(dirname(path));
  Deno.writeTextFileSync(path, text);
}

/** What package.json says. */
function manifest() {
  const { name, version, license } = JSON.parse(read(`${ROOT}/deno.json`));
  return {
    name,
    version,
    description:
      "Tracks long tasks that run in parallel, and shows which hang, crash or fail",
    license,
    keywords: ["parallel", "progress", "monitor", "heartbeat", "cli"],
    type: "module",
    bin: { ptrack: "js/main.js" },
    exports: {
      ".": { types: "./types/mod.d.ts", default: "./js/lib/mod.js" },
      "./package.json": "./package.json",
    },
    engines: { node: OLDEST_NODE },
    publishConfig: { access: "public" },
  };
}

/** The declarations that are reached from one, by their paths below `folder`. */
function declarationsFrom(folder: string, first: string): Map<string, string> {
  const found = new Map<string, string>();
  const queue = [first];
  for (const path of queue) {
    if (found.has(path)) continue;
    const text = read(`${folder}/${path}`)
      // This line has the path on the machine that made it.
      .replace(/^\/\/\/ <amd-module .*\n/m, "");
    found.set(path, text.replaceAll(/"(\.{1,2}\/.*)\.ts"/g, '"$1.js"'));
    for (const [, imported] of text.matchAll(/"(\.{1,2}\/.*)\.ts"/g)) {
      const url = new URL(`${imported}.d.ts`, `file:///${path}`);
      queue.push(url.pathname.slice(1));
    }
  }
  return found;
}

/** Copies the bundle; the program gets the line that lets a shell start it. */
function copyBundle(from: string, to: string): void {
  copySync(from, to);
  const program = `${to}/main.js`;
  write(program, `#!/usr/bin/env node\n${read(program)}`);
  Deno.chmodSync(program, 0o755);
}

async function main([bundled, types, out]: string[]): Promise<void> {
  const packages = await bundledPackages(ROOT, Deno.env.get("DENO_DIR") ?? "");
  ensureDirSync(out!);
  Deno.removeSync(out!, { recursive: true });
  copyBundle(bundled!, `${out}/js`);
  for (const [path, text] of declarationsFrom(`${types}/lib`, "mod.d.ts")) {
    write(`${out}/types/${path}`, text);
  }
  for (const name of ["LICENSE", "README.md"]) {
    write(`${out}/${name}`, read(`${ROOT}/${name}`));
  }
  write(
    `${out}/THIRD-PARTY.txt`,
    `The code in js/ contains, besides ptrack:\n\n${packageNotices(packages)}`,
  );
  const { name, version } = manifest();
  write(`${out}/package.json`, `${JSON.stringify(manifest(), null, 2)}\n`);
  console.log(`${name} ${version} in ${out}`);
}

try {
  await main(Deno.args);
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  Deno.exitCode = 1;
}
