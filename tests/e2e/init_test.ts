/**
 * `init`, `init --remove` and `doctor` in a real repository, and three agents
 * in three worktrees.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { ensureDirSync, existsSync, walkSync } from "@std/fs";
import { dirname, relative } from "@std/path";
import { Agent } from "../support/agent.ts";
import {
  end,
  permission,
  prompt,
  start,
  stop,
  tool,
} from "../support/hook_payloads.ts";
import { eventually, Place, type Result } from "../support/program.ts";

const EVENTS = 8;
const ALL_EVENTS = 16;
const SETTINGS = ".claude/settings.local.json";

/** An empty repository, and a home directory beside it. */
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

  /** Runs ptrack with ptrack, and an installed `claude`, on the PATH. */
  call(line: string, options: { cwd?: string } = {}): Promise<Result> {
    const words = line === "" ? [] : line.split(" ");
    const env = { ...this.#env(), PATH: this.searchPath() };
    return this.runWith({ ...options, env }, ...words);
  }

  /** Installs a `claude` that prints a version. */
  installClaude(version: string): void {
    const bin = this.searchPath().split(":")[0]!;
    const script = `#!/bin/sh\necho '${version} (Claude Code)'\n`;
    Deno.writeTextFileSync(`${bin}/claude`, script, { mode: 0o755 });
  }

  read(name: string): string {
    return Deno.readTextFileSync(this.at(name));
  }

  writeFile(name: string, text: string): void {
    const path = this.at(name);
    ensureDirSync(dirname(path));
    Deno.writeTextFileSync(path, text);
  }

  /** All files and directories but those in `.git` and `.parallel`. */
  files(): string[] {
    const skip = [/\/\.git(\/|$)/, /\/\.parallel\//];
    return [...walkSync(this.path, { skip })]
      .map(({ path }) => relative(this.path, path))
      .filter((name) => name !== "").sort();
  }
}

Deno.test("init creates .parallel, ignored by git, and does nothing the second time", async () => {
  await using place = new Repository();
  assertEquals((await place.call("init")).code, 0);
  assert(existsSync(place.at(".parallel")));
  assertEquals(
    place.read(".gitignore"),
    "# added by ptrack init\n.parallel/\n",
  );
  assertMatch((await place.call("init")).stdout, /^Nothing to do/);
  assertEquals(place.git("status", "--porcelain"), "?? .gitignore\n");
});

Deno.test("init adds nothing to .gitignore if git ignores .parallel already", async () => {
  await using place = new Repository();
  Deno.writeTextFileSync(place.at(".git/info/exclude"), ".parallel\n");
  await place.call("init");
  assert(!existsSync(place.at(".gitignore")));
});

Deno.test("init says that the hooks need ptrack on the PATH", async () => {
  await using place = new Repository();
  const call = (path: string) => {
    const env = { HOME: place.home, PATH: path };
    return place.runWith({ env }, "init", "--claude-code");
  };
  assertMatch(
    (await call("/nowhere")).stdout,
    /Note: ptrack is not on your PATH/,
  );
  const { stdout } = await call(place.searchPath());
  assert(!stdout.includes("Note:"), stdout);
  assertMatch(place.read(SETTINGS), /"command": "ptrack hook"/);
});

Deno.test("outside git, init does everything but ignore", async () => {
  await using place = new Place();
  const env = { HOME: place.path, PATH: place.searchPath() };
  const done = await place.runWith({ env }, "init", "--claude-code");
  assertEquals(done.code, 0);
  assert(existsSync(place.at(SETTINGS)));
  assert(!existsSync(place.at(".gitignore")));
});

Deno.test("a dry run prints everything and does nothing", async () => {
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

Deno.test("init --remove leaves nothing but .parallel", async () => {
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

Deno.test("only a newer Claude Code gets hooks for newer events", async () => {
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

Deno.test("each scope has its file, and is removed alone or with all", async () => {
  await using place = new Repository();
  const files = {
    local: place.at(SETTINGS),
    project: place.at(".claude/settings.json"),
    user: `${place.home}/.claude/settings.json`,
  };
  for (const [scope, path] of Object.entries(files)) {
    await place.call(`init --claude-code --scope ${scope}`);
    assert(existsSync(path), path);
  }
  await place.call("init --remove --scope project");
  assert(
    !existsSync(files.project) && existsSync(files.user) &&
      existsSync(files.local),
  );
  await place.call("init --remove");
  assert(!existsSync(files.user) && !existsSync(files.local));
  assertEquals([...Deno.readDirSync(place.home)], []);
});

Deno.test("in a worktree the local settings are those of the main checkout", async () => {
  await using place = new Repository();
  const tree = place.at("../tree");
  place.git("worktree", "add", "-q", tree, "-b", "tree");
  await place.call("init --claude-code", { cwd: tree });
  assert(existsSync(place.at(SETTINGS)));
  assert(existsSync(place.at(".parallel")));
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

Deno.test("init --remove restores every byte of the user's settings", async () => {
  for (const text of [USERS, "{}", "", '{\r\n\t"a": 1e400\r\n}\r\n']) {
    await using place = new Repository();
    place.writeFile(SETTINGS, text);
    place.writeFile(".gitignore", "*.o");
    await place.call("init --claude-code");
    assertEquals(place.read(`${SETTINGS}.before-ptrack`), text);
    const added = place.read(SETTINGS);
    await place.call("init --claude-code");
    assertEquals(place.read(SETTINGS), added);
    await place.call("init --remove");
    assertEquals(place.read(SETTINGS), text);
    assertEquals(place.read(".gitignore"), "*.o");
    assert(!existsSync(place.at(`${SETTINGS}.before-ptrack`)));
  }
});

Deno.test("init --remove keeps what the user has changed since", async () => {
  await using place = new Repository();
  place.writeFile(SETTINGS, USERS);
  await place.call("init --claude-code");
  place.writeFile(SETTINGS, place.read(SETTINGS).replace('"opus"', '"haiku"'));
  place.writeFile(".claude/skills/ptrack/SKILL.md", "mine");
  const { stdout } = await place.call("init --remove");
  assertMatch(stdout, /left .*SKILL\.md: it has been changed/);
  assertEquals(
    JSON.parse(place.read(SETTINGS)),
    { ...JSON.parse(USERS), model: "haiku" },
  );
  assertEquals(place.read(".claude/skills/ptrack/SKILL.md"), "mine");
});

Deno.test("broken or read-only settings are refused and left alone", async () => {
  for (const text of ["{", '{"a": 1,}', "// x\n{}", '{"hooks": []}']) {
    await using place = new Repository();
    place.writeFile(SETTINGS, text);
    const { code, stderr, stdout } = await place.call("init --claude-code");
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^error: Cannot use "\.claude.*fix it first\n$/);
    assertEquals(place.read(SETTINGS), text);
    assertEquals(place.files(), [".claude", SETTINGS]);
  }
  await using place = new Repository();
  place.writeFile(SETTINGS, USERS);
  Deno.chmodSync(place.at(SETTINGS), 0o444);
  const { code, stderr } = await place.call("init --claude-code");
  assertEquals(code, 1);
  assertMatch(stderr, /read-only/);
  assertEquals(place.read(SETTINGS), USERS);
  // No step was done.
  assertEquals(place.files(), [".claude", SETTINGS]);
});

Deno.test("init does nothing if the settings cannot be written", async () => {
  await using place = new Repository();
  Deno.writeTextFileSync(place.at(".claude"), "x");
  const { code, stderr } = await place.call("init --claude-code");
  assertEquals(code, 1);
  assertMatch(stderr, /^error: Cannot write .*\.claude" is not a directory\n$/);
  assertEquals(place.files(), [".claude"]);
});

Deno.test("init changes the file behind a link, and keeps its permissions", async () => {
  await using place = new Repository();
  place.writeFile("dotfiles/claude.json", USERS);
  const target = place.at("dotfiles/claude.json");
  Deno.chmodSync(target, 0o600);
  Deno.mkdirSync(place.at(".claude"));
  Deno.symlinkSync("../dotfiles/claude.json", place.at(SETTINGS));
  await place.call("init --claude-code");
  assert(Deno.lstatSync(place.at(SETTINGS)).isSymlink);
  assertMatch(Deno.readTextFileSync(target), /ptrack hook/);
  assertEquals(Deno.statSync(target).mode! & 0o777, 0o600);
  await place.call("init --remove");
  assertEquals(Deno.readTextFileSync(target), USERS);
  assert(Deno.lstatSync(place.at(SETTINGS)).isSymlink);
});

Deno.test("init creates the file behind a dangling link", async () => {
  await using place = new Repository();
  Deno.mkdirSync(place.at(".claude"));
  Deno.symlinkSync("../later.json", place.at(SETTINGS));
  await place.call("init --claude-code");
  assertMatch(place.read("later.json"), /ptrack hook/);
  await place.call("init --remove");
  assert(!existsSync(place.at("later.json")));
  assert(Deno.lstatSync(place.at(SETTINGS)).isSymlink);
});

Deno.test("init works behind a link instead of .claude, and keeps the link", async () => {
  await using place = new Repository();
  ensureDirSync(place.at("dotfiles/claude"));
  Deno.symlinkSync("dotfiles/claude", place.at(".claude"));
  await place.call("init --claude-code");
  assertMatch(place.read(SETTINGS), /ptrack hook/);
  const { code, stderr } = await place.call("init --remove");
  assertEquals([code, stderr], [0, ""]);
  assert(Deno.lstatSync(place.at(".claude")).isSymlink);
  assert(!existsSync(place.at(SETTINGS)));
  assert(!existsSync(place.at(".claude/skills/ptrack/SKILL.md")));
  assert(!existsSync(place.at(".gitignore")));
});

Deno.test("init writes through no link that leads out of the repository", async () => {
  const links: Record<string, string> = {
    ".gitignore": "../out/rc",
    [SETTINGS]: "../../out/new.json",
    ".claude/settings.local.json.before-ptrack": "/tmp/../tmp/never/there",
    ".claude/skills": "../../out",
    ".claude": "../out",
    "inner": "../out",
  };
  for (const [link, target] of Object.entries(links)) {
    await using place = new Repository();
    place.writeFile("../out/rc", "alias x=y\n");
    ensureDirSync(dirname(place.at(link)));
    Deno.symlinkSync(target, place.at(link));
    if (link === "inner") {
      Deno.symlinkSync("inner/rc", place.at(".gitignore"));
    } else if (link.endsWith("before-ptrack")) {
      place.writeFile(SETTINGS, "{}\n");
    }
    const before = place.files();
    const { code, stderr } = await place.call("init --claude-code");
    assertEquals(code, 1, link);
    assertMatch(stderr, /^error: Cannot write .* leads out of the repository/);
    assertEquals(place.files(), before);
    assertEquals([...Deno.readDirSync(place.at("../out"))].length, 1);
    assertEquals(place.read("../out/rc"), "alias x=y\n");
  }
});

Deno.test("init writes through no link into .git", async () => {
  await using place = new Repository();
  Deno.symlinkSync(".git/config", place.at(".gitignore"));
  const before = place.read(".git/config");
  assertEquals((await place.call("init")).code, 1);
  assertEquals(place.read(".git/config"), before);
});

Deno.test("links from one's own settings may lead anywhere", async () => {
  await using place = new Repository();
  place.writeFile("../dotfiles/claude.json", USERS);
  Deno.mkdirSync(`${place.home}/.claude`);
  const path = `${place.home}/.claude/settings.json`;
  Deno.symlinkSync("../../dotfiles/claude.json", path);
  const { code } = await place.call("init --claude-code --scope user");
  assertEquals(code, 0);
  assertMatch(place.read("../dotfiles/claude.json"), /ptrack hook/);
  assertEquals((await place.call("init --remove")).code, 0);
  assertEquals(place.read("../dotfiles/claude.json"), USERS);
});

Deno.test("files that are not UTF-8 are refused", async () => {
  for (const name of [SETTINGS, ".gitignore"]) {
    await using place = new Repository();
    place.writeFile(name, "");
    const latin1 = new TextEncoder().encode('{"a": "?"}\n');
    latin1[7] = 0xe9;
    Deno.writeFileSync(place.at(name), latin1);
    const { code, stdout, stderr } = await place.call("init --claude-code");
    assertEquals([code, stdout], [1, ""]);
    assertMatch(stderr, /^error: Cannot write .*it is not UTF-8[^\n]*\n$/);
    assertEquals(Deno.readFileSync(place.at(name)), latin1);
    assert(!existsSync(place.at(".parallel")));
  }
});

Deno.test("a byte order mark is kept, and is not JSON", async () => {
  await using place = new Repository();
  place.writeFile(SETTINGS, "\ufeff{}");
  place.writeFile(".gitignore", "\ufeff*.o\n");
  const { code, stderr } = await place.call("init --claude-code");
  assertEquals(code, 1);
  assertMatch(stderr, /it is not JSON .*line 1, column 1/);
  await place.call("init");
  await place.call("init --remove");
  const bytes = Deno.readFileSync(place.at(".gitignore"));
  assertEquals(bytes, new TextEncoder().encode("\ufeff*.o\n"));
});

Deno.test("a backup has the permissions of the settings", async () => {
  await using place = new Repository();
  place.writeFile(SETTINGS, USERS);
  Deno.chmodSync(place.at(SETTINGS), 0o600);
  await place.call("init --claude-code");
  const { mode } = Deno.statSync(place.at(`${SETTINGS}.before-ptrack`));
  assertEquals(mode! & 0o777, 0o600);
});

Deno.test("init --remove keeps the backup of settings that are gone", async () => {
  await using place = new Repository();
  place.writeFile(SETTINGS, USERS);
  await place.call("init --claude-code");
  Deno.removeSync(place.at(SETTINGS));
  const { stdout } = await place.call("init --remove");
  assertMatch(stdout, /left .*before-ptrack: .* may be the only copy/);
  assertEquals(place.read(`${SETTINGS}.before-ptrack`), USERS);
});

Deno.test("removing one scope keeps what another one needs", async () => {
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

Deno.test("init adds a line to .gitignore once, even for what git tracks", async () => {
  await using place = new Repository();
  place.writeFile(SETTINGS, USERS);
  place.git("add", "-A");
  place.git("commit", "-q", "-m", "settings");
  await place.call("init --claude-code");
  const ignored = place.read(".gitignore");
  assertMatch((await place.call("init --claude-code")).stdout, /^Nothing/);
  assertEquals(place.read(".gitignore"), ignored);
});

Deno.test("init ignores a .parallel below the root of the checkout", async () => {
  await using place = new Repository();
  ensureDirSync(place.at("sub/.parallel"));
  await place.call("init", { cwd: place.at("sub") });
  assertMatch(place.read(".gitignore"), /^\.parallel\/$/m);
  const { stdout } = await place.call("doctor", { cwd: place.at("sub") });
  assertMatch(stdout, /\[ok\] git ignores \.parallel/);
});

Deno.test("without HOME only the user scope fails", async () => {
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

Deno.test("doctor runs no program of the repository", async () => {
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
  place.writeFile(".claude/settings.json", JSON.stringify(settings));
  const { stdout } = await place.call("doctor");
  assertEquals(stdout.match(/The hook was not tried/g)?.length, 4);
  assert(!existsSync(trap));
});

Deno.test("options that exclude each other are a usage error", async () => {
  await using place = new Repository();
  for (const line of ["--check --remove", "--scope user", "--scope x"]) {
    assertEquals((await place.call(`init ${line}`)).code, 2);
  }
});

Deno.test("doctor finds what is missing before init, and nothing after it", async () => {
  await using place = new Repository();
  const early = await place.call("doctor");
  assertEquals(early.code, 0);
  assertMatch(
    early.stdout,
    /\[--\] \.parallel does not exist yet\n +Create it/,
  );
  assertMatch(early.stdout, /\[--\] Claude Code's hooks are not set up/);
  assertEquals((await place.call("init --check --claude-code")).code, 1);
  await place.call("init --claude-code");
  const well = await place.call("doctor");
  assert(!well.stdout.includes("[!!] git"), well.stdout);
  assertMatch(well.stdout, /\[ok\] .*hooks for 8 events/);
  assertMatch(well.stdout, /hook (answers|takes)/);
});

Deno.test("doctor prints every problem with its remedy", async () => {
  await using place = new Repository();
  await place.call("init --claude-code");
  await place.call("init --claude-code --scope user --no-prompts");
  Deno.writeTextFileSync(place.at(".gitignore"), "");
  place.writeFile(
    ".claude/settings.json",
    '{"disableAllHooks": true}',
  );
  const settings = JSON.parse(place.read(SETTINGS));
  delete settings.hooks.Stop;
  place.writeFile(SETTINGS, JSON.stringify(settings));
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
      /\[!!\] w\/a and w\/b work in the same directory: \/t\n/,
    ]
  ) assertMatch(stdout, found);
});

Deno.test("doctor tells a hidden .parallel from one that git tracks", async () => {
  await using place = new Repository();
  await place.ok("start", "-w", "w", "-s", "a", "x");
  const well = await place.call("doctor");
  assertMatch(well.stdout, /\[ok\] git ignores the files in \.parallel\n/);
  const add = "git add -f .parallel/w/a/status.json";
  assertEquals((await place.shell(add)).code, 0);
  Deno.writeTextFileSync(place.at(".gitignore"), ".parallel/\n");
  const { code, stdout } = await place.call("doctor");
  assertEquals(code, 1);
  assertMatch(
    stdout,
    /\[!!\] git tracks files in \.parallel\n +Run: git rm -r --cached \.parallel\n/,
  );
  await place.shell("git rm -q -r --cached .parallel");
  assertMatch(
    (await place.call("doctor")).stdout,
    /\[ok\] git ignores \.parallel\n/,
  );
});

Deno.test("doctor finds hooks that do not fit the version of Claude Code", async () => {
  await using place = new Repository();
  await place.call("init --claude-code");
  place.installClaude("2.1.330");
  const later = await place.call("doctor");
  assertMatch(
    later.stdout,
    /\[--\] Claude Code 2\.1\.330.* can report more/,
  );
  await place.call("init --claude-code");
  const fitting = await place.call("doctor");
  assertMatch(fitting.stdout, /\[ok\] Claude Code 2\.1\.330.* knows all/);
  place.installClaude("2.1.50");
  const older = await place.call("doctor");
  assertEquals(older.code, 1);
  assertMatch(older.stdout, /\[!!\] Claude Code 2\.1\.50.*may ignore/);
});

Deno.test("doctor --fix removes only old temporary files of killed writers", async () => {
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
  assertMatch(found.stdout, /\[!!\] Found 1 temporary file of killed writers/);
  const fixed = await place.call("doctor --fix");
  assertMatch(fixed.stdout, /\[ok\] Removed 1 temporary file/);
  assertEquals([old, young, mine].map((path) => existsSync(path)), [
    false,
    true,
    true,
  ]);
});

Deno.test("three agents in three worktrees: one waits, and all complete", async () => {
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
