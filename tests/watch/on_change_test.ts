/** --on-change without processes: order, measure, and what is said of it. */
import { assert, assertEquals } from "@std/assert";
import { Interruption } from "../../lib/watch/interruption.ts";
import { OnChange } from "../../lib/watch/on_change.ts";
import type { SessionView } from "../../lib/session/types.ts";
import { FakePlatform, settled } from "../support/fake_platform.ts";
import { FakeProcesses } from "../support/fake_processes.ts";
import { snapshotOf, viewOf } from "../support/session_views.ts";

class Bench {
  readonly platform = new FakePlatform();
  readonly processes = new FakeProcesses();
  readonly onChange: OnChange;

  constructor(output: "straight" | "held" = "straight") {
    this.onChange = new OnChange(this.platform, {
      processes: this.processes,
      command: "notify",
      directory: "/desk/.parallel",
      output,
    });
  }

  look(...views: SessionView[]): void {
    this.onChange.look(snapshotOf(views));
  }

  /** What the commands were told, such as `a running`. */
  told(): string[] {
    return this.processes.children.map(({ order: { env } }) =>
      `${env["PTRACK_SESSION"]} ${env["PTRACK_EVENT"]}`
    );
  }

  /** Each command ends at once with this code. */
  endEach(code: number): void {
    this.processes.onSpawn = (child) => child.exit(code);
  }
}

const running = viewOf("a");
const done = viewOf("a", { state: "completed", progress_pct: 100 });
const failed = (message: string) => viewOf("a", { state: "failed", message });

Deno.test("what is so at the first look is no change; what comes after is", async () => {
  const bench = new Bench();
  bench.endEach(0);
  bench.look(running);
  bench.look(running);
  await settled();
  assertEquals(bench.told(), []);
  bench.look(done);
  bench.look();
  await bench.onChange.close();
  assertEquals(bench.told(), ["a completed", "a vanished"]);
  assertEquals(bench.platform.stderr.text, "");
});

Deno.test("sessions that come after a look at nothing are changes", async () => {
  const bench = new Bench();
  bench.endEach(0);
  bench.onChange.look(null);
  bench.look(running);
  await bench.onChange.close();
  assertEquals(bench.told(), ["a running"]);
  const { env } = bench.processes.children[0]!.order;
  assertEquals(env["PTRACK_PREVIOUS"], "");
});

Deno.test("a command gets variables, and no word of a session in its line", async () => {
  const bench = new Bench();
  bench.endEach(0);
  bench.look(running);
  bench.look(failed("FAILED: $(rm -rf /)\n\x1b[31m`id`\x00"));
  await bench.onChange.close();
  const { command, env, output } = bench.processes.children[0]!.order;
  assertEquals([command.at(-1), output], [
    "exec </dev/null >&2\nnotify",
    "inherited",
  ]);
  assertEquals(env, {
    PTRACK_EVENT: "failed",
    PTRACK_PREVIOUS: "running",
    PTRACK_SESSION: "a",
    PTRACK_WORKSPACE: "adrs",
    PTRACK_PROGRESS: "0",
    PTRACK_MESSAGE: "$(rm -rf /) [31m`id`",
    PTRACK_DIR: "/desk/.parallel",
    PTRACK_ATTEMPT: "",
  });
});

Deno.test("one runs at a time, in order, and nobody waits for it", async () => {
  const bench = new Bench();
  bench.look(running);
  bench.look(done);
  bench.look(running);
  bench.look(failed("no"));
  await settled();
  assertEquals(bench.told(), ["a completed"]);
  bench.processes.children[0]!.exit(0);
  await settled();
  assertEquals(bench.told(), ["a completed", "a running"]);
  bench.endEach(0);
  bench.processes.children[1]!.exit(0);
  await bench.onChange.close();
  assertEquals(bench.told(), ["a completed", "a running", "a failed"]);
});

