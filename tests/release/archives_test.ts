/** What a release consists of, and that it comes out the same each time. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { ensureDirSync } from "@std/fs";
import { createHash } from "node:crypto";
import { tarGz, zip } from "../../release/archive.ts";
import { archiveName, BUN_VERSION, TARGETS } from "../../release/targets.ts";
import { DIST, Folder, ROOT, run, target, unpack } from "./dist.ts";
import { needs } from "../support/needs.ts";
import { formatOf, signedPages } from "./executable_format.ts";

const read = (name: string) => Deno.readTextFileSync(`${DIST}/${name}`);
const sha256 = (bytes: Uint8Array) =>
  createHash("sha256").update(bytes).digest("hex");

const EXPECTED: Record<string, string> = {
  "linux-x64": "elf x64 /lib64/ld-linux-x86-64.so.2",
  "linux-arm64": "elf arm64 /lib/ld-linux-aarch64.so.1",
  "linux-x64-musl": "elf x64 /lib/ld-musl-x86_64.so.1",
  "linux-arm64-musl": "elf arm64 /lib/ld-musl-aarch64.so.1",
  "darwin-x64": "mach-o x64",
  "darwin-arm64": "mach-o arm64",
  "windows-x64": "pe x64",
};

Deno.test("a release has every system, install.sh, the list of contents, and checksums of all", async () => {
  const names = [...Deno.readDirSync(DIST)].filter(({ isFile }) => isFile)
    .map(({ name }) => name).sort();
  const expected = [
    ...TARGETS.map(archiveName),
    "SHA256SUMS",
    "install.sh",
    "ptrack.spdx.json",
  ];
  assertEquals(names, expected.sort());
  const checked = await run(["sha256sum", "--check", "SHA256SUMS"], {
    cwd: DIST,
  });
  assertEquals(checked.match(/: OK$/gm)?.length, expected.length - 1);
});

for (const one of TARGETS) {
  Deno.test(`the archive for ${one.name} has its executable and what belongs to it`, async () => {
    await using folder = new Folder();
    const unpacked = await unpack(one, folder.path);
    const names = [...Deno.readDirSync(unpacked)].map(({ name }) => name);
    for (
      const name of [one.executable, "LICENSE", "README.md", "THIRD-PARTY.txt"]
    ) assert(names.includes(name), name);
    assert(Deno.statSync(`${unpacked}/${one.executable}`).mode! & 0o111);
    const executable = Deno.readFileSync(`${unpacked}/${one.executable}`);
    assertEquals(formatOf(executable), EXPECTED[one.name]);
    if (one.name === "darwin-arm64") assert(signedPages(executable) > 1000);
    const { packages } = JSON.parse(read("ptrack.spdx.json"));
    const listed = packages.find(({ SPDXID }: { SPDXID: string }) =>
      SPDXID === `SPDXRef-ptrack-${one.name}`
    );
    assertEquals(listed.checksums[0].checksumValue, sha256(executable));
  });
}

Deno.test(
  "completions and the manual page are in the archives if ptrack prints them",
  needs("linux on x64"),
  async () => {
    await using folder = new Folder();
    const unpacked = await unpack(target("linux-x64"), folder.path);
    const own: [string, string[]][] = [
      ["completions/ptrack.bash", ["completions", "bash"]],
      ["completions/_ptrack", ["completions", "zsh"]],
      ["completions/ptrack.fish", ["completions", "fish"]],
      ["man/man1/ptrack.1", ["help", "--man"]],
    ];
    for (const [name, args] of own) {
      const text = await run([`${unpacked}/ptrack`, ...args]).catch(() => "");
      const packed = await Deno.readTextFile(`${unpacked}/${name}`)
        .catch(() => "");
      assertEquals(packed, text, name);
    }
  },
);

const BAD_NPM: [string, string, RegExp][] = [
  [
    "cannot be had",
    "echo 'npm error network' >&2; exit 1",
    /^error: linux-arm64: Cannot fetch @oven\/bun-linux-aarch64@.*npm error network$/m,
  ],
  [
    "is not what it should be",
    'echo x > "${4#*=}/it.tgz"; echo \'[{"filename":"it.tgz"}]\'',
    /^error: linux-arm64: Cannot use @oven\/bun-linux-aarch64@.*integrity is sha512-/m,
  ],
];

for (const [what, script, reason] of BAD_NPM) {
  Deno.test(`a runtime that ${what} is named, and make fails`, async () => {
    await using folder = new Folder();
    const npm = `${folder.path}/npm`;
    Deno.writeTextFileSync(npm, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--frozen", "release/make.ts"],
        ...[`${folder.path}/dist`, "linux-arm64"],
      ],
      cwd: ROOT,
      env: {
        PATH: `${folder.path}:${Deno.env.get("PATH")}`,
        RUNTIMES: `${folder.path}/runtimes`,
      },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals(code, 1);
    assertMatch(text(stderr), reason);
    assertStringIncludes(text(stdout), "1 could not be made");
    assertEquals([...Deno.readDirSync(`${folder.path}/runtimes`)], []);
  });
}

Deno.test("made again elsewhere, every executable is the same, and so an archive of it", async () => {
  await using folder = new Folder();
  const copy = `${folder.path}/another place`;
  ensureDirSync(`${copy}/build`);
  for (const name of ["main.ts", "deno.json", "deno.lock", "lib", "release"]) {
    await run(["cp", "-r", `${ROOT}${name}`, copy]);
  }
  for (const name of ["LICENSE", "README.md", "install.sh"]) {
    await run(["cp", `${ROOT}${name}`, copy]);
  }
  // The Makefile asks git for it, which knows nothing of the copy.
  await run(["cp", `${ROOT}build/commit.txt`, `${copy}/build`]);
  // The bundle has the paths of its packages, as they lie from where it is made.
  const denoDir = `${copy}/.tools/deno-dir`;
  ensureDirSync(denoDir);
  await run(["cp", "-r", `${Deno.env.get("DENO_DIR")}/npm`, denoDir]);
  const entries = Deno.env.get("ENTRIES")!
    .replaceAll(/\bbuild\/js\/(\S+)\.js\b/g, "$1.ts");
  // As the Makefile does: the page first, which the program embeds.
  for (
    const bundle of [
      "--platform=browser --minify -o build/page.js lib/web/page/main.tsx",
      `--code-splitting --outdir build/js ${entries}`,
    ]
  ) {
    const words = `bundle --quiet --frozen ${bundle}`.split(" ");
    await run([Deno.execPath(), ...words], {
      cwd: copy,
      env: { DENO_DIR: denoDir },
    });
  }
  const { SOURCE_DATE_EPOCH, ...environment } = Deno.env.toObject();
  const epoch = SOURCE_DATE_EPOCH ??
    (await run(["git", "log", "-1", "--format=%ct"], { cwd: ROOT })).trim();
  await run([
    Deno.execPath(),
    "run",
    "-A",
    "--frozen",
    "release/make.ts",
    "dist",
  ], {
    cwd: copy,
    env: {
      ...environment,
      DENO_DIR: denoDir,
      SOURCE_DATE_EPOCH: epoch,
      TZ: "Asia/Tokyo",
    },
  });
  assertEquals(
    Deno.readTextFileSync(`${copy}/dist/SHA256SUMS`),
    read("SHA256SUMS"),
  );
});

Deno.test("archives do not depend on the order of what goes in, and read well", async () => {
  const text = (words: string) => new TextEncoder().encode(words);
  const entries = [
    { name: "b/run", content: text("#!/bin/sh\n"), isExecutable: true },
    { name: "b/a", content: new Uint8Array() },
    { name: "a", content: text("x".repeat(512)) },
  ];
  await using folder = new Folder();
  const times = { tar: 1e9, zip: Date.UTC(2026, 1, 3, 4, 5, 6) / 1000 };
  for (const [kind, pack] of [["tar", tarGz], ["zip", zip]] as const) {
    const made = await pack(entries, times[kind]);
    assertEquals(await pack(entries.toReversed(), times[kind]), made);
    const path = `${folder.path}/it.${kind}`;
    Deno.writeFileSync(path, made);
  }
  const env = { TZ: "UTC", LC_ALL: "C" };
  const tar = await run(["tar", "-tvzf", `${folder.path}/it.tar`], { env });
  assertStringIncludes(
    tar,
    "-rw-r--r-- root/root       512 2001-09-09 01:46 a\n",
  );
  assertStringIncludes(tar, "-rwxr-xr-x root/root        10");
  await run(["gzip", "--test", "--suffix=.tar", `${folder.path}/it.tar`]);
  await run(["unzip", "-q", `${folder.path}/it.zip`, "-d", folder.path]);
  assertEquals(Deno.statSync(`${folder.path}/b/run`).mode! & 0o777, 0o755);
  assertEquals(Deno.statSync(`${folder.path}/b/a`).size, 0);
  const listed = await run(["unzip", "-l", `${folder.path}/it.zip`], { env });
  assertStringIncludes(listed, "512  2026-02-03 04:05   a");
});

Deno.test("the list of contents is SPDX 2.3: each executable, and what each contains", () => {
  const document = JSON.parse(read("ptrack.spdx.json"));
  assertEquals([document.spdxVersion, document.dataLicense], [
    "SPDX-2.3",
    "CC0-1.0",
  ]);
  const ids: string[] = document.packages.map((
    { SPDXID }: { SPDXID: string },
  ) => SPDXID);
  assertEquals(new Set(ids).size, ids.length);
  assert(ids.every((id) => /^SPDXRef-[A-Za-z0-9.-]+$/.test(id)));
  const bundled =
    ids.filter((id) => id.startsWith("SPDXRef-npm-") && !id.includes("bun-"))
      .length;
  assert(bundled > 0);
  assertEquals(ids.length, TARGETS.length * 2 + bundled);
  for (const one of document.packages) {
    for (
      const key of [
        "name",
        "versionInfo",
        "downloadLocation",
        "licenseDeclared",
      ]
    ) assert(one[key], `${one.SPDXID}: ${key}`);
    assertEquals(one.filesAnalyzed, false);
  }
  const contained = document.relationships.filter((
    { relationshipType }: { relationshipType: string },
  ) => relationshipType === "CONTAINS");
  assertEquals(contained.length, TARGETS.length * (bundled + 1));
  for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
    assert(ids.includes(relatedSpdxElement), relatedSpdxElement);
    assert([...ids, "SPDXRef-DOCUMENT"].includes(spdxElementId));
  }
  const runtime = document.packages.find((
    { name }: { name: string },
  ) => name === target("linux-arm64").runtime);
  assertEquals(runtime.versionInfo, BUN_VERSION);
  assertEquals(
    runtime.externalRefs[0].referenceLocator,
    `pkg:npm/%40oven/bun-linux-aarch64@${BUN_VERSION}`,
  );
});

Deno.test("the install.sh of a release knows where the release is, if it was told", async () => {
  const source = Deno.readTextFileSync(`${ROOT}install.sh`);
  const url = Deno.env.get("BASE_URL") ?? "";
  assertEquals(source.match(/^DEFAULT_BASE_URL=$/gm)?.length, 1);
  assertEquals(
    read("install.sh"),
    source.replace(/^DEFAULT_BASE_URL=$/m, `DEFAULT_BASE_URL=${url}`),
  );
  await run(["sh", "-n", `${DIST}/install.sh`]);
});

Deno.test("a tag has to name the version, and the changelog has to know it", async () => {
  const { version } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  const tag = (name: string) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `${ROOT}release/tag.ts`, name],
    }).output();
  assertEquals((await tag(`v${version}`)).code, 0);
  const wrong = await tag("v0.0.0");
  assertEquals(wrong.code, 1);
  assertStringIncludes(
    new TextDecoder().decode(wrong.stderr),
    'the tag is "v0.0.0"',
  );
});

Deno.test("a tag is a name to make, and nothing that its shell obeys", async () => {
  const { code, stdout, stderr } = await new Deno.Command("make", {
    args: ["--no-print-directory", "tag", 'TAG=v1";echo obeyed;"'],
    cwd: ROOT,
  }).output();
  assertEquals([code, new TextDecoder().decode(stdout)], [2, ""]);
  const said = new TextDecoder().decode(stderr);
  assertStringIncludes(said, 'the tag is "v1";echo obeyed;""');
});
