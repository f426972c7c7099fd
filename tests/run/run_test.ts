/** `ptrack run` without processes: what becomes of a session, step by step. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  OutputClosedError,
  RefusedError,
  StorageError,
} from "../../lib/errors.ts";
import { SystemError } from "../../lib/errors.ts";
import type { RunPlan } from "../../lib/run/tracked_run.ts";
import { runCommand } from "../../lib/run/run.ts";
import { FileStore } from "../../lib/store/files/file_store.ts";
import { FakePlatform, settled } from "../support/fake_platform.ts";
import type { FakeChild } from "../support/fake_processes.ts";

const ROOT = "/desk/.parallel";

const PLAN: RunPlan = {
  ref: { workspace: "w", sessionId: "job" },
  description: "The job",
  command: ["make", "test"],
  start: {},
  exclusive: false,
  everyMs: 30_000,
  deathSignal: null,
  timeoutMs: null,
  idleTimeoutMs: null,
  killAfterMs: 10_000,
  successCodes: [0],
  successSignals: [],
  outputFiles: [],
  verify: false,
  retries: 0,
  retryDelayMs: 1_000,
  progress: null,
  capture: false,
};

/** A run in a fake machine. */
class Bench {
  readonly platform: FakePlatform;
  readonly processes: FakePlatform["systemCalls"];
  readonly store: FileStore;
  readonly warnings: string[] = [];

  constructor(platform = new FakePlatform()) {
    this.platform = platform;
    this.processes = platform.systemCalls;
    this.store = new FileStore(platform, ROOT);
    this.platform.memory.makeDirectory("/desk");
  }

  /** The signal that the last run is to die of. */
  killedBy: string | undefined;

  async run(changes: Partial<RunPlan> = {}): Promise<number> {
    const plan = { ...PLAN, ...changes };
    const { exitCode, killed } = await runCommand(this.platform, plan, {
      open: () => this.store,
      warn: (text) => this.warnings.push(text),
    });
    this.killedBy = killed?.name;
    return exitCode;
  }

  /** Lets a run go on until its command has been started so many times. */
  async child(count = 1): Promise<FakeChild> {
    while (this.processes.children.length < count) await settled();
    await settled();
    return this.processes.children[count - 1]!;
  }

  async status() {
    return (await this.store.read(PLAN.ref))!.status;
  }

  async events(): Promise<string[]> {
    const page = await this.store.readLog(PLAN.ref);
    return page!.lines.map(({ event }) => event);
  }

  async last() {
    return (await this.store.readLog(PLAN.ref))!.lines.at(-1)!;
  }
}

Deno.test("a command that exits with 0 completes its session", async () => {
  const bench = new Bench();
  const code = bench.run({ outputFiles: ["a.txt"] });
  (await bench.child()).exit(0);
  assertEquals(await code, 0);
  const status = await bench.status();
  assertEquals(status.state, "completed");
  assertEquals(status.output_files, ["a.txt"]);
  assertEquals(status.ptrack?.owner?.pid, bench.platform.pid);
  assertEquals(bench.warnings, []);
});

Deno.test("a command that fails fails its session, with code or signal", async () => {
  const bench = new Bench();
  const first = bench.run();
  (await bench.child()).exit(3);
  assertEquals(await first, 3);
  assertEquals((await bench.status()).message, "FAILED: exit code 3");
  assertEquals((await bench.last()).details["exit_code"], 3);
  const second = bench.run();
  (await bench.child(2)).die("SIGSEGV", 11);
  assertEquals(await second, 139);
  assertEquals(bench.killedBy, "SIGSEGV");
  const { details } = await bench.last();
  assertEquals([details["signal"], details["exit_code"]], ["SIGSEGV", 139]);
  assertEquals((await bench.status()).ptrack?.attempt, 2);
});

Deno.test("an exit code of --success-codes completes the session, and is passed on", async () => {
  const bench = new Bench();
  const code = bench.run({ successCodes: [0, 3] });
  (await bench.child()).exit(3);
  assertEquals(await code, 3);
  assertEquals((await bench.status()).state, "completed");
});

Deno.test("a signal of --success-codes completes the session, and is passed on", async () => {
  const bench = new Bench();
  const code = bench.run({ successSignals: [15] });
  (await bench.child()).die("SIGTERM", 15);
  assertEquals(await code, 143);
  assertEquals(bench.killedBy, "SIGTERM");
  assertEquals((await bench.status()).state, "completed");
  const other = bench.run({ successSignals: [15] });
  (await bench.child(2)).die("SIGKILL", 9);
  assertEquals(await other, 137);
  assertEquals((await bench.status()).state, "failed");
});

