/**
 * Where install.sh puts things: odd places, what is in the way there, and what
 * it leaves behind or takes back.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ensureDirSync } from "@std/fs";
import {
  ARCHIVE,
  archive,
  checksum,
  Machine,
  program,
  Published,
} from "./published.ts";

const PAGE = "share/man/man1/ptrack.1";

/** A server with a release that has a manual page, too. */
async function published(): Promise<Published> {
  const server = new Published();
  const content = new TextEncoder().encode("page\n");
  const good = await archive(program("9.9.9"), [{
    name: "man/man1/ptrack.1",
    content,
  }]);
  server.files.set(`/${ARCHIVE}`, good);
  server.files.set("/SHA256SUMS", checksum(good));
  return server;
}

Deno.test("a place with a backslash in its name is one like any other", async () => {
  await using server = await published();
  using machine = new Machine();
  const place = "my\\place";
  const { code, stderr } = await machine.install({
    PTRACK_BASE_URL: server.url,
    PREFIX: `${machine.home}/${place}`,
  });
  assertEquals([code, stderr], [0, ""]);
  assertEquals(machine.files()[`${place}/bin/ptrack`], program("9.9.9"));
});

Deno.test("where nothing can verify the download, that is all that is said", async () => {
  await using server = await published();
  using machine = new Machine();
  machine.usePrograms({ without: ["sha256sum", "shasum", "openssl"] });
  const { code, stderr } = await machine.install({
    PTRACK_BASE_URL: server.url,
  });
  assertEquals([code, machine.files()], [1, {}]);
  assertMatch(stderr, /^error: Cannot verify the download: .*\n$/);
});
Deno.test("a directory where the executable should go is said to be in the way", async () => {
  await using server = await published();
  using machine = new Machine();
  ensureDirSync(`${machine.home}/.local/bin/ptrack`);
  const { code, stdout, stderr } = await machine.install({
    PTRACK_BASE_URL: server.url,
  });
  assertEquals([code, stdout, machine.files()], [1, "", {}]);
  assertMatch(
    stderr,
    /^error: Cannot install .*ptrack: that is a directory\n$/,
  );
});
Deno.test("a relative PREFIX is told in full, for a profile that is read elsewhere", async () => {
  await using server = await published();
  using machine = new Machine();
  const { code, stdout } = await machine.install(
    { PTRACK_BASE_URL: server.url, PREFIX: "own/place" },
    [],
    ["sh", "-c", 'cd && exec sh "$0"'],
  );
  assertEquals(code, 0);
  assertEquals(machine.files()["own/place/bin/ptrack"], program("9.9.9"));
  const path = `${machine.home}/own/place/bin`;
  assertStringIncludes(stdout, `export PATH="${path}:$PATH"`);
});
Deno.test("the directories of an installation that fails go, those that were there stay", async () => {
  await using server = new Published();
  using machine = new Machine();
  Deno.mkdirSync(`${machine.home}/there`);
  for (const prefix of ["new", "there/new/more", "there/new//more/"]) {
    const { code } = await machine.install({
      PTRACK_BASE_URL: server.url,
      PREFIX: `${machine.home}/${prefix}`,
    });
    assertEquals(code, 1);
    const left = [...Deno.readDirSync(machine.home)].map(({ name }) => name);
    assertEquals(left.sort(), ["install.sh", "there"]);
    assertEquals([...Deno.readDirSync(`${machine.home}/there`)], []);
  }
});
Deno.test("a manual page that cannot be put in its place is said not to be there", async () => {
  await using server = await published();
  using machine = new Machine();
  const page = `${machine.home}/.local/${PAGE}`;
  ensureDirSync(page);
  const { code, stdout } = await machine.install({
    PTRACK_BASE_URL: server.url,
  });
  assertEquals(code, 0);
  assertStringIncludes(stdout, `  (not ${page}: cannot write there)\n`);
  assertEquals(Object.keys(machine.files()), [".local/bin/ptrack"]);
});
Deno.test("--uninstall takes the rest back where the executable is gone already", async () => {
  await using server = await published();
  using machine = new Machine();
  await machine.install({ PTRACK_BASE_URL: server.url });
  Deno.removeSync(`${machine.home}/.local/bin/ptrack`);
  assertEquals(Object.keys(machine.files()), [`.local/${PAGE}`]);
  const { code, stdout } = await machine.install({}, ["--uninstall"]);
  assertEquals([code, machine.files()], [0, {}]);
  assertStringIncludes(stdout, `Removed ${machine.home}/.local/${PAGE}\n`);
});
Deno.test("an error is one line, whatever was asked for", async () => {
  using machine = new Machine();
  const { code, stderr } = await machine.install({
    PTRACK_BASE_URL: "http://127.0.0.1:1",
    PTRACK_VERSION: "1\n::stop-commands::x\r\x1b[2J",
  });
  assertEquals(code, 1);
  // deno-lint-ignore no-control-regex
  assertMatch(stderr, /^error: Cannot install version "1 ::[^\x00-\x1f]*\n$/);
});
