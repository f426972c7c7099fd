/**
 * The executables of a release run on what they are for, as far as that can be
 * had here: an emulator for other processors, a root of its own for musl, and an
 * empty Debian for somebody who has nothing but the one file. What is not there
 * is skipped, and says so; docs/releasing.md lists what never ran.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ensureDirSync, existsSync } from "@std/fs";
import { BUN_VERSION } from "../../release/targets.ts";
import { DIST, Folder, ROOT, run, target, unpack } from "./dist.ts";
import { ARM64_LIBRARIES, DEBIAN, MUSL, needs } from "../support/needs.ts";
import { Published } from "./published.ts";
import { smoke, type Way } from "./smoke.ts";

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

Deno.test("linux-x64 runs here", needs("linux on x64"), async () => {
  await live("linux-x64", []);
});

Deno.test(
  "linux-x64 runs on a processor without AVX",
  needs("linux on x64", "qemu-x86_64-static"),
  async () => {
    await live("linux-x64", ["qemu-x86_64-static", "-cpu", "Nehalem"]);
  },
);

Deno.test(
  "linux-arm64 runs, emulated",
  needs("qemu-aarch64-static", "arm64 libraries"),
  async () => {
    await live("linux-arm64", ["qemu-aarch64-static", "-L", ARM64_LIBRARIES]);
  },
);

/**
 * Makes a root in which the only C library is musl. Debian has no libstdc++ built
 * for musl, which the executable needs; its own does here, with a shim.
 */
async function muslRoot(root: string): Promise<void> {
  const lib = `${root}/lib`;
  for (const name of ["lib", "bin", "tmp", "dev", "usr/lib"]) {
    ensureDirSync(`${root}/${name}`);
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

async function libraryOf(name: string): Promise<string> {
  const path = (await run(["cc", `-print-file-name=${name}`])).trim();
  return Deno.realPathSync(path);
}

/** What it takes to make such a root. */
const MUSL_ROOT = ["linux on x64", "mount", "musl", "cc"] as const;

Deno.test(
  "linux-x64-musl runs in a root that has musl and no glibc",
  needs(...MUSL_ROOT),
  async () => {
    await using folder = new Folder();
    const root = `${folder.path}/root`;
    await Deno.mkdir(root);
    await muslRoot(root);
    await folder.mountProc(root);
    const unpacked = await unpack(target("linux-x64-musl"), folder.path);
    await Deno.copyFile(`${unpacked}/ptrack`, `${root}/bin/ptrack`);
    const command = ["chroot", root, "/bin/ptrack"];
    showVersion(await smoke({ command, directory: "/tmp" }), "linux-x64-musl");
  },
);

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

Deno.test(
  "install.sh in such a root, with busybox alone, finds musl, and says what it lacks",
  needs(...MUSL_ROOT, "busybox"),
  async () => {
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
    assert(!existsSync(`${root}/tmp/.local/bin/ptrack`));

    await Deno.rename(`${root}/away`, libstdc);
    const { code, stdout, stderr } = await install();
    assertEquals(code, 0, text(stderr));
    assertStringIncludes(text(stdout), "for linux-x64-musl");
    assert(existsSync(`${root}/tmp/.local/bin/ptrack`));
  },
);

Deno.test(
  "install.sh installs the release here",
  needs("linux on x64"),
  async () => {
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
  },
);

/** The blocks of README's page that somebody with one file can follow. */
function firstPage(): string[] {
  const page = Deno.readTextFileSync(`${ROOT}README.md`);
  const [, section = ""] = /<!-- first page -->([^]*?)<!-- \/first page -->/
    .exec(page) ?? [];
  return [...section.matchAll(/```sh\n([^]*?)```/g)].map(([, block]) => block!);
}

Deno.test(
  "README's first page, with one file, in an empty Debian",
  needs("linux on x64", "mount", "debian"),
  async () => {
    await using folder = new Folder();
    const root = `${folder.path}/root`;
    await run(["cp", "-a", DEBIAN, root]);
    await folder.mountProc(root);
    const unpacked = await unpack(target("linux-x64"), folder.path);
    ensureDirSync(`${root}/home/me/desk`);
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
  },
);
