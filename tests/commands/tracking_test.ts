/**
 * The tracking commands against a machine in memory: which session they mean,
 * what they print, which errors are forgiven.
 */
import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { PTRACK } from "../../lib/commands/index.ts";
import {
  NotFoundError,
  oneLine,
  OutputClosedError,
  RefusedError,
  StorageError,
  UsageError,
} from "../../lib/errors.ts";
import type { Status } from "../../lib/session/types.ts";
import { FakePlatform } from "../support/fake_platform.ts";
import type { MemoryFiles } from "../support/memory_files.ts";

/** A machine on which one command after the other is run. */
class Shell {
  readonly files: MemoryFiles = new FakePlatform().memory;
  env: Record<string, string> = {};
  input = "";
  stdout = "";
  stderr = "";
  /** Run by the host just before it is used. */
  prepare: (platform: FakePlatform) => void = () => {};

  constructor() {
    this.files.makeDirectory("/desk");
  }

  async run(...args: string[]): Promise<number> {
    const platform = new FakePlatform({
      files: this.files,
      args,
      env: this.env,
    });
    platform.stdin.input = this.input;
    this.prepare(platform);
    try {
      return await runCommandLine(platform, PTRACK);
    } finally {
      this.stdout = platform.stdout.text;
      this.stderr = platform.stderr.text;
    }
  }

  status(session: string, workspace = "default"): Status {
    const path = `/desk/.parallel/${workspace}/${session}/status.json`;
    return JSON.parse(this.files.readText(path, 1e6));
  }
}

Deno.test("a session's life by commands is recorded, and prints nothing", async () => {
  const shell = new Shell();
  const life = [
    ["start", "-s", "a", "Write it", "--meta", "n=5", "--batch", "b1"],
    ["heartbeat", "-s", "a", "--pct", "3/5", "-m", "- half"],
    ["waiting", "-s", "a"],
    ["error", "-s", "a", "oops"],
    ["complete", "-s", "a", "--output", "x.md", "--output", "y.md"],
  ];
  for (const args of life) {
    assertEquals(await shell.run(...args), 0);
    assertEquals([shell.stdout, shell.stderr], ["", ""]);
  }
  const status = shell.status("a");
  assertEquals(status.state, "completed");
  assertEquals(status.task_description, "Write it");
  assertEquals(status.message, "- half");
  assertEquals(status.metadata, { n: 5 });
  assertEquals(status.output_files, ["x.md", "y.md"]);
  assertEquals(status.ptrack?.batch, "b1");
  assertEquals(status.errors.length, 1);
});

Deno.test("progress and metadata of a heartbeat are stored", async () => {
  const shell = new Shell();
  await shell.run("start", "-s", "a");
  await shell.run("heartbeat", "-s", "a", "--pct", "150");
  assertEquals(shell.status("a").progress_pct, 100);
  await shell.run("heartbeat", "-s", "a", "--progress", "60%", "--meta", "k=v");
  assertEquals(shell.status("a").progress_pct, 60);
  assertEquals(shell.status("a").metadata, { k: "v" });
});

Deno.test("the environment names workspace and session, options come first", async () => {
  const shell = new Shell();
  shell.env = { PTRACK_WORKSPACE: "adrs", PTRACK_SESSION: "a" };
  await shell.run("start");
  assertEquals(shell.stdout, "");
  assertEquals(shell.status("a", "adrs").state, "running");
  await shell.run("start", "-s", "b", "-w", "other");
  assertEquals(shell.status("b", "other").state, "running");
});

Deno.test("an empty variable counts as unset", async () => {
  const shell = new Shell();
  shell.env = { PTRACK_WORKSPACE: "", PTRACK_SESSION: "", PTRACK_ATTEMPT: "" };
  await shell.run("start", "-s", "a");
  assertEquals(shell.status("a").state, "running");
  await assertRejects(() => shell.run("heartbeat"), UsageError, "--session");
});

Deno.test("a typed name that is empty is a mistake, not a default", async () => {
  const shell = new Shell();
  shell.env = { PTRACK_SESSION: "a" };
  await assertRejects(() => shell.run("start", "-s", ""), UsageError, "empty");
  await assertRejects(() => shell.run("start", "-w", ""), UsageError, "empty");
  await assertRejects(
    () => shell.run("start", "--dir", ""),
    UsageError,
    "empty",
  );
  await assertRejects(
    () => shell.run("start", "--batch="),
    UsageError,
    "empty",
  );
});