Deno.test("a command that is not there is 127, one that cannot run 126", async () => {
  for (const [code, exitCode] of [["ENOENT", 127], ["EACCES", 126]] as const) {
    const bench = new Bench();
    bench.processes.failure = Object.assign(new Error("no"), { code });
    assertEquals(await bench.run({ retries: 5 }), exitCode);
    assertEquals((await bench.status()).state, "failed");
    assertEquals(bench.warnings.length, 1);
    assertEquals(await bench.events(), ["started", "failed"]);
  }
});

Deno.test("heartbeats are sent while it lives, the first one with its process", async () => {
  const bench = new Bench();
  const code = bench.run();
  const child = await bench.child();
  await bench.platform.time.advance(200);
  assertEquals((await bench.status()).ptrack?.child?.pid, child.pid);
  const first = (await bench.status()).last_heartbeat!;
  await bench.platform.time.advance(60_000);
  assert((await bench.status()).last_heartbeat! > first);
  child.exit(0);
  assertEquals(await code, 0);
  const beats = (await bench.events()).filter((name) => name === "heartbeat");
  assertEquals(beats.length, 3);
});

Deno.test("a heartbeat of run neither ends the waiting state nor counts as progress", async () => {
  const bench = new Bench();
  const code = bench.run();
  const child = await bench.child();
  await bench.store.record(PLAN.ref, () => ({
    event: "waiting",
    details: { reason: "Which one?" },
    attempt: 1,
  }));
  const { progress_at } = (await bench.status()).ptrack!;
  await bench.platform.time.advance(60_000);
  const { ptrack } = await bench.status();
  assertEquals(ptrack?.waiting?.reason, "Which one?");
  assertEquals(ptrack?.progress_at, progress_at);
  child.exit(0);
  await code;
});

Deno.test("a limit ends the command by TERM, then by KILL, and exits 124", async () => {
  const bench = new Bench();
  bench.processes.onSignal = (child, signal) => {
    if (signal === "SIGKILL") child.die(signal, 9);
  };
  const code = bench.run({ timeoutMs: 5_000, killAfterMs: 2_000 });
  const child = await bench.child();
  await bench.platform.time.advance(4_999);
  assertEquals(child.signals, []);
  await bench.platform.time.advance(1);
  assertEquals(child.signals, ["SIGTERM", "SIGCONT"]);
  await bench.platform.time.advance(2_000);
  assertEquals(child.signals.at(-1), "SIGKILL");
  assertEquals(await code, 124);
  assertEquals(bench.killedBy, undefined);
  assertMatch((await bench.status()).message, /ran longer than 5s/);
  assertEquals((await bench.last()).details["signal"], "SIGKILL");
});

for (const [direction, hours] of [["back", -1], ["forward", 10]] as const) {
  Deno.test(`a clock that is set ${direction} changes no limit, and no duration`, async () => {
    for (const limit of ["timeoutMs", "idleTimeoutMs"]) {
      const bench = new Bench();
      const { time } = bench.platform;
      bench.processes.onSignal = (child, signal) => {
        if (signal === "SIGKILL") child.die(signal, 9);
      };
      const setClock = () => time.set(time.nowUs() + hours * 3_600e6);
      const limits = { [limit]: 5_000, killAfterMs: 2_000 };
      const code = bench.run({ ...limits, capture: true });
      const child = await bench.child();
      await time.advance(1_000);
      setClock();
      await time.advance(3_999);
      assertEquals(child.signals, []);
      await time.advance(1);
      assertEquals(child.signals, ["SIGTERM", "SIGCONT"]);
      setClock();
      await time.advance(1_999);
      assert(child.isAlive);
      await time.advance(1);
      assertEquals(await code, 124);
      const { ptrack } = await bench.status();
      assertEquals(ptrack?.elapsed_s, 7);
      assertEquals((await bench.last()).details["elapsed_s"], 7);
    }
  });
}

Deno.test("a command that ends by itself after the limit still timed out", async () => {
  const bench = new Bench();
  bench.processes.onSignal = (child, signal) => {
    if (signal === "SIGTERM") child.exit(0);
  };
  const code = bench.run({ timeoutMs: 5_000 });
  await bench.child();
  await bench.platform.time.advance(5_000);
  assertEquals(await code, 124);
  assertEquals((await bench.status()).state, "failed");
});

