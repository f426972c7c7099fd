/** --on-change without processes: order, limits and warnings. */
import { assert, assertEquals } from "@std/assert";
import { openProcesses } from "../../lib/process/processes.ts";
import { OnChange } from "../../lib/watch/on_change.ts";
import type { SessionView } from "../../lib/session/types.ts";
import { FakePlatform, settled } from "../support/fake_platform.ts";
import { snapshotOf, viewOf } from "../support/session_views.ts";

class Bench {
  readonly platform = new FakePlatform();
  readonly processes = this.platform.systemCalls;
  readonly onChange: OnChange;

  constructor(output: "straight" | "held" = "straight") {
    this.onChange = new OnChange(this.platform, {
      processes: openProcesses(this.platform),
      command: "notify",
      environment: { PTRACK_DIR: "/desk/.parallel" },
      output,
    });
  }

  take(...views: SessionView[]): void {
    this.onChange.take(snapshotOf(views));
  }

  /** What the commands were told, such as `a running`. */
  told(): string[] {
    return this.processes.children.map(({ env }) =>
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

Deno.test("the first snapshot is no change; later differences are", async () => {
  const bench = new Bench();
  bench.endEach(0);
  bench.take(running);
  bench.take(running);
  await settled();
  assertEquals(bench.told(), []);
  bench.take(done);
  bench.take();
  await bench.onChange.close();
  assertEquals(bench.told(), ["a completed", "a vanished"]);
  assertEquals(bench.platform.stderr.text, "");
});

Deno.test("sessions that appear after an empty snapshot are changes", async () => {
  const bench = new Bench();
  bench.endEach(0);
  bench.onChange.take(null);
  bench.take(running);
  await bench.onChange.close();
  assertEquals(bench.told(), ["a running"]);
  const { env } = bench.processes.children[0]!;
  assertEquals(env["PTRACK_PREVIOUS"], "");
});

Deno.test("a command gets variables, and no text of a session in its command line", async () => {
  const bench = new Bench();
  bench.endEach(0);
  bench.take(running);
  bench.take(failed("FAILED: $(rm -rf /)\n\x1b[31m`id`\x00"));
  await bench.onChange.close();
  const { env, request: { command, output } } = bench.processes.children[0]!;
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

Deno.test("commands run one at a time, in order, and the monitor does not wait", async () => {
  const bench = new Bench();
  bench.take(running);
  bench.take(done);
  bench.take(running);
  bench.take(failed("no"));
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

Deno.test("when more than a thousand changes wait, the oldest are dropped with a warning", async () => {
  const bench = new Bench();
  bench.take();
  const views = Array.from(
    { length: 1_500 },
    (_, index) => viewOf(`s${index}`),
  );
  bench.take(...views);
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

Deno.test("a command that fails is one warning, and the next change runs it again", async () => {
  const bench = new Bench();
  bench.endEach(3);
  bench.take(running);
  bench.take(done);
  bench.take(running);
  await bench.onChange.close();
  assertEquals(bench.told().length, 2);
  const warning = "warning: The command of --on-change failed: ";
  assertEquals(bench.platform.stderr.text, `${warning}exit code 3\n`);

  const broken = new Bench();
  broken.processes.failure = Object.assign(new Error("no"), { code: "ENOENT" });
  broken.take(running);
  broken.take(done);
  await broken.onChange.close();
  assertEquals(
    broken.platform.stderr.text,
    `${warning}no such file or directory\n`,
  );
});

Deno.test("closing waits ten seconds, then ends a command that hangs", async () => {
  const bench = new Bench();
  bench.take(running);
  bench.take(done);
  bench.take(running);
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

Deno.test("while the terminal is drawn on, output is held for the end, up to a limit", async () => {
  const bench = new Bench("held");
  bench.processes.onSpawn = (child) => {
    child.stdout!.write("hello\n");
    child.stderr!.write("x".repeat(100_000));
    child.exit(1);
  };
  bench.take(running);
  bench.take(done);
  await settled();
  await settled();
  assertEquals(bench.platform.stderr.text, "");
  await bench.onChange.close();
  const { text } = bench.platform.stderr;
  assert(text.startsWith("hello\nxxx"), text.slice(0, 20));
  assert(text.length < 70_000);
  assert(text.includes("exit code 1"));
});

Deno.test("a process that a command leaves behind does not delay the next command", async () => {
  const bench = new Bench("held");
  bench.take(running);
  bench.take(done);
  bench.take(running);
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

Deno.test("a message is told without controls and overrides of direction, the directory as it is", async () => {
  const bench = new Bench();
  bench.endEach(0);
  bench.take(running);
  bench.take(failed("<a>&\u202eabc\u2066\x9b2J\u200f\nend"));
  await bench.onChange.close();
  const { env } = bench.processes.children[0]!;
  assertEquals(env["PTRACK_MESSAGE"], "<a>&abc2J end");
  assertEquals(env["PTRACK_DIR"], "/desk/.parallel");
});