Deno.test("start without a session makes an id of the text and prints it", async () => {
  const shell = new Shell();
  await shell.run("start", "ADR 001: Größe!");
  const id = shell.stdout.trimEnd();
  assertMatch(id, /^adr-001-gro-?.*-r\d+$/);
  assertEquals(shell.stdout, `${id}\n`);
  assertEquals(shell.status(id).state, "running");
  await shell.run("start");
  assertMatch(shell.stdout, /^session-r\d+\n$/);
});

Deno.test("start --export prints a line for eval, always of a new session", async () => {
  const shell = new Shell();
  shell.env = { PTRACK_SESSION: "old", PTRACK_WORKSPACE: "adrs" };
  await shell.run("start", "--export", "Nightly");
  assertMatch(
    shell.stdout,
    /^export PTRACK_WORKSPACE=adrs PTRACK_SESSION=nightly-r\d+ PTRACK_ATTEMPT=1\n$/,
  );
  await shell.run("start", "--export", "-s", "a", "--dir", "it's");
  assertEquals(
    shell.stdout,
    "export PTRACK_WORKSPACE=adrs PTRACK_SESSION=a PTRACK_ATTEMPT=1 " +
      `PTRACK_DIR='/desk/it'\\''s'\n`,
  );
});

Deno.test("start --export prints false when it fails, for eval to fail", async () => {
  const shell = new Shell();
  await shell.run("start", "-s", "a");
  await assertRejects(
    () => shell.run("start", "--export", "-s", "a"),
    RefusedError,
  );
  assertEquals(shell.stdout, "false\n");
  await assertRejects(
    () => shell.run("start", "--export", "--pid", "x"),
    UsageError,
  );
  assertEquals(shell.stdout, "false\n");
  await assertRejects(
    () => shell.run("start", "--export", "--typo"),
    UsageError,
  );
  assertEquals(shell.stdout, "false\n");
  await assertRejects(() => shell.run("start", "--typo"), UsageError);
  assertEquals(shell.stdout, "");
});

const OWNERS: [env: Record<string, string>, args: string[], pid?: number][] = [
  [{}, [], undefined],
  [{ CLAUDE_PID: "3" }, [], 3],
  [{ CLAUDE_PID: "3", PTRACK_OWNER_PID: "2" }, [], 2],
  [{ CLAUDE_PID: "3", PTRACK_OWNER_PID: "2" }, ["--pid", "1"], 1],
  [{ CLAUDE_PID: "3", PTRACK_OWNER_PID: "" }, [], 3],
];

for (const [env, args, pid] of OWNERS) {
  Deno.test(`${JSON.stringify(env)} ${args.join(" ")} owns as ${pid}`, async () => {
    const shell = new Shell();
    shell.env = env;
    await shell.run("start", "-s", "a", ...args);
    assertEquals(shell.status("a").ptrack?.owner?.pid, pid);
  });
}

Deno.test("an invalid owner or timeout is a usage error", async () => {
  const shell = new Shell();
  const start = (...args: string[]) => shell.run("start", "-s", "a", ...args);
  await assertRejects(() => start("--pid", "0"), UsageError, "--pid");
  await assertRejects(
    () => start("--heartbeat-timeout", "0"),
    UsageError,
    "--heartbeat-timeout",
  );
  shell.env = { PTRACK_OWNER_PID: "me" };
  await assertRejects(() => start(), UsageError, "PTRACK_OWNER_PID");
  assertEquals(shell.files.inspect("/desk/.parallel"), null);
});

Deno.test("a timeout is stored in seconds, a batch comes from its variable", async () => {
  const shell = new Shell();
  shell.env = { PTRACK_BATCH: "b7" };
  await shell.run("start", "-s", "a", "--session-timeout", "1h30m");
  assertEquals(shell.status("a").ptrack?.session_timeout, 5400);
  assertEquals(shell.status("a").ptrack?.batch, "b7");
});

Deno.test("PTRACK_ATTEMPT fences the session of the environment, no other", async () => {
  const shell = new Shell();
  await shell.run("start", "-s", "a");
  await shell.run("start", "-s", "a", "--force");
  await shell.run("start", "-s", "b");
  shell.env = { PTRACK_SESSION: "a", PTRACK_ATTEMPT: "1" };
  await assertRejects(() => shell.run("heartbeat"), RefusedError, "superseded");
  await assertRejects(() => shell.run("heartbeat", "-s", "a"), RefusedError);
  assertEquals(await shell.run("heartbeat", "-s", "b"), 0);
  shell.env["PTRACK_ATTEMPT"] = "2";
  assertEquals(await shell.run("heartbeat"), 0);
  shell.env["PTRACK_ATTEMPT"] = "two";
  await assertRejects(
    () => shell.run("heartbeat"),
    UsageError,
    "PTRACK_ATTEMPT",
  );
  assertEquals(await shell.run("heartbeat", "-s", "b"), 0);
  shell.env["PTRACK_WORKSPACE"] = "elsewhere";
  assertEquals(await shell.run("heartbeat", "-s", "a", "-w", "default"), 0);
});

