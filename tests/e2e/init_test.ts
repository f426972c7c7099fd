/**
 * Setting up in a real repository, and taking it back: nothing of the user's
 * is lost, and nothing of ours is left. Then three agents in three worktrees,
 * as people would run them.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Agent } from "../support/agent.ts";
import {
  end,
  permission,
  prompt,
  start,
  stop,
  tool,
} from "../support/hook_payloads.ts";
import { eventually, exists, Place, type Result } from "../support/program.ts";

const EVENTS = 8;
const ALL_EVENTS = 16;
const SETTINGS = ".claude/settings.local.json";

/** An empty repository, with a home of its own beside it. */
class Repository extends Place {
  readonly home = this.at("../home");

  constructor() {
    super();
    Deno.removeSync(this.at(".parallel"));
    Deno.mkdirSync(this.home);
    this.git("init", "-q", "-b", "main");
    this.git("commit", "-q", "--allow-empty", "-m", "begin");
  }

  git(...args: string[]): string {
    const { success, stdout, stderr } = new Deno.Command("git", {
      args: ["-c", "user.name=x", "-c", "user.email=x@example.org", ...args],
      cwd: this.path,
      env: this.#env(),
    }).outputSync();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    if (!success) throw new Error(`git ${args.join(" ")}: ${text(stderr)}`);
    return text(stdout);
  }

  #env(): Record<string, string> {
    return { HOME: this.home, GIT_CONFIG_NOSYSTEM: "1" };
  }

  /** Runs ptrack where ptrack, and a claude of some version, is on the PATH. */
  call(line: string, options: { cwd?: string } = {}): Promise<Result> {
    const words = line === "" ? [] : line.split(" ");
    const env = { ...this.#env(), PATH: this.searchPath() };
    return this.runWith({ ...options, env }, ...words);
  }

  /** Makes a `claude` that tells a version. */
  installClaude(version: string): void {
    const bin = this.searchPath().split(":")[0]!;
    const script = `#!/bin/sh\necho '${version} (Claude Code)'\n`;
    Deno.writeTextFileSync(`${bin}/claude`, script, { mode: 0o755 });
  }

  read(name: string): string {
    return Deno.readTextFileSync(this.at(name));
  }

  write2(name: string, text: string): void {
    const path = this.at(name);
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, text);
  }

  /** All that lies about but git's own, with what is in `.parallel` left out. */
  files(): string[] {
    const found: string[] = [];
    const walk = (path: string, name: string) => {
      for (const entry of Deno.readDirSync(path)) {
        if (entry.name === ".git") continue;
        const below = `${name}${entry.name}`;
        found.push(below);
        if (entry.isDirectory && entry.name !== ".parallel") {
          walk(`${path}/${entry.name}`, `${below}/`);
        }
      }
    };
    walk(this.path, "");
    return found.sort();
  }
}

Deno.test("init makes .parallel, ignored by git, and a second one does nothing", async () => {
  await using place = new Repository();
  assertEquals((await place.call("init")).code, 0);
  assert(exists(place.at(".parallel")));
  assertEquals(
    place.read(".gitignore"),
    "# added by ptrack init\n.parallel/\n",
  );
  assertMatch((await place.call("init")).stdout, /^Nothing to do/);
  assertEquals(place.git("status", "--porcelain"), "?? .gitignore\n");
});

Deno.test("what git ignores already is not ignored once more", async () => {
  await using place = new Repository();
  Deno.writeTextFileSync(place.at(".git/info/exclude"), ".parallel\n");
  await place.call("init");
  assert(!exists(place.at(".gitignore")));
});

Deno.test("without git nothing is ignored, and all else is done", async () => {
  await using place = new Place();
  const env = { HOME: place.path, PATH: place.searchPath() };
  const done = await place.runWith({ env }, "init", "--claude-code");
  assertEquals(done.code, 0);
  assert(exists(place.at(SETTINGS)));
  assert(!exists(place.at(".gitignore")));
});

