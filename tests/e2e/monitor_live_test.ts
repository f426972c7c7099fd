/** The log and the live views, and the seed's own command lines. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { eventually, Place } from "../support/program.ts";

Deno.test("log shows the last events, the newest last", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "adrs", "-s", "adr-01", "ADR-001");
  await place.ok(
    "heartbeat",
    "-w",
    "adrs",
    "-s",
    "adr-01",
    "--pct",
    "40",
    "-m",
    "Half",
  );
  const text = await place.ok("monitor", "-w", "adrs", "-s", "adr-01", "--log");
  const [head, rule, ...lines] = text.trim().split("\n");
  assertEquals(head, "Log for adrs/adr-01 (last 2 entries):");
  assertEquals(rule, "-".repeat(70));
  assertMatch(
    lines[0]!,
    /^ {2}\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\] started {6}state=running {4}pct= {2}0% \| \{"task": "ADR-001"/,
  );
  assertMatch(
    lines[1]!,
    /heartbeat {4}state=running {4}pct= 40% \| \{"message": "Half"/,
  );
  const env = { PTRACK_SESSION: "adr-01" };
  const args = ["monitor", "log", "-w", "adrs", "-n", "1"];
  const last = await place.runWith({ env }, ...args);
  assertMatch(last.stdout, /last 1 entries[^]*heartbeat/);
  assert(!last.stdout.includes("started"));
  const json = (await place.runWith({ env }, ...args, "--json")).stdout;
  assertEquals(
    JSON.parse(json.trim().split("\n").at(-1)!).details.message,
    "Half",
  );
});

Deno.test("log --follow shows what is added, as it comes", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  const args = ["monitor", "log", "-w", "default", "-s", "a", "--follow"];
  const following = place.spawn({}, ...args);
  await eventually(() => following.stdout.includes("started"));
  await place.ok("error", "-s", "a", "Boom");
  await eventually(() => following.stdout.includes("Boom"));
  following.kill("SIGINT");
  await following.result;
});

Deno.test("watch without a terminal prints one line a change and ends when all are done", async () => {
  await using place = new Place();
  const on = ["-w", "adrs", "-s", "adr-01"];
  await place.ok("start", ...on);
  const watching = place.spawn({}, "monitor", "-w", "adrs", "--watch");
  await eventually(() => watching.stdout.includes("adr-01"));
  await place.ok("heartbeat", ...on, "--pct", "60", "-m", "Drafting");
  await eventually(() => watching.stdout.includes("Drafting"));
  await place.ok("complete", ...on, "-m", "Written");
  const { code, stdout, stderr } = await watching.result;
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /Written/);
  assert(!stdout.includes("\x1b"));
});

Deno.test("watch ends with 1 when a session failed, and --forever goes on", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  await place.ok("fail", "-s", "a", "Boom");
  assertEquals((await place.run("monitor", "watch", "-w", "default")).code, 1);
  const staying = place.spawn(
    {},
    "monitor",
    "watch",
    "-w",
    "default",
    "--forever",
  );
  await eventually(() => staying.stdout.includes("a"));
  await place.ok("start", "-s", "late");
  await eventually(() => staying.stdout.includes("late"));
  staying.kill("SIGTERM");
  await staying.result;
});

Deno.test("every line of the seed's command reference works as written", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "adrs", "-s", "adr-01");
  await place.ok("complete", "-w", "adrs", "-s", "adr-01");
  for (
    const line of [
      "-w adrs",
      "--workspace adrs --watch",
      "-w adrs --watch",
      "-w adrs --watch --poll-interval 10",
      "-w adrs --wait --timeout 120",
      "-w adrs -s adr-01 --log",
      "-w adrs --json",
      "-w adrs --watch --heartbeat-timeout 600 --session-timeout 7200",
    ]
  ) {
    const { code, stdout, stderr } = await place.run(
      "monitor",
      ...line.split(" "),
    );
    assertEquals([code, stderr], [0, ""], line);
    assert(stdout.includes("adr-01"), line);
  }
});

Deno.test("watch and log --follow print one JSON object a line with --json", async () => {
  await using place = new Place();
  const on = ["-w", "w", "-s", "a"];
  await place.ok("start", ...on);
  const watching = place.spawn({}, "monitor", "watch", "-w", "w", "--json");
  const following = place.spawn(
    {},
    "monitor",
    "log",
    ...on,
    "--follow",
    "--json",
  );
  for (const running of [watching, following]) {
    await eventually(() => running.stdout.includes("\n"));
  }
  await place.ok("heartbeat", ...on, "-m", "Half way");
  await eventually(() => following.stdout.includes("Half way"));
  await place.ok("complete", ...on);
  assertEquals((await watching.result).code, 0);
  await eventually(() => following.stdout.includes('"completed"'));
  following.kill("SIGINT");
  await following.result;
  for (const { stdout } of [watching, following]) {
    for (const line of stdout.trimEnd().split("\n")) {
      assertEquals(typeof JSON.parse(line), "object");
    }
  }
});
