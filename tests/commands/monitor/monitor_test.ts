import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runCommandLine } from "../../../lib/cli/command_line.ts";
import { PTRACK } from "../../../lib/commands/index.ts";
import { OutputClosedError, PtrackError } from "../../../lib/errors.ts";
import { FileStore } from "../../../lib/store/files/file_store.ts";
import { SessionTracker } from "../../../lib/tracker.ts";
import { FakePlatform } from "../../support/fake_platform.ts";

type OptionValues = Record<string, string | readonly string[] | true>;

const ROOT = "/desk/.parallel";
const MINUTE_MS = 60_000;

/** A machine with one user, who has a terminal or not. */
class Bench {
  readonly platform: FakePlatform;
  readonly store: FileStore;

  constructor(env: Record<string, string> = {}) {
    this.platform = new FakePlatform({ env: { PTRACK_DIR: ROOT, ...env } });
    this.platform.files.makeDirectory("/desk");
    this.platform.files.makeDirectory(ROOT);
    this.store = new FileStore(this.platform, ROOT);
  }

  useTerminal(): void {
    this.platform.stdout.isTerminal = true;
    this.platform.stdout.screen = { columns: 100, rows: 24 };
    this.platform.stdin.isTerminal = true;
  }

  session(sessionId: string, workspace = "w"): SessionTracker {
    return new SessionTracker({ sessionId, workspace }, {
      store: this.store,
      platform: this.platform,
    });
  }

  /** Begins a view, and keeps how it ends. */
  begin(
    view: string,
    options: OptionValues = {},
    operands: string[] = [],
  ): Ending {
    const args = Object.entries(options).flatMap(([name, value]) =>
      value === true
        ? [`--${name}`]
        : [value].flat().map((one) => `--${name}=${one}`)
    );
    const ending: Ending = { code: null, error: "" };
    Object.assign(this.platform, {
      args: ["monitor", view, ...args, ...operands],
    });
    runCommandLine(this.platform, PTRACK).then(
      (code) => ending.code = code,
      (error) => {
        ending.code = error instanceof PtrackError ? error.exitCode : -1;
        ending.error = String(error.message);
      },
    );
    return ending;
  }

  /** Lets time pass; what is loaded lazily is loaded meanwhile. */
  async pass(ms: number): Promise<void> {
    await breathe();
    await this.platform.time.advance(ms);
    await breathe();
  }

  /** Runs a view that ends without time passing. */
  async run(
    view: string,
    options: OptionValues = {},
    operands: string[] = [],
  ): Promise<Ending> {
    const ending = this.begin(view, options, operands);
    for (let tries = 0; ending.code === null && tries < 500; tries++) {
      await breathe();
    }
    return ending;
  }
}

interface Ending {
  /** Null while it goes on. */
  code: number | null;
  error: string;
}

/** Lets loading, which is outside of the fake machine, go on. */
async function breathe(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

Deno.test("an hour's wait on four sessions prints less than 2 KB", async () => {
  const bench = new Bench();
  const ids = ["adr-01", "adr-02", "adr-03", "adr-04"];
  const sessions = ids.map((id) => bench.session(id, "adrs"));
  const waiting = bench.begin("wait", {
    workspace: "adrs",
    expect: "4",
    timeout: "120",
  });
  await bench.pass(1_000);
  for (const session of sessions) await session.start("Writing an ADR");
  for (let minute = 1; minute <= 60; minute++) {
    await bench.pass(MINUTE_MS);
    for (const session of sessions) {
      if (minute === 20 || minute === 40) {
        await session.waiting("Which database?");
      } else {await session.heartbeat({
          progressPct: minute,
          message: `Minute ${minute}`,
        });}
    }
  }
  assertEquals(waiting.code, null);
  for (const session of sessions) {
    await session.complete({ message: "Written" });
  }
  await bench.pass(1_000);
  assertEquals(waiting, { code: 0, error: "" });
  const { text } = bench.platform.stdout;
  assert(text.length < 2048, `${text.length} bytes`);
  assertEquals(text.match(/adr-01 waiting/g)?.length, 2);
  assertEquals(text.match(/adr-04 completed/g)?.length, 1);
  assertStringIncludes(text, "Total: 4 | Running: 0 | Done: 4");
  assertEquals(bench.platform.watches, 0);
});

Deno.test("a wait in a terminal leaves the last dashboard on the usual screen", async () => {
  const bench = new Bench();
  bench.useTerminal();
  const session = bench.session("a");
  await session.start("Work");
  const waiting = bench.begin("wait");
  await bench.pass(500);
  assertStringIncludes(bench.platform.stdout.take(), "\x1b[?1049h");
  await session.complete({});
  await bench.pass(100);
  assertEquals(waiting.code, 0);
  const text = bench.platform.stdout.take();
  const end = text.slice(text.lastIndexOf("\x1b[?1049l"));
  assertStringIncludes(end, "Dashboard: w");
});

Deno.test("a live view is drawn again each second", async () => {
  const bench = new Bench();
  bench.useTerminal();
  await bench.session("a").start("Work");
  const watching = bench.begin("watch");
  await bench.pass(500);
  bench.platform.stdout.take();
  await bench.pass(1_000);
  assertStringIncludes(bench.platform.stdout.take(), "Polled at");
  bench.platform.stdin.type("q");
  await bench.pass(0);
  assertEquals(watching.code, 0);
});

Deno.test("q ends a watch with the exit code of status, and a wait with 130", async () => {
  const bench = new Bench();
  bench.useTerminal();
  await bench.session("a").start("Work");
  const failed = bench.session("b");
  await failed.start("Work");
  await failed.fail("Boom");
  for (const [view, code] of [["watch", 1], ["wait", 130]] as const) {
    const ending = bench.begin(view);
    await bench.pass(100);
    assertEquals(ending.code, null);
    bench.platform.stdin.type("q");
    await bench.pass(0);
    assertEquals(ending.code, code);
  }
});

Deno.test("Ctrl-C and signals end a live view with their codes", async () => {
  for (
    const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], [
      "SIGHUP",
      129,
    ]] as const
  ) {
    const bench = new Bench();
    bench.useTerminal();
    await bench.session("a").start("Work");
    const ending = bench.begin("watch");
    await bench.pass(100);
    bench.platform.signal(signal);
    await bench.pass(0);
    assertEquals(ending.code, code);
    assertStringIncludes(bench.platform.stdout.text, "\x1b[?1049l");
  }
});