Deno.test("a dry run says all of it and does none of it", async () => {
  await using place = new Repository();
  const { code, stdout } = await place.call("init --claude-code --dry-run");
  assertEquals(code, 0);
  assertMatch(stdout, /Would have:[^]*\.parallel[^]*8 hooks[^]*SKILL\.md/);
  assertEquals(place.files(), []);
  await place.call("init --claude-code");
  const before = place.files();
  await place.call("init --remove --dry-run");
  assertEquals(place.files(), before);
});

Deno.test("set up and taken back, nothing is left but .parallel", async () => {
  await using place = new Repository();
  await place.call("init --claude-code");
  const { hooks } = JSON.parse(place.read(SETTINGS));
  assertEquals(Object.keys(hooks).length, EVENTS);
  assertMatch(place.read(".claude/skills/ptrack/SKILL.md"), /monitor wait/);
  assertEquals(
    place.git("status", "--porcelain"),
    "?? .claude/\n?? .gitignore\n",
  );
  assertEquals((await place.call("init --remove")).code, 0);
  assertEquals(place.files(), [".parallel"]);
  assertMatch((await place.call("init --remove")).stdout, /^Nothing to do/);
});

Deno.test("a newer Claude Code is told of newer events, an older one is not", async () => {
  for (
    const [version, count] of [["2.1.100", EVENTS], ["2.1.330", ALL_EVENTS]]
  ) {
    await using place = new Repository();
    place.installClaude(`${version}`);
    await place.call("init --claude-code");
    const { hooks } = JSON.parse(place.read(SETTINGS));
    assertEquals(Object.keys(hooks).length, count);
    for (
      const never of ["WorktreeCreate", "MessageDisplay", "PreModelSwitch"]
    ) {
      assert(!(never in hooks));
    }
  }
});

Deno.test("each scope has its file, and is taken back by itself or with all", async () => {
  await using place = new Repository();
  const files = {
    local: place.at(SETTINGS),
    project: place.at(".claude/settings.json"),
    user: `${place.home}/.claude/settings.json`,
  };
  for (const [scope, path] of Object.entries(files)) {
    await place.call(`init --claude-code --scope ${scope}`);
    assert(exists(path), path);
  }
  await place.call("init --remove --scope project");
  assert(!exists(files.project) && exists(files.user) && exists(files.local));
  await place.call("init --remove");
  assert(!exists(files.user) && !exists(files.local));
  assertEquals([...Deno.readDirSync(place.home)], []);
});

Deno.test("in a worktree the local settings are the main checkout's", async () => {
  await using place = new Repository();
  const tree = place.at("../tree");
  place.git("worktree", "add", "-q", tree, "-b", "tree");
  await place.call("init --claude-code", { cwd: tree });
  assert(exists(place.at(SETTINGS)));
  assert(exists(place.at(".parallel")));
  assertEquals(
    [...Deno.readDirSync(tree)].map(({ name }) => name).sort(),
    [".git"],
  );
  await place.call("init --remove", { cwd: tree });
  assertEquals(place.files(), [".parallel"]);
});

const USERS = `{
    "model":   "opus",
    "hooks": {
        "Stop": [{"hooks": [{"type": "command", "command": "say done"}]}]
    }
}`;

Deno.test("the user's settings are as they were, to the byte", async () => {
  for (const text of [USERS, "{}", "", '{\r\n\t"a": 1e400\r\n}\r\n']) {
    await using place = new Repository();
    place.write2(SETTINGS, text);
    place.write2(".gitignore", "*.o");
    await place.call("init --claude-code");
    assertEquals(place.read(`${SETTINGS}.before-ptrack`), text);
    const added = place.read(SETTINGS);
    await place.call("init --claude-code");
    assertEquals(place.read(SETTINGS), added);
    await place.call("init --remove");
    assertEquals(place.read(SETTINGS), text);
    assertEquals(place.read(".gitignore"), "*.o");
    assert(!exists(place.at(`${SETTINGS}.before-ptrack`)));
  }
});

