/** Where `.parallel` is found: in and outside git, with worktrees. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { existsSync } from "@std/fs";
import { Place } from "../support/program.ts";
import { needs } from "../support/needs.ts";

/** A place without `.parallel`, with git set up for commits. */
async function gitPlace(): Promise<Place> {
  const place = new Place();
  await Deno.remove(place.at(".parallel"));
  return place;
}

async function git(place: Place, script: string) {
  const identity = "-c user.name=t -c user.email=t@example.org " +
    "-c protocol.file.allow=always -c init.defaultBranch=main";
  const result = await place.shell(
    `set -e; git() { command git ${identity} "$@"; }; ${script}`,
    { env: { GIT_CONFIG_NOSYSTEM: "1", HOME: place.path } },
  );
  assertEquals(result.code, 0, result.stderr);
}

function start(place: Place, cwd: string, ...args: string[]) {
  return place.runWith({ cwd: place.at(cwd) }, "start", ...args);
}

Deno.test("all worktrees of a repository share one .parallel, at the main checkout", async () => {
  await using place = await gitPlace();
  await git(
    place,
    "git init -q main; cd main; git commit -q --allow-empty -m x; git worktree add -q ../tree; mkdir -p ../tree/deep/er",
  );
  assertEquals((await start(place, "tree/deep/er", "-s", "a")).code, 0);
  assertEquals((await start(place, "main", "-s", "b")).code, 0);
  assert(existsSync(place.at("main/.parallel/default/a/status.json")));
  assert(existsSync(place.at("main/.parallel/default/b/status.json")));
  assert(!existsSync(place.at("tree/.parallel")));
  const seen = await place.runWith(
    { cwd: place.at("tree") },
    "monitor",
    "--json",
  );
  assertEquals(JSON.parse(seen.stdout).workspaces[0].total_sessions, 2);
});

Deno.test("subdirectories of a repository find the one at its root", async () => {
  await using place = await gitPlace();
  await git(place, "git init -q .; mkdir -p src/deep");
  assertEquals((await start(place, "src/deep", "-s", "a")).code, 0);
  assert(existsSync(place.at(".parallel/default/a/status.json")));
  assert(!existsSync(place.at("src/deep/.parallel")));
});

Deno.test("the nearest .parallel wins, but none above the repository's root", async () => {
  await using place = await gitPlace();
  await Deno.mkdir(place.at(".parallel"));
  await git(
    place,
    "mkdir repo; cd repo; git init -q .; mkdir -p sub/.parallel sub/deep other",
  );
  assertEquals((await start(place, "repo/sub/deep", "-s", "a")).code, 0);
  assert(existsSync(place.at("repo/sub/.parallel/default/a")));
  assertEquals((await start(place, "repo/other", "-s", "b")).code, 0);
  assert(existsSync(place.at("repo/.parallel/default/b")));
  assertEquals([...Deno.readDirSync(place.at(".parallel"))], []);
});

Deno.test("a submodule has its own", async () => {
  await using place = await gitPlace();
  await git(
    place,
    "git init -q lib; (cd lib; git commit -q --allow-empty -m x); git init -q main; cd main; git submodule --quiet add ../lib lib",
  );
  assertEquals((await start(place, "main/lib", "-s", "a")).code, 0);
  assert(existsSync(place.at("main/lib/.parallel/default/a")));
  assert(!existsSync(place.at("main/.parallel")));
});

Deno.test("worktrees of a bare repository share one", async () => {
  await using place = await gitPlace();
  await git(
    place,
    "git init -q seed; (cd seed; git commit -q --allow-empty -m x); git clone -q --bare seed bare.git; cd bare.git; git worktree add -q ../one -b one; git worktree add -q ../two -b two",
  );
  assertEquals((await start(place, "one", "-s", "a")).code, 0);
  assertEquals((await start(place, "two", "-s", "b")).code, 0);
  const seen = await place.runWith(
    { cwd: place.at("one") },
    "monitor",
    "--json",
  );
  assertEquals(JSON.parse(seen.stdout).workspaces[0].total_sessions, 2);
  assert(!existsSync(place.at("one/.parallel")));
});

Deno.test("--dir and PTRACK_DIR name the directory itself", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a", "--dir", "state");
  assert(existsSync(place.at("state/default/a/status.json")));
  const env = { PTRACK_DIR: place.at("other") };
  await place.runWith({ env }, "start", "-s", "b");
  assert(existsSync(place.at("other/default/b/status.json")));
  await place.runWith({ env }, "start", "-s", "c", "--dir", "state");
  assert(existsSync(place.at("state/default/c/status.json")));
  assertEquals((await place.run("monitor", "--dir", "state")).code, 0);
});

Deno.test("start --export --dir exports an absolute directory", async () => {
  await using place = new Place();
  const result = await place.shell(
    `mkdir other; eval "$(ptrack start --export --dir "it's" Task)"; cd other; ptrack complete`,
  );
  assertEquals([result.code, result.stderr], [0, ""]);
  const [session] = [...Deno.readDirSync(place.at("it's/default"))];
  assert(existsSync(place.at(`it's/default/${session!.name}/COMPLETED`)));
});

Deno.test("the state is ignored by git whatever the repository ignores", async () => {
  await using place = await gitPlace();
  await git(place, "git init -q .");
  await place.ok("start", "-s", "a");
  assertEquals(Deno.readTextFileSync(place.at(".parallel/.gitignore")), "*\n");
  const { stdout } = await place.shell("git status --porcelain");
  assertEquals(stdout, "");
});

Deno.test({
  name: "another user's .parallel is refused, and nothing is written there",
  // Only root can give a directory away.
  ...needs("root"),
  async fn() {
    await using place = await gitPlace();
    await git(place, "git init -q .");
    await Deno.mkdir(place.at(".parallel"));
    await Deno.chown(place.at(".parallel"), 12345, 12345);
    for (
      const args of [["start", "-s", "a"], ["monitor"], [
        "start",
        "-s",
        "a",
        "--dir",
        ".parallel",
      ]]
    ) {
      const { code, stderr } = await place.run(...args);
      assertEquals(code, 1, args.join(" "));
      assertMatch(stderr, /^error: Cannot use [^\n]*another user[^\n]*\n$/);
    }
    assertEquals([...Deno.readDirSync(place.at(".parallel"))], []);
  },
});

Deno.test({
  name: "outside git another user's .parallel further up is passed over",
  ...needs("root"),
  async fn() {
    await using place = await gitPlace();
    await Deno.mkdir(place.at(".parallel"));
    await Deno.chown(place.at(".parallel"), 12345, 12345);
    await Deno.mkdir(place.at("mine"));
    const { code } = await start(place, "mine", "-s", "a");
    assertEquals(code, 0);
    assertEquals([...Deno.readDirSync(place.at(".parallel"))], []);
  },
});
