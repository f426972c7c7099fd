/** Cleaning up: what is chosen, what is asked, and what is left alone. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { PTRACK } from "../../lib/commands/index.ts";
import { NotFoundError, StorageError, UsageError } from "../../lib/errors.ts";
import { cleaningText, countsText } from "../../lib/report/cleaning.ts";
import { parseDuration } from "../../lib/session/times.ts";
import { FakePlatform } from "../support/fake_platform.ts";
import { MemoryStore, ROOT } from "../support/memory_store.ts";

const DAY_MS = 86_400_000;

/** A store in memory, and `ptrack clean` on it. */
class Desk extends MemoryStore {
  /** One session of each verdict, named after it; two days old. */
  async zoo(): Promise<void> {
    const long = { heartbeatTimeoutS: 9e6, sessionTimeoutS: 9e6 };
    await this.completed("completed");
    await this.session("failed").start("task");
    await this.session("failed").fail("boom");
    await this.session("timed-out").start("task");
    await this.session("running").start("task", long);
    await this.session("waiting").start("task", long);
    await this.session("waiting").waiting("why?");
    this.platform.processStates.set(7, { kind: "alive", started: "1" });
    await this.session("crashed").start("task", { ...long, ownerPid: 7 });
    this.platform.processStates.set(7, { kind: "gone" });
    this.files.makeDirectories(`${ROOT}/w/nothing`);
    this.files.makeDirectories(`${ROOT}/w/unreadable`);
    this.files.writeText(`${ROOT}/w/unreadable/status.json`, "{");
    this.pass(2 * DAY_MS);
  }

  /** Runs `ptrack clean`; what it printed is in `stdout` and `stderr`. */
  async clean(...args: string[]): Promise<number> {
    const { clock } = this.platform;
    const platform = new FakePlatform({
      files: this.files,
      clock,
      args: ["clean", ...args],
      env: this.env,
    });
    for (const [pid, state] of this.platform.processStates) {
      platform.processStates.set(pid, state);
    }
    this.prepare(platform);
    try {
      return await runCommandLine(platform, PTRACK);
    } finally {
      this.stdout = platform.stdout.text;
      this.stderr = platform.stderr.text;
    }
  }

  env: Record<string, string> = {};
  prepare: (platform: FakePlatform) => void = () => {};
  stdout = "";
  stderr = "";
}

const ALIVE = ["running", "waiting"];

Deno.test("durations may be in days", () => {
  assertEquals(parseDuration("7d"), 7 * 86_400);
  assertEquals(parseDuration("1d12h"), 1.5 * 86_400);
  assertEquals(["0", "0s", "0d"].map((text) => parseDuration(text)), [0, 0, 0]);
});

Deno.test("sessions are chosen by verdict and age, never one that is alive", async () => {
  const desk = new Desk();
  await desk.zoo();
  const chosen = async (...args: string[]) => {
    assertEquals(await desk.clean("--dry-run", ...args), 0);
    return [...desk.stdout.matchAll(/^ {2}w\/(\S+)/gm)].map(([, id]) => id);
  };
  assertEquals(await chosen("--older-than", "0"), ["completed", "failed"]);
  assertEquals(await chosen("--all-states", "--older-than", "1d"), [
    "completed",
    "crashed",
    "failed",
    "nothing",
    "timed-out",
    "unreadable",
  ]);
  assertEquals(await chosen("--all-states", "--older-than", "3d"), []);
});

Deno.test("the age is counted from the end, and never from the future", async () => {
  const desk = new Desk();
  await desk.session("a").start("task");
  desk.pass(5 * DAY_MS);
  await desk.session("a").complete();
  desk.pass(DAY_MS);
  assertEquals(await desk.clean("--older-than", "25h", "--yes"), 0);
  assertEquals(desk.names(), ["a"]);
  // Somebody's clock ran ahead: then its log's time counts.
  const path = `${ROOT}/w/a/status.json`;
  const text = desk.files.text(path)!;
  const status = JSON.parse(text);
  status.completed_at = "2999-01-01T00:00:00Z";
  status.last_heartbeat = status.completed_at;
  desk.files.writeText(path, JSON.stringify(status));
  assertEquals(await desk.clean("--older-than", "25h", "--yes"), 0);
  assertEquals(desk.names(), ["a"]);
  assertEquals(await desk.clean("--older-than", "23h", "--yes"), 0);
  assertEquals(desk.names(), []);
});