Deno.test("the idle timeout begins again with each output", async () => {
  const bench = new Bench();
  const code = bench.run({ idleTimeoutMs: 5_000, capture: true });
  const child = await bench.child();
  await bench.platform.time.advance(4_000);
  child.stdout!.write("still here\n");
  await bench.platform.time.advance(4_000);
  assert(child.isAlive);
  await bench.platform.time.advance(1_000);
  assertEquals(await code, 124);
  assertEquals(bench.platform.stdout.text, "still here\n");
  assertMatch((await bench.status()).message, /no output for 5s/);
});

Deno.test("a try that fails is an error, and only the last one ends the session", async () => {
  const bench = new Bench();
  const code = bench.run({ retries: 2, retryDelayMs: 1_000 });
  (await bench.child(1)).exit(7);
  await settled();
  assertEquals((await bench.status()).state, "running");
  await bench.platform.time.advance(1_000);
  (await bench.child(2)).exit(8);
  await bench.platform.time.advance(1_000);
  (await bench.child(3)).exit(9);
  assertEquals(await code, 9);
  const status = await bench.status();
  assertEquals(status.state, "failed");
  assertEquals(status.errors.map((text) => text.replace(/^\S+ /, "")), [
    "Try 1 of 3: exit code 7",
    "Try 2 of 3: exit code 8",
    "FATAL: exit code 9",
  ]);
});

Deno.test("another try is another process, and is recorded at once", async () => {
  const bench = new Bench();
  const code = bench.run({ retries: 1 });
  const first = await bench.child(1);
  await bench.platform.time.advance(200);
  assertEquals((await bench.status()).ptrack?.child?.pid, first.pid);
  first.exit(7);
  await settled();
  await bench.platform.time.advance(1_000);
  const second = await bench.child(2);
  assertEquals((await bench.status()).ptrack?.child?.pid, second.pid);
  second.exit(0);
  assertEquals(await code, 0);
});

Deno.test("a later try that succeeds completes the session", async () => {
  const bench = new Bench();
  const code = bench.run({ retries: 2 });
  (await bench.child(1)).exit(7);
  await settled();
  await bench.platform.time.advance(1_000);
  (await bench.child(2)).exit(0);
  assertEquals(await code, 0);
  assertEquals((await bench.status()).state, "completed");
});

Deno.test("after a signal that asks for an end there is no further try", async () => {
  const bench = new Bench();
  const code = bench.run({ retries: 5 });
  const child = await bench.child();
  assert(bench.platform.signal("SIGTERM"));
  assertEquals(child.signals, ["SIGTERM"]);
  assertEquals(await code, 143);
  assertEquals(bench.processes.children.length, 1);
});

Deno.test("a signal that asks for an end between two tries ends the run", async () => {
  const bench = new Bench();
  const code = bench.run({ retries: 5, retryDelayMs: 60_000 });
  (await bench.child()).exit(4);
  while (bench.platform.time.sleepers < 2) await settled();
  bench.platform.signal("SIGINT");
  assertEquals(await code, 4);
  assertEquals((await bench.status()).state, "failed");
});

Deno.test("signals that were ignored from the start stay ignored", async () => {
  const bench = new Bench();
  bench.processes.ignored.add("SIGHUP");
  const code = bench.run();
  const child = await bench.child();
  assertEquals(bench.platform.signal("SIGHUP"), false);
  child.exit(0);
  await code;
});

Deno.test("the command is told of its session", async () => {
  const bench = new Bench();
  const code = bench.run({ start: { batch: "b7" }, everyMs: 5_000 });
  const child = await bench.child();
  assertEquals(child.env, {
    PTRACK_SESSION: "job",
    PTRACK_WORKSPACE: "w",
    PTRACK_DIR: ROOT,
    PTRACK_ATTEMPT: "1",
    PTRACK_BATCH: "b7",
    PTRACK_HEARTBEAT_EVERY: "5",
  });
  child.exit(0);
  await code;
});

Deno.test("a store that cannot be written is a warning, and the command runs", async () => {
  const bench = new Bench();
  bench.platform.memory.createNew(ROOT, new TextEncoder().encode("x"));
  const code = bench.run();
  const child = await bench.child();
  assertEquals(child.env["PTRACK_BEST_EFFORT"], "1");
  child.exit(5);
  assertEquals(await code, 5);
  assertEquals(bench.warnings.length, 1);
  assertMatch(bench.warnings[0]!, /runs without being tracked/);
});

