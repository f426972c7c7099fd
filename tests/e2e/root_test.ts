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
  name: "another user's .parallel is read, but never written, if it is named",
  ...needs("root"),
  async fn() {
    await using place = new Place();
    await place.ok("start", "-s", "a", "Their task");
    await place.ok("complete", "-s", "a");
    await place.shell("chown -R 12345 .parallel; mkdir elsewhere");
    const before = await place.shell("find .parallel -ls");
    const unasked = await start(place, ".", "-s", "b");
    assertEquals(unasked.code, 1);
    assertMatch(unasked.stderr, /another user; name .*--dir.* to read it\n$/);
    const named = ["--dir", place.at(".parallel")];
    const run = (...args: string[]) =>
      place.runWith({ cwd: place.at("elsewhere") }, ...args, ...named);
    for (const view of ["status", "list", "log -s a", "wait", "report"]) {
      const { code, stderr } = await run("monitor", ...view.split(" "));
      assertEquals([view, code, stderr], [view, 0, ""]);
    }
    const env = { PTRACK_DIR: named[1]! };
    const { stdout } = await place.runWith({ env }, "monitor", "--json");
    assertMatch(stdout, /Their task/);
    for (
      const write of ["start -s b", "start -s a --restart", "error x -s a"]
    ) {
      const { code, stderr } = await run(...write.split(" "));
      assertEquals([write, code], [write, 1]);
      assertMatch(stderr, /^error: Cannot use .* belongs to another user/);
    }
    await run("clean", "--older-than", "0", "--yes");
    await run("doctor", "--fix");
    await run("init", "--shared");
    assertEquals(await place.shell("find .parallel -ls"), before);
  },
});

Deno.test({
  name: "nothing is written in a workspace or session of another user",
  ...needs("root"),
  async fn() {
    await using place = new Place();
    await place.ok("start", "-s", "mine");
    const give = (...names: string[]) => {
      const directory = place.directory("default", ...names);
      Deno.mkdirSync(directory, { recursive: true });
      Deno.utimeSync(directory, 0, 0);
      Deno.chmodSync(directory, 0o777);
      Deno.chownSync(directory, 12345, 12345);
    };
    const refuse = async (...args: string[]) => {
      const { code, stderr } = await place.run(...args);
      assertEquals(code, 1, args.join(" "));
      assertMatch(stderr, /^error: Cannot write in .*another user[^\n]*\n$/);
    };
    give("theirs");
    await refuse("start", "-s", "theirs");
    await refuse("heartbeat", "-s", "theirs");
    await refuse("complete", "-s", "theirs");
    assertEquals(place.names("default", "theirs"), []);
    const all = ["--all-states", "--older-than", "0", "--yes"];
    const cleaned = await place.run("clean", ...all);
    assertMatch(cleaned.stderr, /"default\/theirs" alone: .*another user/);
    assertEquals(place.names("default"), ["mine", "theirs"]);
    give();
    await refuse("start", "-s", "new");
    await refuse("heartbeat", "-s", "mine");
    assertEquals(place.names("default"), ["mine", "theirs"]);
    assertEquals((await place.run("monitor", "--json")).code, 0);
  },
});

Deno.test("a .parallel that is a link is refused, and nothing is written behind it", async () => {
  await using place = await gitPlace();
  await Deno.mkdir(place.at("real"));
  await Deno.mkdir(place.at("deep"));
  for (const target of ["real", "missing"]) {
    await Deno.symlink(target, place.at(".parallel"));
    for (const cwd of [".", "deep"]) {
      const { code, stderr } = await start(place, cwd, "-s", "a");
      assertEquals(code, 4);
      assertMatch(stderr, /^error: Cannot use .* symbolic link; name what /);
    }
    await Deno.remove(place.at(".parallel"));
  }
  assertEquals([...Deno.readDirSync(place.at("real"))], []);
});

Deno.test("--dir and PTRACK_DIR follow a link of one's own", async () => {
  await using place = await gitPlace();
  await Deno.mkdir(place.at("real"));
  await Deno.symlink("real", place.at("one"));
  await Deno.symlink("one", place.at("two"));
  await Deno.symlink("later", place.at("three"));
  const names = ["two", place.at("two"), place.at("two/"), "three"];
  for (const [at, name] of names.entries()) {
    await place.ok("start", "-s", `by-option-${at}`, "--dir", name);
    const env = { PTRACK_DIR: name };
    const { code } = await place.runWith(
      { env },
      "start",
      "-s",
      `by-env-${at}`,
    );
    assertEquals(code, 0);
  }
  assertEquals([...Deno.readDirSync(place.at("real/default"))].length, 6);
  assertEquals([...Deno.readDirSync(place.at("later/default"))].length, 2);
});

