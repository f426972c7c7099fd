/**
 * The executables of a release run on what they are for, as far as that can be
 * had here: an emulator for other processors, a root of its own for musl, and an
 * empty Debian for somebody who has nothing but the one file. What is not there
 * is skipped, and says so; docs/releasing.md lists what never ran.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { BUN_VERSION } from "../../release/targets.ts";
import { DIST, Folder, ROOT, run, target, unpack } from "./dist.ts";
import { has, Published } from "./published.ts";
import { smoke, type Way } from "./smoke.ts";

const isRoot = Deno.uid() === 0;
const isX64 = Deno.build.os === "linux" && Deno.build.arch === "x86_64";

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Unpacks a target and lets its executable live a session's life. */
async function live(name: string, before: string[], env?: Way["env"]) {
  await using folder = new Folder();
  const unpacked = await unpack(target(name), folder.path);
  const command = [...before, `${unpacked}/ptrack`];
  showVersion(await smoke({ command, directory: folder.path, env }), name);
}

/** Shows what ran, after a look whether it knows what it was made for. */
function showVersion(line: string, name: string): void {
  assertStringIncludes(line, `(bun ${BUN_VERSION}, ${name}, commit `);
  console.log(line);
}

Deno.test("linux-x64 runs here", async () => {
  if (!isX64) return console.log("skipped: this is no Linux on x64");
  await live("linux-x64", []);
});

Deno.test("linux-x64 runs on a processor without AVX", async () => {
  const emulator = "qemu-x86_64-static";
  if (!has(emulator)) return console.log(`skipped: there is no ${emulator}`);
  if (!isX64) return console.log("skipped: this is no Linux on x64");
  await live("linux-x64", [emulator, "-cpu", "Nehalem"]);
});

Deno.test("linux-arm64 runs, emulated", async () => {
  const emulator = "qemu-aarch64-static";
  const libraries = "/usr/aarch64-linux-gnu";
  if (!has(emulator)) return console.log(`skipped: there is no ${emulator}`);
  if (!exists(`${libraries}/lib/ld-linux-aarch64.so.1`)) {
    return console.log(`skipped: there is no C library in ${libraries}`);
  }
  await live("linux-arm64", [emulator, "-L", libraries]);
});

/**
 * Makes a root in which the only C library is musl. Debian has no libstdc++ built
 * for musl, which the executable needs; its own does here, with a shim.
 */
async function muslRoot(root: string): Promise<void> {
  const lib = `${root}/lib`;
  for (const name of ["lib", "bin", "tmp", "dev", "usr/lib"]) {
    await Deno.mkdir(`${root}/${name}`, { recursive: true });
  }
  await run(["mknod", "-m", "666", `${root}/dev/null`, "c", "1", "3"]);
  await Deno.copyFile(MUSL, `${lib}/ld-musl-x86_64.so.1`);
  for (const name of ["libstdc++.so.6", "libgcc_s.so.1"]) {
    await Deno.copyFile(await libraryOf(name), `${lib}/${name}`);
  }
  const shim = "ld-linux-x86-64.so.2";
  await run([
    ...["cc", "-shared", "-fPIC", "-nostdlib", "-O1", `-Wl,-soname,${shim}`],
    ...["-o", `${root}/usr/lib/${shim}`, `${ROOT}tests/release/musl_shim.c`],
  ]);
}

const MUSL = "/lib/ld-musl-x86_64.so.1";

async function libraryOf(name: string): Promise<string> {
  const path = (await run(["cc", `-print-file-name=${name}`])).trim();
  return Deno.realPathSync(path);
}

/** Why no musl root can be made here; undefined if it can. */
function noMuslRoot(): string | undefined {
  if (!isX64) return "this is no Linux on x64";
  if (!isRoot) return "chroot needs root";
  if (!exists(MUSL)) return "musl is not installed";
  return has("cc") ? undefined : "there is no C compiler";
}

Deno.test("linux-x64-musl runs in a root that has musl and no glibc", async () => {
  const reason = noMuslRoot();
  if (reason) return console.log(`skipped: ${reason}`);
  await using folder = new Folder();
  const root = `${folder.path}/root`;
  await Deno.mkdir(root);
  await muslRoot(root);
  await folder.mountProc(root);
  const unpacked = await unpack(target("linux-x64-musl"), folder.path);
  await Deno.copyFile(`${unpacked}/ptrack`, `${root}/bin/ptrack`);
  const command = ["chroot", root, "/bin/ptrack"];
  showVersion(await smoke({ command, directory: "/tmp" }), "linux-x64-musl");
});

/** Serves the release, as it is in dist/. */
function serveDist(): Published {
  const server = new Published();
  for (const { name, isFile } of Deno.readDirSync(DIST)) {
    if (isFile) {
      server.files.set(`/${name}`, Deno.readFileSync(`${DIST}/${name}`));
    }
  }
  return server;
}