Deno.test("what the user has changed since stays", async () => {
  await using place = new Repository();
  place.write2(SETTINGS, USERS);
  await place.call("init --claude-code");
  place.write2(SETTINGS, place.read(SETTINGS).replace('"opus"', '"haiku"'));
  place.write2(".claude/skills/ptrack/SKILL.md", "mine");
  const { stdout } = await place.call("init --remove");
  assertMatch(stdout, /left .*SKILL\.md: it has been changed/);
  assertEquals(
    JSON.parse(place.read(SETTINGS)),
    { ...JSON.parse(USERS), model: "haiku" },
  );
  assertEquals(place.read(".claude/skills/ptrack/SKILL.md"), "mine");
});

Deno.test("settings that are broken or read-only are refused, and not touched", async () => {
  for (const text of ["{", '{"a": 1,}', "// x\n{}", '{"hooks": []}']) {
    await using place = new Repository();
    place.write2(SETTINGS, text);
    const { code, stderr, stdout } = await place.call("init --claude-code");
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^error: Cannot use "\.claude.*fix it first\n$/);
    assertEquals(place.read(SETTINGS), text);
    assertEquals(place.files(), [".claude", SETTINGS]);
  }
  await using place = new Repository();
  place.write2(SETTINGS, USERS);
  Deno.chmodSync(place.at(SETTINGS), 0o444);
  const { code, stderr } = await place.call("init --claude-code");
  assertEquals(code, 1);
  assertMatch(stderr, /read-only/);
  assertEquals(place.read(SETTINGS), USERS);
  // Not even a part of it is done.
  assertEquals(place.files(), [".claude", SETTINGS]);
});

Deno.test("where no settings can be, that is said, and nothing is done", async () => {
  await using place = new Repository();
  Deno.writeTextFileSync(place.at(".claude"), "x");
  const { code, stderr } = await place.call("init --claude-code");
  assertEquals(code, 1);
  assertMatch(stderr, /^error: Cannot write .*\.claude" is not a directory\n$/);
  assertEquals(place.files(), [".claude"]);
});

Deno.test("links lead to the file that is changed, and it keeps its permissions", async () => {
  await using place = new Repository();
  place.write2("../dotfiles/claude.json", USERS);
  const target = place.at("../dotfiles/claude.json");
  Deno.chmodSync(target, 0o600);
  Deno.mkdirSync(place.at(".claude"));
  Deno.symlinkSync("../../dotfiles/claude.json", place.at(SETTINGS));
  await place.call("init --claude-code");
  assert(Deno.lstatSync(place.at(SETTINGS)).isSymlink);
  assertMatch(Deno.readTextFileSync(target), /ptrack hook/);
  assertEquals(Deno.statSync(target).mode! & 0o777, 0o600);
  await place.call("init --remove");
  assertEquals(Deno.readTextFileSync(target), USERS);
  assert(Deno.lstatSync(place.at(SETTINGS)).isSymlink);
});

Deno.test("a link that leads to nothing yet makes what it leads to", async () => {
  await using place = new Repository();
  Deno.mkdirSync(place.at(".claude"));
  Deno.symlinkSync("../later.json", place.at(SETTINGS));
  await place.call("init --claude-code");
  assertMatch(place.read("later.json"), /ptrack hook/);
  await place.call("init --remove");
  assert(!exists(place.at("later.json")));
  assert(Deno.lstatSync(place.at(SETTINGS)).isSymlink);
});

Deno.test("a .claude that is a link stays one, and all is taken back behind it", async () => {
  await using place = new Repository();
  Deno.mkdirSync(place.at("../dotfiles/claude"), { recursive: true });
  Deno.symlinkSync("../dotfiles/claude", place.at(".claude"));
  await place.call("init --claude-code");
  assertMatch(place.read(SETTINGS), /ptrack hook/);
  const { code, stderr } = await place.call("init --remove");
  assertEquals([code, stderr], [0, ""]);
  assert(Deno.lstatSync(place.at(".claude")).isSymlink);
  assert(!exists(place.at(SETTINGS)));
  assert(!exists(place.at(".claude/skills/ptrack/SKILL.md")));
  assert(!exists(place.at(".gitignore")));
});

Deno.test("what is not UTF-8 is refused, as writing it would damage it", async () => {
  for (const name of [SETTINGS, ".gitignore"]) {
    await using place = new Repository();
    place.write2(name, "");
    const latin1 = new TextEncoder().encode('{"a": "?"}\n');
    latin1[7] = 0xe9;
    Deno.writeFileSync(place.at(name), latin1);
    const { code, stdout, stderr } = await place.call("init --claude-code");
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^error: Cannot write .*it is not UTF-8[^\n]*\n$/);
    assertEquals(Deno.readFileSync(place.at(name)), latin1);
    assert(!exists(place.at(".parallel")));
  }
});