Deno.test("clean removes what ended a week ago, and nothing else", async () => {
  const desk = new Desk();
  await desk.completed("old");
  desk.pass(6 * DAY_MS);
  await desk.completed("new");
  desk.pass(2 * DAY_MS);
  assertEquals(await desk.clean("--yes"), 0);
  assertEquals(desk.names(), ["new"]);
  assertEquals(
    desk.stdout,
    `  w/old  completed   8d 00h ago\nRemoved 1 session\n`,
  );
  assertEquals(await desk.clean("--yes"), 0);
  assertEquals(desk.stdout, `Nothing to remove below "${ROOT}"\n`);
});

Deno.test("with --all-states only those that are alive are left", async () => {
  const desk = new Desk();
  await desk.zoo();
  assertEquals(
    await desk.clean("--all-states", "--older-than", "0", "--yes"),
    0,
  );
  assertEquals(desk.names(), ALIVE);
  assertStringIncludes(desk.stdout, "Removed 6 sessions\n");
  for (const word of ["crashed", "timed out", "unreadable", "completed"]) {
    assertStringIncludes(desk.stdout, word);
  }
});

Deno.test("a crashed session whose command still runs is left alone", async () => {
  const desk = new Desk();
  desk.platform.processStates.set(7, { kind: "alive", started: "1" });
  await desk.session("a").start("task", { ownerPid: 7 });
  const child = { pid: 8, started: "2" };
  await desk.session("a").record("heartbeat", { auto: true, child });
  desk.platform.processStates.set(7, { kind: "gone" });
  desk.platform.processStates.set(8, { kind: "alive", started: "2" });
  desk.pass(DAY_MS);
  const args = ["--all-states", "--older-than", "0", "--yes"];
  assertEquals(await desk.clean(...args), 0);
  assertEquals(desk.names(), ["a"]);
  assertStringIncludes(desk.stderr, 'Left "w/a" alone: its command still runs');
  desk.platform.processStates.set(8, { kind: "gone" });
  assertEquals(await desk.clean(...args), 0);
  assertEquals(desk.names(), []);
});

Deno.test("a session that is just beginning is left alone", async () => {
  const desk = new Desk();
  desk.files.makeDirectories(`${ROOT}/w/new`);
  desk.pass(59_000);
  const args = ["--all-states", "--older-than", "0", "--yes"];
  await desk.clean(...args);
  assertEquals(desk.names(), ["new"]);
  desk.pass(2_000);
  await desk.clean(...args);
  assertEquals(desk.names(), []);
});

Deno.test("without a terminal it lists, removes nothing and asks for --yes", async () => {
  const desk = new Desk();
  await desk.completed("a");
  const error = await assertRejects(
    () => desk.clean("--older-than", "0"),
    UsageError,
  );
  assertStringIncludes(error.message, "--yes");
  assertStringIncludes(desk.stdout, "w/a");
  assertEquals(desk.names(), ["a"]);
  assertEquals(await desk.clean("--older-than", "0", "--dry-run"), 0);
  assertStringIncludes(
    desk.stdout,
    `Would remove 1 session and 1 empty workspace below "${ROOT}"\n`,
  );
  assertEquals(desk.names(), ["a"]);
});

Deno.test("in a terminal only yes is yes", async () => {
  for (const answer of ["", "n\n", "\n", "yellow\n", " Y \n", "yes\n"]) {
    const desk = new Desk();
    await desk.completed("a");
    desk.prepare = ({ stdin }) => {
      stdin.isTerminal = true;
      stdin.input = answer;
    };
    const isYes = /y(es)?$/i.test(answer.trim());
    const code = await desk.clean("--older-than", "0");
    assertEquals([answer, code], [answer, isYes ? 0 : 1]);
    assertEquals(desk.names(), isYes ? [] : ["a"]);
    assertStringIncludes(
      desk.stderr,
      `Remove 1 session and 1 empty workspace below "${ROOT}"? [y/N] `,
    );
  }
});