Deno.test("an end whose status cannot be written is recorded, with a warning", async () => {
  const bench = new Bench();
  const code = bench.run();
  const child = await bench.child();
  bench.platform.memory.rename = (from) => {
    throw new SystemError("ENOSPC", "rename", from);
  };
  await bench.platform.time.advance(60_000);
  child.exit(3);
  assertEquals(await code, 3);
  assertEquals((await bench.status()).state, "failed");
  assertEquals(bench.warnings.length, 2, bench.warnings.join("\n"));
  assertMatch(bench.warnings[0]!, /the status .* no space left/);
  assertMatch(bench.warnings[1]!, /the marker .* no space left/);
});

Deno.test("a session that is alive is left alone, or refused", async () => {
  const bench = new Bench();
  const first = bench.run();
  const child = await bench.child();
  const started = "then";
  bench.platform.processStates.set(bench.platform.pid, {
    kind: "alive",
    started,
  });
  await assertRejects(() => bench.run({ exclusive: true }), RefusedError);
  const second = bench.run();
  const other = await bench.child(2);
  assertMatch(bench.warnings[0]!, /it is running/);
  other.exit(1);
  assertEquals(await second, 1);
  assertEquals((await bench.status()).state, "running");
  child.exit(0);
  assertEquals(await first, 0);
  assertEquals((await bench.status()).state, "completed");
});

Deno.test("a session that has timed out but lives is refused or left alone", async () => {
  const bench = new Bench();
  bench.platform.processStates.set(bench.platform.pid, {
    kind: "alive",
    started: "then",
  });
  const start = { sessionTimeoutS: 1 };
  const first = bench.run({ start });
  const child = await bench.child();
  await bench.platform.time.advance(10_000);
  await assertRejects(
    () => bench.run({ start, exclusive: true }),
    RefusedError,
    "running already",
  );
  // Nor does another run take its place.
  const other = bench.run({ start });
  (await bench.child(2)).exit(0);
  await other;
  assertEquals((await bench.status()).ptrack?.attempt, 1);
  child.exit(0);
  await first;
  assertEquals((await bench.status()).state, "completed");
});

Deno.test("a fail of the command itself stands, and the exit code is the command's", async () => {
  const bench = new Bench();
  const code = bench.run();
  const child = await bench.child();
  await bench.store.record(PLAN.ref, () => ({
    event: "failed",
    details: { error: "told so" },
    attempt: 1,
  }));
  await bench.platform.time.advance(60_000);
  child.exit(0);
  assertEquals(await code, 0);
  assertEquals((await bench.status()).message, "FAILED: told so");
  assertEquals(bench.warnings, []);
});

Deno.test("outputs that are not good make a success fail with 1", async () => {
  const bench = new Bench();
  const plan = { outputFiles: ["missing.txt"], verify: true };
  const code = bench.run(plan);
  (await bench.child()).exit(0);
  assertEquals(await code, 1);
  const { state, message } = await bench.status();
  assertEquals(state, "failed");
  assertMatch(message, /missing\.txt/);
});

Deno.test("progress is read from the output, not too often, and never lost", async () => {
  const bench = new Bench();
  const code = bench.run({ progress: /(\d+)%/, capture: true });
  const child = await bench.child();
  for (const percent of [10, 20, 30]) {
    child.stdout!.write(`\r${percent}%`);
    await settled();
  }
  assertEquals((await bench.status()).progress_pct, 10);
  await bench.platform.time.advance(500);
  assertEquals((await bench.status()).progress_pct, 30);
  child.stderr!.write("99%\n");
  await settled();
  child.exit(1);
  await bench.platform.time.advance(1_000);
  assertEquals(await code, 1);
  assertEquals((await bench.status()).progress_pct, 99);
});

Deno.test("the last lines are kept for the message and the log", async () => {
  const bench = new Bench();
  const code = bench.run({ capture: true });
  const child = await bench.child();
  child.stdout!.write("compiling\n");
  child.stderr!.write("a.c:1: oops\n\n");
  child.exit(2);
  assertEquals(await code, 2);
  assertEquals(
    (await bench.status()).message,
    "FAILED: exit code 2: a.c:1: oops",
  );
  assertEquals((await bench.last()).details["tail"], [
    "compiling",
    "a.c:1: oops",
    "",
  ]);
  assertEquals(bench.platform.stderr.text, "a.c:1: oops\n\n");
});

Deno.test("a daemon that holds the pipes does not hold the run", async () => {
  const bench = new Bench();
  const code = bench.run({ capture: true });
  const child = await bench.child();
  child.stdout!.write("started\n");
  child.leavesWriter = true;
  child.exit(0);
  await settled();
  await bench.platform.time.advance(300);
  assertEquals(await code, 0);
  assert(child.stdout!.isClosed && child.stderr!.isClosed);
});

