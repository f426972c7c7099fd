/**
 * `make release`: an executable for every target from one bundle, each in an
 * archive with what belongs to it, then the list of what is inside, install.sh
 * and the checksums of all. The same sources give the same bytes.
 *
 *     deno run -A release/make.ts OUT [TARGET...]
 *
 * The environment says what the Makefile knows: BUN, COMPILE_FLAGS, ENTRIES and
 * RUNTIMES, and, if given, BASE_URL (where install.sh is to download from by itself) and
 * SOURCE_DATE_EPOCH (the time of the files; else that of the last commit).
 */
import { ensureDirSync } from "@std/fs";
import { createHash } from "node:crypto";
import { dirname, fromFileUrl } from "@std/path";
import { type Entry, tarGz, zip } from "./archive.ts";
import { bundledPackages, notices, spdx } from "./contents.ts";
import { call, runtimeOf } from "./runtimes.ts";
import { archiveName, BUN_VERSION, type Target, TARGETS } from "./targets.ts";

const ROOT = dirname(dirname(fromFileUrl(import.meta.url)));
const WORK = `${ROOT}/build/release`;

/** What people get by commands of ptrack, and where they find it. */
const MADE_BY_PTRACK: [string, string[]][] = [
  ["completions/ptrack.bash", ["completions", "bash"]],
  ["completions/_ptrack", ["completions", "zsh"]],
  ["completions/ptrack.fish", ["completions", "fish"]],
  ["completions/ptrack.ps1", ["completions", "powershell"]],
  ["completions/ptrack.nu", ["completions", "nushell"]],
  ["man/man1/ptrack.1", ["help", "--man"]],
];

const read = (path: string) => Deno.readFileSync(`${ROOT}/${path}`);
const sha256 = (bytes: Uint8Array) =>
  createHash("sha256").update(bytes).digest("hex");

/** A variable that the Makefile sets. */
function required(name: string): string {
  const value = Deno.env.get(name);
  if (!value) throw new Error(`Cannot go on: ${name} is not set; use make`);
  return value;
}

/** Compiles the bundle for a target; returns the path of the executable. */
async function compile(target: Target): Promise<string> {
  const runtime = await runtimeOf(target, required("RUNTIMES"));
  // Bun embeds the last part of this path, and nothing else of it.
  const executable = `${WORK}/${target.name}/${target.executable}`;
  await call(required("BUN"), [
    "build",
    ...required("COMPILE_FLAGS").split(/\s+/).filter(Boolean),
    `--target=bun-${target.name}`,
    `--compile-executable-path=${runtime}`,
    ...required("ENTRIES").split(/\s+/),
    "--outfile",
    executable,
  ], { cwd: ROOT });
  return executable;
}

/** The target that this machine can run. */
function ownTarget(): string {
  const machine = Deno.build.arch === "x86_64" ? "x64" : "arm64";
  return `${Deno.build.os}-${machine}`;
}

/** Completions and the manual page, of those that ptrack can print. */
async function printedByPtrack(executable: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const [name, args] of MADE_BY_PTRACK) {
    const text = await call(executable, args).catch(() => "");
    if (text === "") console.log(`  without ${name}: ptrack does not print it`);
    else entries.push({ name, content: new TextEncoder().encode(text) });
  }
  return entries;
}

async function timeS(): Promise<number> {
  const given = Deno.env.get("SOURCE_DATE_EPOCH") ??
    await call("git", ["log", "-1", "--format=%ct"], { cwd: ROOT })
      .catch(() => "");
  // Outside a checkout: the first time that zip can tell, and so every tool.
  return Number(given) || Date.UTC(1980, 0, 2) / 1000;
}