Deno.test("a session that is begun again before the answer stays", async () => {
  const desk = new Desk();
  await desk.completed("a", "b");
  desk.pass(9 * DAY_MS);
  const ahead = new Desk();
  await ahead.completed("a");
  await ahead.session("a").start("again", { restart: true });
  desk.prepare = (platform) => {
    platform.stdin.isTerminal = true;
    platform.stdin.readLine = () => {
      for (const name of ["log.jsonl", "status.json"]) {
        const path = `${ROOT}/w/a/${name}`;
        desk.files.writeText(path, ahead.files.text(path)!);
      }
      return "y";
    };
  };
  assertEquals(await desk.clean(), 0);
  assertEquals(desk.names(), ["a"]);
  assertStringIncludes(desk.stderr, 'Left "w/a" alone: it has changed');
  assertStringIncludes(desk.stdout, "Removed 1 session\n");
});

Deno.test("a named workspace is the only one cleaned, and must exist", async () => {
  const desk = new Desk();
  await desk.completed("a");
  await desk.session("b", "v").start("task");
  await desk.session("b", "v").complete();
  const yes = ["--older-than", "0", "--yes"];
  await assertRejects(() => desk.clean("-w", "none", ...yes), NotFoundError);
  for (const name of ["../w", "w".repeat(256)]) {
    await assertRejects(() => desk.clean("-w", name, ...yes), UsageError);
  }
  desk.env = { PTRACK_WORKSPACE: "v" };
  assertEquals(await desk.clean(...yes), 0);
  assertEquals([desk.names(), desk.names("")], [["a"], [".gitignore", "w"]]);
  assertEquals(await desk.clean("-w", "w", ...yes), 0);
  assertEquals(desk.names(""), [".gitignore"]);
  desk.env = {};
  assertEquals(await desk.clean(), 0);
});

Deno.test("an empty workspace is removed, one with anything in it is not", async () => {
  const desk = new Desk();
  desk.files.makeDirectories(`${ROOT}/empty`);
  desk.files.makeDirectories(`${ROOT}/.ours`);
  await desk.completed("a");
  desk.files.writeText(`${ROOT}/w/notes.txt`, "mine");
  assertEquals(await desk.clean("--older-than", "0", "--yes"), 0);
  assertEquals(desk.names(""), [".gitignore", ".ours", "w"]);
  assertEquals(desk.names(), ["notes.txt"]);
  assertStringIncludes(
    desk.stdout,
    "Removed 1 session and 1 empty workspace\n",
  );
});

Deno.test("links are left alone, whatever they lead to", async () => {
  const desk = new Desk();
  await desk.completed("a");
  desk.files.makeLink(`${ROOT}/w/link`, `${ROOT}/w/a`);
  desk.files.makeDirectories("/elsewhere/precious");
  desk.files.makeLink(`${ROOT}/w/out`, "/elsewhere/precious");
  desk.files.makeLink(`${ROOT}/workspace`, "/elsewhere");
  desk.files.makeLink(`${ROOT}/w/.trash-1-x-1`, "/elsewhere");
  desk.pass(DAY_MS);
  const args = ["--older-than", "0", "--yes", "--all-states"];
  assertEquals(await desk.clean(...args), 0);
  assertEquals(desk.names(), [".trash-1-x-1", "link", "out"]);
  assertStringIncludes(
    desk.stderr,
    'Left "w/out" alone: it is a symbolic link',
  );
  await assertRejects(
    () => desk.clean("-w", "workspace", ...args),
    StorageError,
  );
  assert(desk.files.inspect("/elsewhere/precious") !== null);
});

Deno.test("names that others chose cannot control the terminal", () => {
  const text = cleaningText([{
    workspace: "w\x1b[2J",
    candidates: [{
      sessionId: "a\nb\u202e",
      state: "completed",
      ageS: 1,
      mark: "",
    }],
    isEmptied: true,
  }]);
  // deno-lint-ignore no-control-regex
  assertMatch(text, /^[^\x00-\x09\x0b-\x1f\u202e]*$/);
  assertEquals(text.split("\n").length, 3);
});

Deno.test("what is removed is counted by kind", () => {
  const states = ["failed", "left over", "completed"] as const;
  const candidates = states.map((state) => ({
    sessionId: state,
    state,
    ageS: 1,
    mark: "",
  }));
  assertEquals(
    countsText([{ workspace: "w", candidates, isEmptied: true }]),
    "2 sessions, 1 leftover and 1 empty workspace",
  );
  assertEquals(countsText([]), "nothing");
});