Deno.test("a mark at the beginning is kept, and is not JSON", async () => {
  await using place = new Repository();
  place.write2(SETTINGS, "\ufeff{}");
  place.write2(".gitignore", "\ufeff*.o\n");
  const { code, stderr } = await place.call("init --claude-code");
  assertEquals(code, 1);
  assertMatch(stderr, /it is not JSON .*line 1, column 1/);
  await place.call("init");
  await place.call("init --remove");
  const bytes = Deno.readFileSync(place.at(".gitignore"));
  assertEquals(bytes, new TextEncoder().encode("\ufeff*.o\n"));
});

Deno.test("a backup is for no more eyes than the settings", async () => {
  await using place = new Repository();
  place.write2(SETTINGS, USERS);
  Deno.chmodSync(place.at(SETTINGS), 0o600);
  await place.call("init --claude-code");
  const { mode } = Deno.statSync(place.at(`${SETTINGS}.before-ptrack`));
  assertEquals(mode! & 0o777, 0o600);
});

Deno.test("settings that were thrown away leave their backup", async () => {
  await using place = new Repository();
  place.write2(SETTINGS, USERS);
  await place.call("init --claude-code");
  Deno.removeSync(place.at(SETTINGS));
  const { stdout } = await place.call("init --remove");
  assertMatch(stdout, /left .*before-ptrack: .* may be the only copy/);
  assertEquals(place.read(`${SETTINGS}.before-ptrack`), USERS);
});

Deno.test("one scope that is taken back leaves what another needs", async () => {
  await using place = new Repository();
  await place.call("init --claude-code");
  const before = place.files();
  const ignored = place.read(".gitignore");
  await place.call("init --claude-code --scope project");
  await place.call("init --remove --scope project");
  assertEquals(place.files(), before);
  assertEquals(place.read(".gitignore"), ignored);
  await place.call("init --remove --scope local");
  assertEquals(place.files(), [".parallel"]);
});

Deno.test("what git tracks is not ignored again and again", async () => {
  await using place = new Repository();
  place.write2(SETTINGS, USERS);
  place.git("add", "-A");
  place.git("commit", "-q", "-m", "settings");
  await place.call("init --claude-code");
  const ignored = place.read(".gitignore");
  assertMatch((await place.call("init --claude-code")).stdout, /^Nothing/);
  assertEquals(place.read(".gitignore"), ignored);
});

Deno.test("a .parallel below the root of the checkout is ignored as well", async () => {
  await using place = new Repository();
  Deno.mkdirSync(place.at("sub/.parallel"), { recursive: true });
  await place.call("init", { cwd: place.at("sub") });
  assertMatch(place.read(".gitignore"), /^\.parallel\/$/m);
  const { stdout } = await place.call("doctor", { cwd: place.at("sub") });
  assertMatch(stdout, /\[ok\] git ignores \.parallel/);
});

Deno.test("without a home there are no settings of the user's, and all else is there", async () => {
  await using place = new Repository();
  const env = { HOME: "", PATH: place.searchPath() };
  for (const line of ["init --claude-code", "doctor", "init --remove"]) {
    const { code, stderr } = await place.runWith({ env }, ...line.split(" "));
    assert(code === 0 || line === "doctor", stderr);
    assertEquals(stderr, "");
  }
  const line = ["init", "--claude-code", "--scope", "user"];
  assertEquals((await place.runWith({ env }, ...line)).code, 2);
});