Deno.test("install.sh in such a root, with busybox alone, finds musl, and says what it lacks", async () => {
  const reason = noMuslRoot() ??
    (has("busybox") ? undefined : "there is no busybox");
  if (reason) return console.log(`skipped: ${reason}`);
  await using server = serveDist();
  await using folder = new Folder();
  const root = `${folder.path}/root`;
  await Deno.mkdir(root);
  await muslRoot(root);
  await folder.mountProc(root);
  const busybox = (await run(["sh", "-c", "command -v busybox"])).trim();
  await Deno.copyFile(busybox, `${root}/bin/busybox`);
  await run(["chroot", root, "/bin/busybox", "--install", "-s", "/bin"]);
  await Deno.copyFile(`${DIST}/install.sh`, `${root}/install.sh`);
  const install = () =>
    new Deno.Command("chroot", {
      args: [
        root,
        ...["/bin/env", "-i", "PATH=/bin", "HOME=/tmp"],
        ...[`PTRACK_BASE_URL=${server.url}`, "/bin/sh", "/install.sh"],
      ],
    }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

  const libstdc = `${root}/lib/libstdc++.so.6`;
  await Deno.rename(libstdc, `${root}/away`);
  const refused = await install();
  assertEquals(refused.code, 1);
  assertStringIncludes(text(refused.stderr), "apk add libstdc++");
  assert(!exists(`${root}/tmp/.local/bin/ptrack`));

  await Deno.rename(`${root}/away`, libstdc);
  const { code, stdout, stderr } = await install();
  assertEquals(code, 0, text(stderr));
  assertStringIncludes(text(stdout), "for linux-x64-musl");
  assert(exists(`${root}/tmp/.local/bin/ptrack`));
});

Deno.test("install.sh installs the release here", async () => {
  if (!isX64) return console.log("skipped: this is no Linux on x64");
  await using server = serveDist();
  await using folder = new Folder();
  const stdout = await run(["sh", `${DIST}/install.sh`], {
    env: { HOME: folder.path, PREFIX: "", PTRACK_BASE_URL: server.url },
  });
  assertStringIncludes(stdout, `${folder.path}/.local/bin/ptrack`);
  await smoke({
    command: [`${folder.path}/.local/bin/ptrack`],
    directory: folder.path,
  });
});

/** The blocks of README's page that somebody with one file can follow. */
function firstPage(): string[] {
  const page = Deno.readTextFileSync(`${ROOT}README.md`);
  const [, section = ""] = /<!-- first page -->([^]*?)<!-- \/first page -->/
    .exec(page) ?? [];
  return [...section.matchAll(/```sh\n([^]*?)```/g)].map(([, block]) => block!);
}

Deno.test("README's first page, with one file, in an empty Debian", async () => {
  if (!isX64 || !isRoot) return console.log("skipped: needs root on Linux x64");
  if (!has("debootstrap")) {
    return console.log("skipped: there is no debootstrap");
  }
  await using folder = new Folder();
  const root = `${folder.path}/root`;
  const sites = await run([
    ...["apt-get", "indextargets", "--format", "$(SITE) $(CODENAME)"],
    "Created-By: Packages",
  ]);
  const [site, codename] = sites.split("\n")[0]!.split(" ");
  try {
    await run([
      ...["debootstrap", "--variant=minbase", codename!, root, site!],
    ], { signal: AbortSignal.timeout(240_000) });
  } catch (error) {
    return console.log(`skipped: ${(error as Error).message}`);
  }
  await folder.mountProc(root);
  const unpacked = await unpack(target("linux-x64"), folder.path);
  await Deno.mkdir(`${root}/home/me/desk`, { recursive: true });
  await Deno.copyFile(`${unpacked}/ptrack`, `${root}/home/me/ptrack`);
  const blocks = firstPage();
  assert(blocks.length >= 2, "README has no such page");
  const script = [
    "set -eu",
    "mkdir -p ~/.local/bin",
    "mv ~/ptrack ~/.local/bin/",
    'export PATH="$HOME/.local/bin:$PATH"',
    "cd ~/desk",
    ...blocks,
  ].join("\n");
  const { code, stdout, stderr } = await new Deno.Command("chroot", {
    args: [
      root,
      ...["/usr/bin/env", "-i", "HOME=/home/me", "PATH=/usr/bin:/bin"],
      ...["/bin/sh", "-c", script],
    ],
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([code, text(stderr)], [0, ""], text(stdout));
  for (const words of ["Parallel Session Dashboard", "50% | half of it"]) {
    assertStringIncludes(text(stdout), words);
  }
});