Deno.test("watch waits for a workspace that does not exist yet, and says so", async () => {
  const bench = new Bench();
  const watching = bench.begin("watch", { workspace: "later" });
  await bench.pass(10 * MINUTE_MS);
  assertEquals(watching.code, null);
  assertEquals(
    bench.platform.stderr.take(),
    `Waiting for workspace "later" to begin in ${ROOT}\n`,
  );
  const session = bench.session("a", "later");
  await session.start("Work");
  await bench.pass(1_000);
  await session.heartbeat({ progressPct: 40, message: "Half" });
  await bench.pass(1_000);
  await session.complete({});
  await bench.pass(1_000);
  assertEquals(watching.code, 0);
  assertStringIncludes(bench.platform.stdout.text, "a 40%: Half");
});

Deno.test("watch --forever goes on when all are done", async () => {
  const bench = new Bench();
  const session = bench.session("a");
  await session.start("Work");
  await session.complete({});
  const watching = bench.begin("watch", { forever: true });
  await bench.pass(60 * MINUTE_MS);
  assertEquals(watching.code, null);
});

Deno.test("wait --json ends with the summary", async () => {
  const bench = new Bench();
  const session = bench.session("a");
  await session.start("Work");
  const waiting = bench.begin("wait", { json: true });
  await bench.pass(1_000);
  await session.complete({});
  await bench.pass(1_000);
  assertEquals(waiting.code, 0);
  const lines = bench.platform.stdout.text.trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  assertEquals(lines.map(({ type }) => type), [
    "transition",
    "transition",
    "summary",
  ]);
  assertEquals(lines.at(-1).sessions[0].state, "completed");
});

Deno.test("the error about a missing workspace names those that exist", async () => {
  const bench = new Bench();
  const none = await bench.run("status");
  assertEquals(none.code, 3);
  assertStringIncludes(none.error, `nothing has been recorded in "${ROOT}"`);
  await bench.session("a").start("Work");
  const other = await bench.run("status", { workspace: "x" });
  assertEquals(other.code, 3);
  assertStringIncludes(other.error, 'there is "w"');
  const gone = await bench.run("status", { session: ["a", "gone"] });
  assertEquals([gone.code, gone.error], [3, 'Cannot find session "gone"']);
  assertEquals((await bench.run("list", { workspace: "x" })).code, 3);
  assertEquals((await bench.run("log", { session: ["gone"] })).code, 3);
  assertEquals((await bench.run("wait", { session: ["gone"] })).code, 3);
  assertEquals(bench.platform.stdout.text, "");
});

Deno.test("a name that leads out of the directory is refused", async () => {
  const bench = new Bench();
  for (const name of ["../..", "a/b", "..", ".trash"]) {
    assertEquals((await bench.run("status", { workspace: name })).code, 2);
    assertEquals((await bench.run("log", { session: [name] })).code, 2);
    assertEquals((await bench.run("wait", { except: name })).code, 2);
  }
});

