/**
 * Who may read what is made below `.parallel`: its owner, whatever the umask;
 * with `init --shared` its group, too.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { walkSync } from "@std/fs";
import { dirname, relative } from "@std/path";
import { needs } from "../support/needs.ts";
import { Place, PROGRAM } from "../support/program.ts";

/** A place without a `.parallel`. */
function emptyPlace(): Place {
  const place = new Place();
  Deno.removeSync(place.at(".parallel"), { recursive: true });
  return place;
}

/** The permission bits of all that is in `.parallel`, by path. */
function modes(place: Place): Record<string, string> {
  const root = place.at(".parallel");
  return Object.fromEntries(
    [...walkSync(root)].map(({ path }) => {
      const mode = Deno.statSync(path).mode! & 0o7777;
      return [relative(root, path) || ".", mode.toString(8)];
    }).sort(),
  );
}

/** The files of a session that has ended. */
function session(directory: string, file: string, id: string) {
  return {
    [`w/${id}`]: directory,
    [`w/${id}/COMPLETED`]: file,
    [`w/${id}/log.jsonl`]: file,
    [`w/${id}/status.json`]: file,
  };
}

const track = (id: string) =>
  `ptrack start -w w -s ${id} x && ptrack complete -w w -s ${id}`;

const PRIVATE = { ".": "700", ".gitignore": "600", w: "700" };
const SHARED = { ".": "2750", ".gitignore": "640", w: "2750" };

for (const umask of ["000", "022", "077", "277"]) {
  Deno.test(`what is made with the umask ${umask} is its owner's alone`, async () => {
    await using place = emptyPlace();
    await place.shell(`umask ${umask}; ${track("s")}`);
    assertEquals(modes(place), { ...PRIVATE, ...session("700", "600", "s") });
  });
}

Deno.test("a shared .parallel is open to its group, as is what is made later", async () => {
  await using place = emptyPlace();
  await place.shell(track("before"));
  const { stdout } = await place.run("init", "--shared");
  assertMatch(stdout, /let the group of .*\.parallel read it/);
  const before = session("2750", "640", "before");
  assertEquals(modes(place), { ...SHARED, ...before });
  await place.shell(`umask 077; ${track("later")}`);
  const later = session("2750", "640", "later");
  assertEquals(modes(place), { ...SHARED, ...before, ...later });
  assertEquals(
    (await place.run("init", "--shared")).stdout.split("\n")[0],
    "Nothing to do",
  );
  assertMatch(
    (await place.run("doctor")).stdout,
    /Only its owner and its group can read/,
  );
});

Deno.test("a directory that is open to all makes no new session open", async () => {
  await using place = emptyPlace();
  Deno.mkdirSync(place.at(".parallel"));
  Deno.chmodSync(place.at(".parallel"), 0o2777);
  await place.shell(track("s"));
  assertEquals(modes(place), {
    ...PRIVATE,
    ".": "2777",
    ...session("700", "600", "s"),
  });
  assertMatch((await place.run("doctor")).stdout, /Other users can look into/);
});

Deno.test("links in a .parallel that is shared lead to nothing that is opened", async () => {
  await using place = emptyPlace();
  await place.shell(track("s"));
  Deno.writeTextFileSync(place.at("mine"), "x");
  Deno.chmodSync(place.at("mine"), 0o600);
  Deno.symlinkSync("../../mine", place.at(".parallel/w/link"));
  await place.run("init", "--shared");
  assertEquals(Deno.statSync(place.at("mine")).mode! & 0o777, 0o600);
});

Deno.test({
  name: "members of the group read what is shared, and nobody else reads",
  // Only root can become others.
  ...needs("root", "another user"),
  async fn() {
    await using place = emptyPlace();
    const group = 12345;
    const readAs = async (gid: number) => {
      const become = `setpriv --reuid=12346 --regid=${gid} --clear-groups`;
      const log = "log --dir .parallel -w w -s s";
      const { stdout } = await place.shell(
        `${become} ${PROGRAM.join(" ")} ${log}; ` +
          `${become} cat .parallel/w/s/log.jsonl`,
      );
      return stdout;
    };
    for (const path of [place.path, dirname(place.path)]) {
      Deno.chmodSync(path, 0o755);
    }
    await place.shell(track("s"));
    assertEquals(await readAs(group), "");
    await place.run("init", "--shared");
    await place.shell(`chgrp -R ${group} .parallel`);
    assertMatch(await readAs(group), /Log for w\/s[^]*"task":"x"/);
    assertEquals(await readAs(12347), "");
    await place.shell(track("later"));
    const { gid } = Deno.statSync(place.at(".parallel/w/later/status.json"));
    assertEquals(gid, group);
  },
});