/** A captured command that has ended, while something still writes for it. */
async function drained(changes: Partial<RunPlan> = {}) {
  const bench = new Bench();
  const code = bench.run({ capture: true, ...changes });
  let isOver = false;
  void code.then(() => isOver = true);
  const child = await bench.child();
  child.leavesWriter = true;
  child.exit(3);
  await settled();
  /** Lets time pass, with a line each tenth of a second. */
  const chatter = async (ms: number) => {
    for (let passedMs = 0; passedMs < ms; passedMs += 100) {
      child.stdout!.write("line\n");
      await bench.platform.time.advance(100);
    }
    await settled();
  };
  return { bench, code, child, chatter, isOver: () => isOver };
}

Deno.test("what a command leaves behind holds the run for two seconds, however much it writes", async () => {
  const { code, child, chatter, isOver } = await drained();
  await chatter(1_900);
  assertEquals(isOver(), false);
  await chatter(100);
  assertEquals(await code, 3);
  assert(child.stdout!.isClosed && child.stderr!.isClosed);
});

Deno.test("a signal ends the run while output is drained", async () => {
  const { bench, code, chatter, isOver } = await drained();
  await chatter(500);
  assertEquals(isOver(), false);
  assert(bench.platform.signal("SIGTERM"));
  assertEquals(await code, 3);
});

/** A reader of our output that takes nothing. */
async function stuck(changes: Partial<RunPlan> = {}) {
  const run = await drained(changes);
  run.bench.platform.stdout.send = () => new Promise(() => {});
  run.child.stdout!.write("to nobody\n");
  await run.bench.platform.time.advance(5_000);
  assertEquals(run.isOver(), false);
  return run;
}

Deno.test("a slow reader gets the last output after more than two seconds", async () => {
  const { bench, code, child } = await drained();
  const taken: number[] = [];
  bench.platform.stdout.send = async (bytes) => {
    await bench.platform.time.sleep(60_000);
    taken.push(bytes.length);
  };
  child.stdout!.write("one");
  await settled();
  child.stdout!.write("two");
  await bench.platform.time.advance(125_000);
  assertEquals(await code, 3);
  assertEquals(taken, [3, 3]);
});

Deno.test("a reader that takes nothing holds the run until a signal or a limit", async () => {
  const signalled = await stuck();
  assert(signalled.bench.platform.signal("SIGTERM"));
  assertEquals(await signalled.code, 3);
  const limited = await stuck({ timeoutMs: 10_000 });
  await limited.bench.platform.time.advance(5_000);
  assertEquals(await limited.code, 3);
});

Deno.test("the first process of a container reaps what others leave to it, and no child of its own", async () => {
  for (const [pid, reaped] of [[1, [901, 902]], [42, []]] as const) {
    const bench = new Bench(new FakePlatform({ pid }));
    const code = bench.run();
    const child = await bench.child();
    bench.processes.zombies.add(901).add(902).add(child.pid);
    bench.platform.signal("SIGCHLD");
    bench.platform.signal("SIGCHLD");
    await bench.platform.time.advance(50);
    assertEquals(bench.processes.reaped, [...reaped]);
    child.exit(0);
    assertEquals(await code, 0);
    assertEquals(bench.platform.signal("SIGCHLD"), false);
  }
});

Deno.test("output that cannot be passed on makes a success fail with 1", async () => {
  const bench = new Bench();
  bench.platform.stdout.send = () =>
    Promise.reject(new StorageError("Cannot write output: no space left"));
  const code = bench.run({ capture: true });
  const child = await bench.child();
  child.stdout!.write("precious\n");
  child.exit(0);
  assertEquals(await code, 1);
  assert(child.stdout!.isClosed);
  const { state, message } = await bench.status();
  assertEquals(state, "failed");
  assertEquals(message, "FAILED: Cannot write output: no space left");
  assertEquals(bench.warnings, ["Cannot write output: no space left"]);
});

Deno.test("when the reader of the output is gone, its pipe is closed without a warning", async () => {
  const bench = new Bench();
  bench.platform.stdout.send = () => Promise.reject(new OutputClosedError());
  const code = bench.run({ capture: true });
  const child = await bench.child();
  child.stdout!.write("line\n");
  await settled();
  assert(child.stdout!.isClosed);
  child.exit(0);
  assertEquals(await code, 0);
  assertEquals(bench.warnings, []);
});