Deno.test("doctor runs no program that a repository brings along", async () => {
  await using place = new Repository();
  const trap = place.at("trap");
  const script = `#!/bin/sh\necho x >> ${trap}\n`;
  Deno.writeTextFileSync(place.at("ptrack"), script, { mode: 0o755 });
  const commands = [
    "./ptrack hook",
    `${place.at("ptrack")} hook`,
    `"$(echo x >> ${trap}; echo /tmp)/ptrack" hook`,
    `;${place.at("ptrack")};/ptrack hook`,
  ];
  const hooks = commands.map((command) => ({ type: "command", command }));
  const settings = { hooks: { Stop: [{ hooks }] } };
  place.write2(".claude/settings.json", JSON.stringify(settings));
  const { stdout } = await place.call("doctor");
  assertEquals(stdout.match(/The hook was not tried/g)?.length, 4);
  assert(!exists(trap));
});

Deno.test("what excludes each other is a usage error", async () => {
  await using place = new Repository();
  for (const line of ["--check --remove", "--scope user", "--scope x"]) {
    assertEquals((await place.call(`init ${line}`)).code, 2);
  }
});

Deno.test("doctor finds nothing wrong after init, and says what is wrong before", async () => {
  await using place = new Repository();
  const early = await place.call("doctor");
  assertEquals(early.code, 0);
  assertMatch(early.stdout, /\[--\] \.parallel is not there yet\n +It is made/);
  assertMatch(early.stdout, /\[--\] Claude Code's hooks are not set up/);
  assertEquals((await place.call("init --check --claude-code")).code, 1);
  await place.call("init --claude-code");
  const well = await place.call("doctor");
  assert(!well.stdout.includes("[!!] git"), well.stdout);
  assertMatch(well.stdout, /\[ok\] .*hooks for 8 events/);
  assertMatch(well.stdout, /hook (answers|takes)/);
});

Deno.test("doctor tells each thing that is wrong, with its remedy", async () => {
  await using place = new Repository();
  await place.call("init --claude-code");
  await place.call("init --claude-code --scope user --no-prompts");
  Deno.writeTextFileSync(place.at(".gitignore"), "");
  place.write2(
    ".claude/settings.json",
    '{"disableAllHooks": true}',
  );
  const settings = JSON.parse(place.read(SETTINGS));
  delete settings.hooks.Stop;
  place.write2(SETTINGS, JSON.stringify(settings));
  const output = ["--output", "a.md"];
  for (const id of ["a", "b"]) {
    await place.ok("start", "-w", "w", "-s", id, "x", "--meta", "worktree=/t");
    await place.ok("run", "-w", "w", "-s", `r${id}`, ...output, "--", "true");
  }
  Deno.removeSync(place.at(".parallel/.gitignore"));
  const { code, stdout } = await place.call("doctor");
  assertEquals(code, 1);
  for (
    const found of [
      /\[!!\] git does not ignore \.parallel\n +Add/,
      /\[!!\] \.claude\/settings\.local\.json has no hook for Stop\n/,
      /\[!!\] \.claude\/settings\.json disables all hooks\n/,
      /\[!!\] Hooks run more than once: /,
      /\[!!\] git does not ignore \.claude\/settings\.local\.json/,
      /\[!!\] w\/a and w\/b work in the same: \/t\n/,
    ]
  ) assertMatch(stdout, found);
});

Deno.test("doctor knows a state that hides itself from one that git tracks", async () => {
  await using place = new Repository();
  await place.ok("start", "-w", "w", "-s", "a", "x");
  const well = await place.call("doctor");
  assertMatch(well.stdout, /\[ok\] git ignores what is in \.parallel\n/);
  const add = "git add -f .parallel/w/a/status.json";
  assertEquals((await place.shell(add)).code, 0);
  Deno.writeTextFileSync(place.at(".gitignore"), ".parallel/\n");
  const { code, stdout } = await place.call("doctor");
  assertEquals(code, 1);
  assertMatch(
    stdout,
    /\[!!\] git tracks what is in \.parallel\n +Run: git rm -r --cached \.parallel\n/,
  );
  await place.shell("git rm -q -r --cached .parallel");
  assertMatch(
    (await place.call("doctor")).stdout,
    /\[ok\] git ignores \.parallel\n/,
  );
});

Deno.test("doctor says when the hooks do not fit the version", async () => {
  await using place = new Repository();
  await place.call("init --claude-code");
  place.installClaude("2.1.330");
  const later = await place.call("doctor");
  assertMatch(
    later.stdout,
    /\[--\] Claude Code 2\.1\.330.* could tell of more/,
  );
  await place.call("init --claude-code");
  const fitting = await place.call("doctor");
  assertMatch(fitting.stdout, /\[ok\] Claude Code 2\.1\.330.* knows all/);
  place.installClaude("2.1.50");
  const older = await place.call("doctor");
  assertEquals(older.code, 1);
  assertMatch(older.stdout, /\[!!\] Claude Code 2\.1\.50.*may ignore/);
});

Deno.test("doctor removes what killed writers have left, and nothing younger", async () => {
  await using place = new Repository();
  await place.ok("start", "-w", "w", "-s", "a", "x");
  const old = place.directory("w", "a") + "/.status.json.999999.abcd1234";
  const young = place.directory("w", "a") + "/.COMPLETED.999999.abcd1234";
  const mine = place.directory("w", "a") + "/.mine";
  for (const path of [old, young, mine]) Deno.writeTextFileSync(path, "x");
  const hourAgo = new Date(Date.now() - 3_600_000);
  Deno.utimeSync(old, hourAgo, hourAgo);
  Deno.utimeSync(mine, hourAgo, hourAgo);
  const found = await place.call("doctor");
  assertMatch(found.stdout, /\[!!\] 1 temporary file of writers/);
  const fixed = await place.call("doctor --fix");
  assertMatch(fixed.stdout, /\[ok\] Removed 1 temporary file/);
  assertEquals([old, young, mine].map(exists), [false, true, true]);
});

Deno.test("three agents in three worktrees: who waits is seen, and all are awaited", async () => {
  await using place = new Repository();
  place.installClaude("2.1.330");
  for (const n of [1, 2, 3]) {
    place.git(
      "worktree",
      "add",
      "-q",
      place.at(`../adr-${n}`),
      "-b",
      `adr-${n}`,
    );
  }
  await place.call("init --claude-code");
  const agentIn = (n: number) =>
    new Agent({
      cwd: place.at(`../adr-${n}`),
      settings: place.at(SETTINGS),
      session: `0000000${n}-aaaa-bbbb`,
      env: { PATH: place.searchPath(), HOME: place.home },
    });
  await using one = agentIn(1);
  await using two = agentIn(2);
  await using three = agentIn(3);
  const agents = [one, two, three];
  await Promise.all(agents.map((agent) => agent.fire(start(), prompt())));
  assertEquals(
    place.names("claude"),
    [1, 2, 3].map((n) => `adr-${n}-0000000${n}`),
  );
  const watch = place.spawn({}, "monitor", "watch", "-w", "claude");
  const wait = place.spawn({}, "monitor", "wait", "-w", "claude");
  await two.fire(permission("git push"));
  await eventually(() => /adr-2.*waiting: Allow Bash: git/.test(watch.stdout));
  assertEquals(
    await place.ok("monitor", "status", "--waiting-count"),
    "1\n",
  );
  await two.fire(tool("git push"));
  await Promise.all(agents.map((agent) => agent.fire(stop())));
  await Promise.all(agents.map((agent) => agent.fire(end())));
  assertEquals((await wait.result).code, 0);
  assertEquals((await watch.result).code, 0);
  for (const n of [1, 2, 3]) {
    place.git("worktree", "remove", "--force", place.at(`../adr-${n}`));
  }
  await place.call("init --remove");
  assertEquals(place.files(), [".parallel"]);
});
