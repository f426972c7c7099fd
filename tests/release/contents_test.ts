/** What is said to be inside an executable is what is inside, and no more. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { walkSync } from "@std/fs";
import { bundledPackages, notices } from "../../release/contents.ts";
import { ROOT } from "./dist.ts";

const DENO_DIR = Deno.env.get("DENO_DIR") ?? `${ROOT}.tools/deno-dir`;

/** The packages that a bundle has modules of: it names each in a comment. */
function packagesIn(folder: string): Set<string> {
  const found = new Set<string>();
  for (const { path } of walkSync(folder, { includeDirs: false })) {
    const text = Deno.readTextFileSync(path);
    const paths = text.matchAll(
      /^\/\/ .*\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\/(\d[^/]*)\//gm,
    );
    for (const [, name, version] of paths) found.add(`${name}@${version}`);
  }
  return found;
}

Deno.test("the packages that are listed are those in the bundle and in the page", async () => {
  const listed = await bundledPackages(ROOT, DENO_DIR);
  const ids = listed.map(({ name, version }) => `${name}@${version}`);
  // The page is minified: nothing in it tells where it comes from.
  const page = ids.filter((id) => id.startsWith("preact@"));
  assertEquals(page.length, 1);
  assertEquals(ids, [...packagesIn(`${ROOT}build/js`), ...page].sort());
});

Deno.test("each package comes with its hash and license, one of a dependency too", async () => {
  const listed = await bundledPackages(ROOT, DENO_DIR);
  for (const { name, version, integrity, license } of listed) {
    assert(/^sha\d+-/.test(integrity), name);
    assert(license !== "", name);
    assertStringIncludes(notices(listed), `\n${name} ${version} (${license})`);
  }
  assert(listed.some(({ name }) => name === "ansi-regex"));
});

Deno.test("what only the tests use is neither listed nor noticed", async () => {
  const listed = await bundledPackages(ROOT, DENO_DIR);
  const lock = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.lock`));
  const names = listed.map(({ name }) => name);
  for (const name of ["playwright-core", "ajv", "fast-uri"]) {
    assert(
      Object.keys(lock.npm).some((id) => id.startsWith(`${name}@`)),
      `${name} is used no more`,
    );
    assert(!names.includes(name), name);
    assert(!notices(listed).includes(name), name);
  }
  assert(names.length < Object.keys(lock.npm).length);
});