/** install.sh, told where the releases are if they are anywhere. */
function installer(): Uint8Array {
  const text = new TextDecoder().decode(read("install.sh"));
  const line = "\nDEFAULT_BASE_URL=\n";
  const url = Deno.env.get("BASE_URL") ?? "";
  if (!text.includes(line)) throw new Error("Cannot find the line to fill in");
  if (!/^[\w:/.%~+-]*$/.test(url)) {
    throw new Error(`Cannot use BASE_URL "${url}": it is no URL`);
  }
  return new TextEncoder().encode(
    text.replace(line, `${line.trimEnd()}${url}\n`),
  );
}

/** Compiles all targets; says which could not be, and returns the others. */
async function compileAll(wanted: readonly Target[]) {
  const made = new Map<Target, string>();
  const results = await Promise.allSettled(wanted.map(compile));
  for (const [at, result] of results.entries()) {
    const target = wanted[at]!;
    if (result.status === "fulfilled") made.set(target, result.value);
    else console.error(`error: ${target.name}: ${result.reason.message}`);
  }
  return made;
}

/** What every archive has besides the executable. */
async function sharedEntries(made: ReadonlyMap<Target, string>, text: string) {
  const own = [...made].find(([target]) => target.name === ownTarget());
  if (own === undefined) {
    console.log("  without completions and manual: nothing here can be run");
  }
  return [
    { name: "LICENSE", content: read("LICENSE") },
    { name: "README.md", content: read("README.md") },
    { name: "THIRD-PARTY.txt", content: new TextEncoder().encode(text) },
    ...own === undefined ? [] : await printedByPtrack(own[1]),
  ];
}

/** Packs one target; its files lie in a folder of the archive's name. */
function pack(
  target: Target,
  entries: readonly Entry[],
  time: number,
): Uint8Array | Promise<Uint8Array> {
  const below = entries.map((entry) => ({
    ...entry,
    name: `ptrack-${target.name}/${entry.name}`,
  }));
  const archive = archiveName(target);
  return archive.endsWith(".zip") ? zip(below, time) : tarGz(below, time);
}

async function main([out, ...names]: string[]): Promise<boolean> {
  if (required("BUN_VERSION") !== BUN_VERSION) {
    throw new Error(
      "Cannot go on: release/targets.ts is for another version of Bun; " +
        "its versions and integrities have to be renewed together",
    );
  }
  const wanted = TARGETS.filter(({ name }) =>
    names.length === 0 || names.includes(name)
  );
  const { version } = JSON.parse(new TextDecoder().decode(read("deno.json")));
  const packages = await bundledPackages(ROOT, required("DENO_DIR"));
  const time = await timeS();
  const made = await compileAll(wanted);
  const shared = await sharedEntries(made, notices(packages));

  ensureDirSync(out!);
  for (const { name, isFile } of Deno.readDirSync(out!)) {
    if (isFile) Deno.removeSync(`${out}/${name}`);
  }
  const sums = new Map<string, string>();
  const write = (name: string, content: Uint8Array) => {
    Deno.writeFileSync(`${out}/${name}`, content);
    sums.set(name, sha256(content));
  };
  const executables = new Map<Target, string>();
  for (const [target, path] of made) {
    const content = Deno.readFileSync(path);
    executables.set(target, sha256(content));
    const own = { name: target.executable, content, isExecutable: true };
    write(archiveName(target), await pack(target, [own, ...shared], time));
    console.log(`  ${out}/${archiveName(target)}`);
  }
  const inside = spdx({ version, timeS: time, packages, executables });
  write("ptrack.spdx.json", new TextEncoder().encode(inside));
  write("install.sh", installer());
  const lines = [...sums].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, sum]) => `${sum}  ${name}\n`);
  Deno.writeTextFileSync(`${out}/SHA256SUMS`, lines.join(""));
  const missing = wanted.length - made.size;
  console.log(
    `ptrack ${version} for ${made.size} systems` +
      (missing === 0 ? "" : `; ${missing} could not be made`),
  );
  return missing === 0;
}

try {
  Deno.exitCode = await main(Deno.args) ? 0 : 1;
} catch (error) {
  console.error(`error: ${(error as Error).message}`);
  Deno.exitCode = 1;
}