Deno.test("more than a thousand that wait: the oldest are dropped, and that is said", async () => {
  const bench = new Bench();
  bench.look();
  const views = Array.from(
    { length: 1_500 },
    (_, index) => viewOf(`s${index}`),
  );
  bench.look(...views);
  bench.endEach(0);
  await bench.onChange.close();
  assertEquals(bench.told().length, 1_000);
  assertEquals(bench.told().at(-1), "s1499 running");
  const lines = bench.platform.stderr.text.trimEnd().split("\n");
  assertEquals(lines, [
    "warning: The command of --on-change is slower than the changes: of those " +
    "that wait only the last 1000 are kept",
    "warning: 500 changes were not passed on to the command of --on-change",
  ]);
});

Deno.test("a failure is a warning, once, and the next change is tried again", async () => {
  const bench = new Bench();
  bench.endEach(3);
  bench.look(running);
  bench.look(done);
  bench.look(running);
  await bench.onChange.close();
  assertEquals(bench.told().length, 2);
  const warning = "warning: The command of --on-change failed: ";
  assertEquals(bench.platform.stderr.text, `${warning}exit code 3\n`);

  const broken = new Bench();
  broken.processes.failure = Object.assign(new Error("no"), { code: "ENOENT" });
  broken.look(running);
  broken.look(done);
  await broken.onChange.close();
  assertEquals(
    broken.platform.stderr.text,
    `${warning}no such file or directory\n`,
  );
});

Deno.test("the end waits ten seconds, and then ends what hangs", async () => {
  const bench = new Bench();
  bench.look(running);
  bench.look(done);
  bench.look(running);
  await settled();
  let isClosed = false;
  const closing = bench.onChange.close().then(() => isClosed = true);
  await bench.platform.time.advance(9_900);
  await settled();
  assertEquals(isClosed, false);
  await bench.platform.time.advance(200);
  await closing;
  const [child] = bench.processes.children;
  assertEquals([child!.signals, child!.isReleased], [["SIGTERM"], true]);
  assertEquals(bench.told(), ["a completed"]);
  assertEquals(
    bench.platform.stderr.text,
    "warning: Cannot wait for the command of --on-change: it takes too long\n" +
      "warning: 1 change was not passed on to the command of --on-change\n",
  );
});

Deno.test("while the terminal is drawn on, output waits for the end, within measure", async () => {
  const bench = new Bench("held");
  bench.processes.onSpawn = (child) => {
    child.stdout!.write("hello\n");
    child.stderr!.write("x".repeat(100_000));
    child.exit(1);
  };
  bench.look(running);
  bench.look(done);
  await settled();
  await settled();
  assertEquals(bench.platform.stderr.text, "");
  await bench.onChange.close();
  const { text } = bench.platform.stderr;
  assert(text.startsWith("hello\nxxx"), text.slice(0, 20));
  assert(text.length < 70_000);
  assert(text.includes("exit code 1"));
});

Deno.test("what a command leaves behind does not hold the next one up", async () => {
  const bench = new Bench("held");
  bench.look(running);
  bench.look(done);
  bench.look(running);
  await settled();
  const [child] = bench.processes.children;
  // A process in the background still has the pipes.
  child!.stdout!.end = () => {};
  child!.stderr!.end = () => {};
  child!.exit(0);
  await bench.platform.time.advance(1_000);
  await settled();
  assertEquals(bench.told(), ["a completed", "a running"]);
  assertEquals(child!.stdout!.isClosed, true);
  bench.processes.children[1]!.exit(0);
  await bench.onChange.close();
});

Deno.test("the first signal is a wish, the second is the system's", () => {
  const platform = new FakePlatform();
  const interruption = new Interruption(platform, null);
  assertEquals(interruption.signal.aborted, false);
  platform.signal("SIGTERM");
  assertEquals(interruption.signal.aborted, true);
  assertEquals(interruption.exitReason, { kind: "signal", exitCode: 143 });
  assertEquals(platform.signal("SIGTERM"), false);
  assertEquals(platform.signal("SIGINT"), false);
});

Deno.test("a signal that was ignored when we were started stays so", () => {
  const platform = new FakePlatform();
  const processes = new FakeProcesses();
  processes.ignored.add("SIGHUP");
  const interruption = new Interruption(platform, processes);
  assertEquals(platform.signal("SIGHUP"), false);
  interruption.close();
  assertEquals(platform.signal("SIGINT"), false);
  assertEquals(interruption.exitReason, null);
});