Deno.test("a session that cannot be removed is put back and reported, and the rest is removed", async () => {
  const desk = new Desk();
  await desk.completed("a", "b", "c");
  const { removeTree } = desk.files;
  desk.files.removeTree = (path) => {
    if (path.includes("-b-")) {
      throw Object.assign(new Error(), { code: "EACCES" });
    }
    removeTree.call(desk.files, path);
  };
  assertEquals(await desk.clean("--older-than", "0", "--yes"), 4);
  assertEquals(desk.names(), ["b"]);
  assertStringIncludes(
    desk.stderr,
    `Cannot remove "${ROOT}/w/b": permission denied`,
  );
  assertStringIncludes(desk.stdout, "Removed 2 sessions\n");
});

Deno.test("a tombstone is removed when it is old, but not while its removal goes on", async () => {
  const desk = new Desk();
  await desk.completed("a");
  desk.pass(30 * DAY_MS);
  const seconds = Math.floor(desk.platform.clock.nowUs() / 1e6);
  const tombstone = `.trash-${seconds}-a-r1`;
  desk.files.rename(`${ROOT}/w/a`, `${ROOT}/w/${tombstone}`);
  assertEquals(await desk.clean("--older-than", "0", "--yes"), 0);
  assertEquals(desk.names(), [tombstone]);
  desk.pass(2 * 60_000);
  assertEquals(await desk.clean("--yes"), 0);
  assertEquals(desk.names(), [tombstone]);
  assertEquals(await desk.clean("--older-than", "0", "--yes"), 0);
  assertEquals(desk.names(""), [".gitignore"]);
  assertStringIncludes(
    desk.stdout,
    "Removed 1 leftover and 1 empty workspace\n",
  );
});

Deno.test("a directory that holds files of others is never removed", async () => {
  const desk = new Desk();
  desk.files.makeDirectories(`${ROOT}/w/photos`);
  const bytes = new TextEncoder().encode("x");
  desk.files.createNew(`${ROOT}/w/photos/cat.jpg`, bytes);
  desk.files.makeDirectories(`${ROOT}/w/torn`);
  desk.files.createNew(`${ROOT}/w/torn/.status.json.7.x`, bytes);
  await desk.platform.time.advance(30 * DAY_MS);
  assertEquals(await desk.clean("--all-states", "--yes"), 0);
  assertStringIncludes(desk.stderr, '"w/photos" alone');
  assert(desk.files.inspect(`${ROOT}/w/photos/cat.jpg`) !== null);
  assertEquals(desk.files.inspect(`${ROOT}/w/torn`), null);
});

Deno.test("what cannot be told to be a session stays", async () => {
  const desk = new Desk();
  await desk.completed("a");
  for (const name of ["odd", ".trash-photos", ".trash-1-a-r"]) {
    desk.files.makeDirectories(`${ROOT}/w/${name}`);
    desk.files.writeText(`${ROOT}/w/${name}/status.json`, "{");
    desk.files.writeText(`${ROOT}/w/${name}/cat.jpg`, "x");
  }
  desk.pass(30 * DAY_MS);
  assertEquals(await desk.clean("--all-states", "--yes"), 0);
  assertEquals(desk.names(), [".trash-photos", "odd"]);
  assertStringIncludes(desk.stderr, '"w/odd" alone: it has other files');
});

Deno.test("an empty directory among files of another program stays", async () => {
  const desk = new Desk();
  desk.files.makeDirectories(`${ROOT}/tmp/empty`);
  desk.files.writeText(`${ROOT}/will-cite`, "");
  desk.pass(30 * DAY_MS);
  const args = ["--all-states", "--yes", "--dir", ROOT];
  assertEquals(await desk.clean(...args), 0);
  assertEquals(desk.names("tmp"), ["empty"]);
  assertStringIncludes(desk.stderr, '"tmp/empty" alone');
});

Deno.test("a tombstone in which a session runs is left alone", async () => {
  const desk = new Desk();
  const long = { heartbeatTimeoutS: 9e6, sessionTimeoutS: 9e6 };
  await desk.session("a").start("task", long);
  desk.files.rename(`${ROOT}/w/a`, `${ROOT}/w/.trash-1-a-r`);
  await desk.platform.time.advance(DAY_MS);
  assertEquals(await desk.clean("--older-than", "0", "--yes"), 0);
  assertStringIncludes(desk.stderr, "give it its name back");
  assert(desk.files.inspect(`${ROOT}/w/.trash-1-a-r`) !== null);
});
