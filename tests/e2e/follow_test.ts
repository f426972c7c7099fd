/** The stream of changes: a snapshot, then a line a change and nothing else. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { eventually, Place } from "../support/program.ts";

const on = (session: string) => ["-w", "w", "-s", session];

Deno.test("follow prints the dashboard, then one line a change, and ends by itself", async () => {
  await using place = new Place();
  await place.ok("start", ...on("a"));
  await place.ok("start", ...on("b"));
  const follow = place.spawn({}, "monitor", "follow", "-w", "w");
  await eventually(() => follow.stdout.includes("Polled at"));
  await place.ok("heartbeat", ...on("a"), "--pct", "50", "-m", "Half");
  await place.ok("waiting", ...on("a"), "Which\x1b[31m one?");
  await eventually(() => follow.stdout.includes("Which"));
  await place.ok("fail", ...on("b"), "Boom");
  await eventually(() => follow.stdout.includes("Boom"));
  await place.ok("complete", ...on("a"), "-m", "Done");
  const { code, stdout, stderr } = await follow.result;
  assertEquals([code, stderr], [1, ""]);
  const [snapshot, changes] = stdout.split(/Polled at: .*\n\n/);
  assertMatch(snapshot!, /Parallel Session Dashboard: w/);
  const lines = changes!.trimEnd().split("\n").map((line) => line.slice(9));
  assertEquals(lines, [
    "a waiting: Which␛[31m one?",
    "b failed: Boom",
    "a completed: Done",
  ]);
});

Deno.test("follow --json prints the summary, then one object a change", async () => {
  await using place = new Place();
  await place.ok("start", ...on("a"));
  const follow = place.spawn({}, "monitor", "follow", "-w", "w", "--json");
  await eventually(() => follow.stdout.includes("\n"));
  await place.ok("heartbeat", ...on("a"), "--pct", "50");
  await place.ok("complete", ...on("a"), "-m", "Done");
  const { code, stdout } = await follow.result;
  assertEquals(code, 0);
  const [first, ...rest] = stdout.trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  assertEquals([first.type, first.running], ["summary", 1]);
  assertEquals(
    rest.map(({ type, session_id, from, to }) => [type, session_id, from, to]),
    [["transition", "a", "running", "completed"]],
  );
});

Deno.test("follow prints only the snapshot if all sessions are done", async () => {
  await using place = new Place();
  await place.ok("start", ...on("a"));
  await place.ok("complete", ...on("a"));
  const { code, stdout } = await place.run("monitor", "follow", "-w", "w");
  assertEquals(code, 0);
  assertMatch(stdout, /Polled at: .*\n\n$/);
});

Deno.test("follow waits for a workspace, and --forever goes on", async () => {
  await using place = new Place();
  const follow = place.spawn({}, "monitor", "follow", "--forever");
  await eventually(() => follow.stderr.includes("Waiting for a workspace"));
  await place.ok("start", ...on("a"));
  await eventually(() => follow.stdout.includes("Polled at"));
  await place.ok("complete", ...on("a"));
  await eventually(() => follow.stdout.includes("a completed"));
  await place.ok("start", ...on("b"));
  await eventually(() => follow.stdout.includes("b running"));
  follow.kill("SIGINT");
  const { signal, code } = await follow.result;
  assert(signal === "SIGINT" || code === 130);
});

Deno.test("wait, watch and follow print the same lines for the same changes", async () => {
  await using place = new Place();
  await place.ok("start", ...on("a"));
  const views = ["wait", "watch", "follow"].map((view) =>
    place.spawn({}, "monitor", view, "-w", "w", "--json")
  );
  for (const view of views) await eventually(() => view.stdout !== "");
  await place.ok("waiting", ...on("a"), "Which?");
  for (const view of views) {
    await eventually(() => view.stdout.includes("Which?"));
  }
  await place.ok("complete", ...on("a"), "-m", "Done");
  const told = [];
  for (const view of views) {
    const { stdout } = await view.result;
    told.push(
      stdout.trimEnd().split("\n").map((line) => JSON.parse(line))
        .filter(({ type, from }) => type === "transition" && from !== null)
        .map(({ at: _, ...rest }) => rest),
    );
  }
  assertEquals(told[0]!.length, 2);
  assertEquals(told[1], told[0]);
  assertEquals(told[2], told[0]);
});