Deno.test("PTRACK_WORKSPACE counts as -w, PTRACK_SESSION only for the log", async () => {
  const bench = new Bench({ PTRACK_WORKSPACE: "v", PTRACK_SESSION: "a" });
  await bench.session("a", "v").start("In v");
  await bench.session("b", "v").start("In v too");
  await bench.session("a", "w").start("In w");
  await bench.run("status");
  const text = bench.platform.stdout.take();
  assertStringIncludes(text, "Total: 2");
  assert(!text.includes("Dashboard: w"));
  assertEquals((await bench.run("log")).code, 0);
  assertStringIncludes(
    bench.platform.stdout.take(),
    "Log for v/a (last 1 entries)",
  );
});

Deno.test("log finds the one workspace that has the session", async () => {
  const bench = new Bench();
  await bench.session("a", "v").start("Work");
  await bench.session("b", "w").start("Work");
  assertEquals((await bench.run("log", { session: ["b"] })).code, 0);
  assertStringIncludes(bench.platform.stdout.take(), "Log for w/b");
  await bench.session("b", "v").start("Work");
  const both = await bench.run("log", { session: ["b"] });
  assertEquals(both.code, 2);
  assertStringIncludes(both.error, '"v" and "w"');
});

Deno.test("log takes the session as its operand, too, but only one", async () => {
  const bench = new Bench({ PTRACK_SESSION: "b" });
  await bench.session("a").start("Work");
  await bench.session("b").start("Work");
  assertEquals((await bench.run("log", {}, ["a"])).code, 0);
  assertStringIncludes(bench.platform.stdout.take(), "Log for w/a");
  assertEquals((await bench.run("log", { session: "a" }, ["a"])).code, 0);
  for (
    const two of [
      await bench.run("log", { session: "b" }, ["a"]),
      await bench.run("log", { session: ["b", "a"] }),
    ]
  ) {
    assertEquals(two, {
      code: 2,
      error:
        'Cannot run "ptrack monitor log": it shows one session; name it once',
    });
  }
});

Deno.test("the near name of a session or workspace that is not there is suggested", async () => {
  const bench = new Bench();
  await bench.session("adr-01", "adrs").start("Work");
  await bench.session("other", "v").start("Work");
  const missing = 'Cannot find session "ard-01" in workspace "adrs"';
  const near = `${missing}: did you mean "adr-01"?`;
  for (const view of ["status", "wait", "log", "report"]) {
    const named = { workspace: "adrs", session: "ard-01" };
    assertEquals((await bench.run(view, named)).error, near, view);
  }
  const anywhere = await bench.run("log", {}, ["ard-01"]);
  assertStringIncludes(anywhere.error, 'did you mean "adr-01"?');
  const elsewhere = { workspace: "adrs", session: "other" };
  assertStringIncludes(
    (await bench.run("status", elsewhere)).error,
    ': workspace "v" has one of this name; add -w v',
  );
  assertEquals(
    (await bench.run("status", { workspace: "adr" })).error,
    'Cannot find workspace "adr": did you mean "adrs"?',
  );
});

Deno.test("no session or workspace of another number is suggested", async () => {
  const bench = new Bench();
  await bench.session("adr-01", "adrs-7").start("Work");
  const session = { workspace: "adrs-7", session: "adr-05" };
  assertEquals(
    (await bench.run("status", session)).error,
    'Cannot find session "adr-05" in workspace "adrs-7"',
  );
  assertStringIncludes(
    (await bench.run("status", { workspace: "adrs-8" })).error,
    'Cannot find workspace "adrs-8": there is "adrs-7" in ',
  );
});

Deno.test("a name that no file system takes is a usage error, shortened", async () => {
  const bench = new Bench();
  await bench.session("a").start("Work");
  const long = "a".repeat(256);
  const problem = (kind: string) =>
    `Cannot use "${"a".repeat(60)}…" as a ${kind} name: ` +
    "it is longer than 128 characters";
  for (const view of ["list", "status", "wait", "watch", "report", "log"]) {
    const { code, error } = await bench.run(view, { workspace: long });
    assertEquals([code, error], [2, problem("workspace")], view);
  }
  for (const view of ["status", "wait", "watch", "report", "log"]) {
    const { code, error } = await bench.run(view, { session: long });
    assertEquals([code, error], [2, problem("session")], view);
  }
  const operand = await bench.run("log", {}, [long]);
  assertEquals([operand.code, operand.error], [2, problem("session")]);
  const bytes = await bench.run("log", {}, ["ä".repeat(128)]);
  assertEquals(bytes.code, 2);
  const possible = await bench.run("log", {}, ["a".repeat(255)]);
  assertEquals(possible.code, 3);
});