Deno.test({
  name: "--dir and PTRACK_DIR do not follow a link that another user planted",
  ...needs("root"),
  async fn() {
    await using place = await gitPlace();
    await Deno.mkdir(place.at("real"));
    await Deno.symlink("real", place.at(".parallel"));
    await Deno.symlink(".parallel", place.at("mine"));
    await place.shell("chown -h 12345 .parallel");
    for (const name of [".parallel", place.at(".parallel/"), "mine"]) {
      const { code, stderr } = await place.run("start", "--dir", name);
      assertEquals(code, 1);
      assertMatch(stderr, /\.parallel" is a symbolic link of another user/);
    }
    assertEquals([...Deno.readDirSync(place.at("real"))], []);
  },
});

Deno.test({
  name: "like git, a .git of another user does not say where .parallel is",
  ...needs("root"),
  async fn() {
    const plants = {
      "a file": "echo 'gitdir: loot' > .git",
      "a file that leads on": "mkdir -p gd; echo ../loot > gd/commondir; " +
        'echo "gitdir: $PWD/gd" > .git',
      "a directory": "git init -q .",
      "a link to one of ours":
        "git init -q other; ln -s other/.git .git; chown -h 12345 .git",
      "a link to one of theirs":
        "git init -q other; chown 12345 other/.git; ln -s other/.git .git",
      "our file, which leads to theirs":
        "mkdir -p gd loot; chown 12345 gd; echo 'gitdir: gd' > .git",
    };
    for (const [name, script] of Object.entries(plants)) {
      await using place = await gitPlace();
      const isWhole = !name.includes("link") && !name.includes("our file");
      const give = isWhole
        ? "chown -R 12345 .git; [ ! -e gd ] || chown 12345 gd"
        : ":";
      await git(place, `mkdir mine loot; ${script}; ${give}`);
      assertEquals((await start(place, "mine", "-s", "a")).code, 0);
      assert(existsSync(place.at("mine/.parallel/default/a")), name);
    }
  },
});

Deno.test("outside git, the .parallel in the home directory is used only there, once init has made it", async () => {
  await using place = await gitPlace();
  await Deno.mkdir(place.at("deep"));
  const env = { HOME: `${place.path}/` };
  const run = (cwd: string, ...args: string[]) =>
    place.runWith({ env, cwd: place.at(cwd) }, ...args);
  const refused = await run(".", "start", "-s", "a");
  assertEquals(refused.code, 1);
  assertMatch(refused.stderr, /run ptrack init, or name a directory/);
  assert(!existsSync(place.at(".parallel")));
  assertEquals((await run(".", "init")).code, 0);
  assertEquals((await run(".", "start", "-s", "a")).code, 0);
  assert(existsSync(place.at(".parallel/default/a")));
  assertEquals((await run("deep", "start", "-s", "b")).code, 0);
  assert(existsSync(place.at("deep/.parallel/default/b")));
  // GNU parallel's may be a link, among settings that are kept elsewhere.
  await place.shell("mv .parallel settings; ln -s settings .parallel");
  await place.shell("rm -r deep/.parallel");
  assertEquals((await run("deep", "start", "-s", "c")).code, 0);
  assert(existsSync(place.at("deep/.parallel/default/c")));
});

Deno.test("a .parallel with files of another program and no session is not used", async () => {
  await using place = await gitPlace();
  const { path } = place;
  for (
    const others of [
      "will-cite",
      "semaphores/lock",
      "tmp/host/linelen",
      "tmp/sshlogin/host/linelen",
    ]
  ) {
    await place.shell(
      `rm -rf .parallel deep; mkdir -p deep $(dirname .parallel/${others})
      echo 1 > .parallel/${others}`,
    );
    const here = await start(place, ".", "-s", "a");
    assertEquals(here.code, 4, others);
    assertMatch(here.stderr, /^error: .* in it is not ptrack's: it is .*--dir/);
    assertEquals((await start(place, "deep", "-s", "b")).code, 0);
    const cleaned = await place.run(
      ...["clean", "--dir", `${path}/.parallel`, "--all-states"],
      ...["--older-than", "0", "--yes"],
    );
    assertMatch(cleaned.stdout, /^Nothing to remove/);
    assert(existsSync(place.at(`.parallel/${others}`)));
    assert(!existsSync(place.at(".parallel/.gitignore")));
  }
  assert(existsSync(place.at("deep/.parallel/default/b")));
  // Whoever named it has decided.
  assertEquals((await place.run("start", "--dir", ".parallel")).code, 0);
});

Deno.test("a directory with other files is not made a .parallel by naming it", async () => {
  await using place = await gitPlace();
  await place.shell("mkdir -p project/src; touch project/src/main.ts");
  const { code } = await place.run("start", "-s", "a", "--dir", "project");
  assertEquals(code, 4);
  assert(!existsSync(place.at("project/.gitignore")));
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
