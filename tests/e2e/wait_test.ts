/** Waiting: what ends it, with which exit code, and what it prints. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  eventually,
  foreignStatus,
  Place,
  type Running,
} from "../support/program.ts";

/** Starts a wait and returns once it watches: no change can be missed now. */
async function waiting(place: Place, ...args: string[]): Promise<Running> {
  const running = place.spawn({}, "monitor", "wait", ...args);
  await eventually(() => isWatching(running.pid));
  return running;
}

/** Whether a process has open what file events come from. */
function isWatching(pid: number): boolean {
  if (Deno.build.os !== "linux") return true;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/fdinfo`)) {
    try {
      const info = Deno.readTextFileSync(`/proc/${pid}/fdinfo/${name}`);
      if (info.includes("inotify wd:")) return true;
    } catch {
      // Closed meanwhile.
    }
  }
  return false;
}

const OLD = {
  state: "completed",
  started_at: "2026-02-13T10:00:00+00:00",
  last_heartbeat: "2026-02-13T10:00:00+00:00",
  completed_at: "2026-02-13T11:00:00+00:00",
};

function writeOld(place: Place, ...ids: string[]) {
  for (const id of ids) {
    place.write("w", id, { "status.json": foreignStatus("w", id, OLD) });
  }
}

Deno.test("a wait ends with 0 when all have completed, with 1 when one failed", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a");
  await place.ok("start", "-w", "w", "-s", "b");
  const wait = await waiting(place, "-w", "w");
  await place.ok("complete", "-w", "w", "-s", "a", "-m", "Written");
  await eventually(() => wait.stdout.includes("Written"));
  await place.ok("complete", "-w", "w", "-s", "b");
  assertEquals((await wait.result).code, 0);
  await place.ok("start", "-w", "w", "-s", "c");
  await place.ok("fail", "-w", "w", "-s", "c", "Boom");
  assertEquals((await place.run("monitor", "-w", "w", "--wait")).code, 1);
});

Deno.test("a wait that runs out of time exits 124 and never says success", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a");
  await place.ok("start", "-w", "w", "-s", "b");
  await place.ok("complete", "-w", "w", "-s", "b");
  for (const timeout of ["0.001", "0.1s"]) {
    const args = ["monitor", "-w", "w", "--wait", "--timeout", timeout];
    const { code, stdout, stderr } = await place.run(...args);
    assertEquals(code, 124);
    assert(!/success|all .*(done|completed)/i.test(stdout + stderr));
    assertMatch(stdout + stderr, /time|not (all )?(done|ended)/i);
  }
});

Deno.test("a wait does not end before a session that has not started yet", async () => {
  await using place = new Place();
  const one = await waiting(place, "-w", "w", "--expect", "2");
  const two = await waiting(place, "-w", "w", "--expect", "a,b");
  await place.ok("start", "-w", "w", "-s", "a");
  await place.ok("complete", "-w", "w", "-s", "a", "-m", "First");
  await eventually(() => one.stdout.includes("First"));
  await eventually(() => two.stdout.includes("First"));
  await place.ok("start", "-w", "w", "-s", "b");
  await place.ok("complete", "-w", "w", "-s", "b");
  assertEquals((await one.result).code, 0);
  assertEquals((await two.result).code, 0);
});

Deno.test("an expected session that never comes is a timeout, not a success", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a");
  await place.ok("complete", "-w", "w", "-s", "a");
  for (const expect of ["2", "a,b"]) {
    const args = ["-w", "w", "--expect", expect, "--timeout", "0.1s"];
    const { code } = await place.run("monitor", "wait", ...args);
    assertEquals(code, 124, expect);
  }
});

Deno.test("a wait with nothing there and nothing expected exits 3 at once", async () => {
  await using place = new Place();
  assertEquals((await place.run("monitor", "wait", "-w", "w")).code, 3);
  await Deno.mkdir(place.directory("empty"));
  assertEquals((await place.run("monitor", "wait", "-w", "empty")).code, 3);
  await place.ok("start", "-w", "w", "-s", "a");
  const args = ["monitor", "wait", "-w", "w", "-s", "gone"];
  assertEquals((await place.run(...args)).code, 3);
});

Deno.test("a wait may begin before there is a workspace, even before .parallel", async () => {
  await using place = new Place();
  await Deno.remove(`${place.path}/.parallel`);
  await Deno.mkdir(`${place.path}/.git`);
  const wait = await waiting(place, "-w", "w", "--expect", "1");
  await place.ok("start", "-w", "w", "-s", "a");
  await place.ok("complete", "-w", "w", "-s", "a");
  assertEquals((await wait.result).code, 0);
});

Deno.test("--any ends with the first one, --except leaves some out", async () => {
  await using place = new Place();
  for (const id of ["a", "b", "c"]) {
    await place.ok("start", "-w", "w", "-s", id);
  }
  await place.ok("complete", "-w", "w", "-s", "a");
  const first = await place.run("monitor", "wait", "-w", "w", "--any");
  assertEquals(first.code, 0);
  const wait = await waiting(place, "-w", "w", "--any", "--except", "a");
  await place.ok("fail", "-w", "w", "-s", "b", "Boom");
  assertEquals((await wait.result).code, 1);
  const rest = ["monitor", "wait", "-w", "w", "--except", "b,c"];
  assertEquals((await place.run(...rest)).code, 0);
});

Deno.test("--first-failure leaves at the first failure, others still running", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a");
  await place.ok("start", "-w", "w", "-s", "b");
  const wait = await waiting(place, "-w", "w", "--first-failure");
  await place.ok("fail", "-w", "w", "-s", "b", "Boom");
  const { code, stdout } = await wait.result;
  assertEquals(code, 1);
  assertMatch(stdout, /Boom/);
});

Deno.test("--until-waiting leaves with 5 when a session asks", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a");
  const wait = await waiting(place, "-w", "w", "--until-waiting");
  await place.ok("waiting", "-w", "w", "-s", "a", "Which database?");
  const { code, stdout } = await wait.result;
  assertEquals(code, 5);
  assertMatch(stdout, /Which database\?/);
});

Deno.test("a session that vanishes before its end is a failure", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a");
  const wait = await waiting(place, "-w", "w");
  // Only what was seen can vanish.
  await eventually(() => wait.stdout.includes("a running"));
  await Deno.remove(place.directory("w", "a"), { recursive: true });
  assertEquals((await wait.result).code, 1);
});

Deno.test("a wait leaves out the session that it runs in, unless named", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "me");
  await place.ok("start", "-w", "w", "-s", "a");
  await place.ok("complete", "-w", "w", "-s", "a");
  const env = { PTRACK_WORKSPACE: "w", PTRACK_SESSION: "me" };
  const plain = await place.runWith({ env }, "monitor", "wait");
  assertEquals(plain.code, 0);
  const named = ["monitor", "wait", "-s", "me", "--timeout", "0.1s"];
  assertEquals((await place.runWith({ env }, ...named)).code, 124);
  const elsewhere = { PTRACK_WORKSPACE: "other", PTRACK_SESSION: "me" };
  const other = ["monitor", "wait", "-w", "w", "--timeout", "0.1s"];
  assertEquals((await place.runWith({ env: elsewhere }, ...other)).code, 124);
});

Deno.test("yesterday's ended sessions do not satisfy today's wait", async () => {
  await using place = new Place();
  writeOld(place, "a", "b");
  for (
    const args of [["--batch", "today"], ["--since", "1h"], [
      "--since",
      "2026-03-01",
    ]]
  ) {
    const wait = ["monitor", "wait", "-w", "w", ...args];
    assertEquals((await place.run(...wait)).code, 3, args.join(" "));
    const expecting = [...wait, "--expect", "2", "--timeout", "0.1s"];
    assertEquals((await place.run(...expecting)).code, 124, args.join(" "));
  }
  const wait = await waiting(
    place,
    "-w",
    "w",
    "--expect",
    "1",
    "--batch",
    "today",
  );
  await place.ok("start", "-w", "w", "-s", "c", "--batch", "today");
  await place.ok("complete", "-w", "w", "-s", "c");
  assertEquals((await wait.result).code, 0);
});

Deno.test("an unreadable session makes a wait fail", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a");
  await place.ok("complete", "-w", "w", "-s", "a");
  place.write("w", "torn", { "status.json": "{" });
  assertEquals((await place.run("monitor", "wait", "-w", "w")).code, 1);
});

Deno.test("without a terminal a wait prints transitions and the final dashboard, no more", async () => {
  await using place = new Place();
  const on = ["-w", "w", "-s", "a"];
  await place.ok("start", ...on);
  const wait = await waiting(place, "-w", "w");
  const script =
    "for i in {1..30}; do ptrack heartbeat -w w -s a --pct $i; done";
  assertEquals((await place.shell(script)).code, 0);
  await place.ok("complete", ...on, "-m", "Written");
  const { code, stdout, stderr } = await wait.result;
  assertEquals([code, stderr], [0, ""]);
  const [transitions, dashboard] = stdout.split(
    /\n(?= {2}Parallel Session)/,
  );
  assertMatch(dashboard!, /\[\+\] a .*100% \| Written\n/);
  const lines = transitions!.split("\n").filter((line) => line !== "");
  assert(lines.length <= 3, stdout);
  assert(stdout.length < 1500, stdout);
});

Deno.test("--quiet prints nothing, the exit code says it", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a");
  const wait = await waiting(place, "-w", "w", "--quiet");
  await place.ok("fail", "-w", "w", "-s", "a", "Boom");
  const { code, stdout, stderr } = await wait.result;
  assertEquals([code, stdout, stderr], [1, "", ""]);
});

Deno.test("wait --json prints one object a line", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a");
  const wait = await waiting(place, "-w", "w", "--json");
  await place.ok("complete", "-w", "w", "-s", "a");
  const { code, stdout } = await wait.result;
  assertEquals(code, 0);
  const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert(lines.length > 0);
  assert(lines.every((line) => typeof line === "object" && line !== null));
  assertMatch(stdout, /"completed"/);
});

Deno.test("wait takes the only workspace there is, else names them and exits 2", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "one", "-s", "a");
  await place.ok("complete", "-w", "one", "-s", "a");
  assertEquals((await place.run("monitor", "wait")).code, 0);
  await place.ok("start", "-w", "two", "-s", "b");
  for (const view of ["wait", "watch"]) {
    const { code, stderr } = await place.run("monitor", view);
    assertEquals(code, 2);
    assertMatch(stderr, /^error: [^\n]*one[^\n]*two[^\n]*\n$/);
  }
});

Deno.test("a wait sees a heartbeat timeout without any file event", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a");
  const args = ["-w", "w", "--heartbeat-timeout", "0.2s", "--timeout", "1"];
  const { code, stdout } = await place.run("monitor", "wait", ...args);
  assertEquals(code, 1);
  assertMatch(stdout, /\[!\] a /);
});

Deno.test("a wait ended by Ctrl-C is no success", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a");
  const wait = await waiting(place, "-w", "w");
  wait.kill("SIGINT");
  const { code } = await wait.result;
  assertEquals(code, 130);
});

Deno.test("a wait whose reader has closed the output is no success", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a");
  await place.ok("start", "-w", "w", "-s", "b");
  // The wait learns of it at its next line: b is not done then.
  const { stdout, stderr } = await place.shell(`
    { ptrack monitor wait -w w --timeout 1 --report junit=r.xml; echo $? > code
    } | { read -r line; exec <&-; ptrack complete -w w -s a; }
    cat code`);
  assertEquals(stdout, "4\n");
  assertMatch(stderr, /^error: [^\n]*the reader[^\n]*\n$/);
  const report = Deno.readTextFileSync(place.at("r.xml"));
  assertMatch(report, /name="b"[^>]*>\s*<error type="not finished"/);
});