Deno.test("a number alone is minutes for --timeout, and the message says min", async () => {
  const bench = new Bench();
  await bench.session("a").start("Work", { heartbeatTimeoutS: 100_000 });
  for (
    const [timeout, minutes, told] of [
      ["60", 60, "60 min"],
      ["1h30m", 90, "90 min"],
      ["90s", 1.5, "90 s"],
    ] as const
  ) {
    const waiting = bench.begin("wait", { timeout });
    await bench.pass(minutes * MINUTE_MS - 1);
    assertEquals(waiting.code, null);
    await bench.pass(1);
    assertEquals(waiting, {
      code: 124,
      error: `Cannot wait any longer: time ran out after ${told}`,
    });
  }
});

Deno.test("an option that has no effect in a view is refused", async () => {
  const bench = new Bench();
  await bench.session("a").start("Work");
  for (
    const [view, option] of [
      ["log", "batch"],
      ["list", "on-change"],
      ["status", "forever"],
      ["watch", "timeout"],
      ["serve", "json"],
    ] as const
  ) {
    const isFlag = option === "json" || option === "forever";
    const value = isFlag ? true : "1";
    const { code, error } = await bench.run(view, { [option]: value });
    assertEquals([view, code], [view, 2]);
    assertStringIncludes(error, `"--${option}"`);
  }
});

Deno.test("log --follow ends when the session has ended", async () => {
  const bench = new Bench();
  const session = bench.session("a");
  await session.start("Work");
  const following = bench.begin("log", {
    session: ["a"],
    follow: true,
    json: true,
  });
  await bench.pass(MINUTE_MS);
  await session.heartbeat({ message: "Half" });
  await bench.pass(1_000);
  assertEquals(following.code, null);
  await session.complete({});
  await bench.pass(1_000);
  assertEquals(following.code, 0);
  const events = bench.platform.stdout.text.trimEnd().split("\n")
    .map((line) => JSON.parse(line).event);
  assertEquals(events, ["started", "heartbeat", "completed"]);
});

Deno.test("a wait without -w names the workspaces if there are several", async () => {
  const bench = new Bench();
  await bench.session("a", "v").start("Work");
  await bench.session("a", "w").start("Work");
  const waiting = await bench.run("wait");
  assertEquals(waiting.code, 2);
  assertStringIncludes(waiting.error, '"v" and "w"');
});

Deno.test("a wait that expects something takes the first workspace to come", async () => {
  const bench = new Bench();
  assertEquals((await bench.run("wait")).code, 3);
  const late = bench.begin("wait", { expect: "1", timeout: "5" });
  await bench.pass(6 * MINUTE_MS);
  assertEquals(late.code, 124);
  const waiting = bench.begin("wait", { expect: "1", timeout: "5" });
  await bench.pass(MINUTE_MS);
  const session = bench.session("a");
  await session.start("Work");
  await session.complete({});
  await bench.pass(2_000);
  assertEquals(waiting.code, 0);
});

Deno.test("colour goes to terminals only, unless it is asked for", async () => {
  const bench = new Bench();
  await bench.session("a").start("Work");
  const shown = async (options: OptionValues) => {
    await bench.run("status", options);
    return bench.platform.stdout.take().includes("\x1b[");
  };
  assertEquals(await shown({}), false);
  assertEquals(await shown({ color: "always" }), true);
  bench.useTerminal();
  assertEquals(await shown({}), true);
  assertEquals(await shown({ color: "never" }), false);
  bench.platform.variables.set("NO_COLOR", "1");
  assertEquals(await shown({}), false);
});

Deno.test("watch prints progress without control characters, wait prints none", async () => {
  for (const [view, told] of [["watch", true], ["wait", false]] as const) {
    const bench = new Bench();
    const session = bench.session("a");
    await session.start("Work");
    const ending = bench.begin(view);
    await bench.pass(1_000);
    bench.platform.stdout.take();
    await session.heartbeat({ progressPct: 7, message: "red \x1b[31m\nline" });
    await bench.pass(1_000);
    const text = bench.platform.stdout.take();
    assertEquals(text.includes("a 7%: red"), told);
    assert(!text.includes("\x1b"));
    assertEquals(text.split("\n").length, told ? 2 : 1);
    await session.complete({});
    await bench.pass(1_000);
    assertEquals(ending.code, 0);
  }
});

Deno.test("the exit code shows a failure even if the reader closes the output early", async () => {
  for (const view of ["wait", "watch", "status"]) {
    const bench = new Bench();
    await bench.session("a").start("Task a");
    await bench.session("a").fail("Out of luck");
    const { stdout } = bench.platform;
    const write = stdout.write.bind(stdout);
    stdout.write = (text) => {
      if (text.includes("Dashboard")) throw new OutputClosedError();
      write(text);
    };
    const { code } = await bench.run(view);
    assertEquals([view, code], [view, 1]);
  }
});