Deno.test("a text of - is standard input without its last newline", async () => {
  const shell = new Shell();
  shell.input = "line 1\nline 2\n";
  await shell.run("start", "-s", "a", "-");
  assertEquals(shell.status("a").task_description, "line 1\nline 2");
  shell.input = "x\r\n";
  await shell.run("fail", "-s", "a", "-");
  assertStringIncludes(shell.status("a").errors[0]!, "FATAL: x");
});

Deno.test("standard input that is too large is an error that says so", async () => {
  const shell = new Shell();
  await shell.run("start", "-s", "a");
  shell.prepare = (platform) => {
    platform.stdin.readAll = () => {
      throw Object.assign(new Error("big"), { code: "EFBIG" });
    };
  };
  await assertRejects(
    () => shell.run("error", "-s", "a", "-"),
    StorageError,
    "Cannot read standard input",
  );
});

Deno.test("PTRACK_BEST_EFFORT forgives refusals and missing sessions", async () => {
  const shell = new Shell();
  shell.env = { PTRACK_BEST_EFFORT: "1" };
  for (
    const args of [["heartbeat"], ["error", "x"], ["fail", "x"], ["complete"]]
  ) {
    assertEquals(await shell.run(...args, "-s", "gone"), 0);
    assertMatch(shell.stderr, /^warning: [^\n]+\n$/);
  }
  shell.env = { PTRACK_BEST_EFFORT: "0" };
  await assertRejects(
    () => shell.run("heartbeat", "-s", "gone"),
    NotFoundError,
  );
});

Deno.test("PTRACK_BEST_EFFORT forgives no start, no --verify, no usage error", async () => {
  const shell = new Shell();
  shell.env = { PTRACK_BEST_EFFORT: "1" };
  await shell.run("start", "-s", "a");
  await assertRejects(() => shell.run("start", "-s", "a"), RefusedError);
  await assertRejects(() => shell.run("heartbeat"), UsageError);
  await assertRejects(
    () => shell.run("heartbeat", "-s", "a", "--pct", "x"),
    UsageError,
  );
  const verify = ["complete", "-s", "a", "--verify", "--output", "none.md"];
  await assertRejects(() => shell.run(...verify), RefusedError, "none.md");
  assertEquals(shell.status("a").state, "running");
});

Deno.test("an error about a missing session names its workspace", async () => {
  const error = await assertRejects(
    () => new Shell().run("heartbeat", "-s", "a", "-w", "adrs"),
    NotFoundError,
  );
  assertMatch(error.message, /"a".*"adrs"/);
});

Deno.test("a heartbeat to a session of another workspace says where it is", async () => {
  const shell = new Shell();
  await shell.run("start", "-w", "adrs", "-s", "adr-01");
  const heartbeat = (...args: string[]) =>
    assertRejects(() => shell.run("heartbeat", ...args), NotFoundError);
  const elsewhere = await heartbeat("-s", "adr-01");
  assertEquals(
    elsewhere.message,
    'Cannot find session "adr-01" in workspace "default": ' +
      'workspace "adrs" has one of this name; add -w adrs',
  );
  for (const typed of ["ard-01", "adr-1"]) {
    const near = await heartbeat("-s", typed, "-w", "adrs");
    assertStringIncludes(
      near.message,
      `: did you mean "adr-01"? If not, begin it with ptrack start -s ${typed}`,
    );
  }
  for (const other of ["other", "adr-05"]) {
    const neither = await heartbeat("-s", other, "-w", "adrs");
    assertEquals(
      neither.message,
      `Cannot find session "${other}" in workspace "adrs": ` +
        `begin it with ptrack start -s ${other}`,
    );
  }
});

Deno.test("a session whose id nobody reads is not left behind", async () => {
  const shell = new Shell();
  shell.prepare = (platform) => {
    platform.stdout.write = () => {
      throw new OutputClosedError();
    };
  };
  for (const args of [["start", "x"], ["start", "--export", "y"]]) {
    const error = await assertRejects(() => shell.run(...args), StorageError);
    assertStringIncludes(error.message, "nobody would know of it");
  }
  assertEquals(shell.files.list("/desk/.parallel/default"), []);
});

Deno.test("an error is one line, without escapes or overrides of direction", () => {
  assertEquals(oneLine("a\x1b[2Jb\r\nc\x9b\u202ed"), "a [2Jb c d");
  assertEquals(oneLine("Größe 日本 🎉"), "Größe 日本 🎉");
});
