/** --on-change: what a command is told, and that it is never in the way. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { existsSync } from "@std/fs";
import { eventually, Place } from "../support/program.ts";

const on = (session: string) => ["-w", "w", "-s", session];

const TELL =
  'printf "%s|" "$PTRACK_EVENT" "$PTRACK_PREVIOUS" "$PTRACK_SESSION" ' +
  '"$PTRACK_WORKSPACE" "$PTRACK_PROGRESS" "$PTRACK_MESSAGE" "$PTRACK_DIR" ' +
  ">> told; echo >> told";

const told = (place: Place) =>
  existsSync(place.at("told"))
    ? Deno.readTextFileSync(place.at("told")).trimEnd().split("\n")
    : [];

Deno.test("a command is told of each change, in order, by its environment", async () => {
  await using place = new Place();
  await place.ok("start", ...on("a"));
  const args = ["monitor", "follow", "-w", "w", "--on-change", TELL];
  const follow = place.spawn({ env: { PTRACK_ATTEMPT: "7" } }, ...args);
  await eventually(() => follow.stdout.includes("Polled at"));
  await place.ok("waiting", ...on("a"), "$(touch pwned) `touch pwned`\n'x'");
  await eventually(() => told(place).length === 1);
  await place.ok("heartbeat", ...on("a"), "--pct", "40", "-m", "Half");
  await eventually(() => told(place).length === 2);
  await place.ok("complete", ...on("a"), "-m", "Done");
  assertEquals((await follow.result).code, 0);
  const directory = `${place.path}/.parallel`;
  assertEquals(told(place), [
    `waiting|running|a|w|0|$(touch pwned) \`touch pwned\` 'x'|${directory}|`,
    `running|waiting|a|w|40|Half|${directory}|`,
    `completed|running|a|w|100|Done|${directory}|`,
  ]);
  assertEquals(existsSync(place.at("pwned")), false);
});

Deno.test("output goes to standard error, input is empty, failure is said once", async () => {
  await using place = new Place();
  await place.ok("start", ...on("a"));
  await place.ok("start", ...on("b"));
  const command = "echo out; cat; echo err >&2; exit 3";
  const wait = place.spawn(
    {},
    "monitor",
    "wait",
    "-w",
    "w",
    "--on-change",
    command,
  );
  await eventually(() => wait.stdout.includes("b running"));
  await place.ok("complete", ...on("a"));
  await eventually(() => wait.stdout.includes("a completed"));
  await place.ok("complete", ...on("b"));
  const { code, stdout, stderr } = await wait.result;
  assertEquals(code, 0);
  assert(!stdout.includes("out\n"), stdout);
  assertEquals(stderr.match(/^out$/gm)?.length, 2);
  assertEquals(stderr.match(/^err$/gm)?.length, 2);
  assertEquals(stderr.match(/warning: /g)?.length, 1);
  assertMatch(stderr, /failed: exit code 3/);
});

Deno.test("a command that takes its time does not hold the stream up", async () => {
  await using place = new Place();
  await place.ok("start", ...on("a"));
  const command = "while [ ! -e go ]; do sleep 0.02; done; echo x >> told";
  const args = ["monitor", "watch", "-w", "w", "--on-change", command];
  const watch = place.spawn({}, ...args);
  await eventually(() => watch.stdout.includes("a running"));
  await place.ok("waiting", ...on("a"), "One");
  await eventually(() => watch.stdout.includes("One"));
  await place.ok("heartbeat", ...on("a"));
  await place.ok("complete", ...on("a"), "-m", "Last");
  await eventually(() => watch.stdout.includes("Last"));
  assertEquals(told(place), []);
  Deno.writeTextFileSync(place.at("go"), "");
  assertEquals((await watch.result).code, 0);
  assert(told(place).length >= 2);
});

Deno.test("on a signal the report comes first, then what was not told yet", async () => {
  await using place = new Place();
  await place.ok("start", ...on("a"));
  const wait = place.spawn(
    {},
    "monitor",
    "wait",
    "-w",
    "w",
    "--report",
    "json=r.json",
    "--on-change",
    "while [ ! -e go ]; do sleep 0.02; done; echo x >> told",
  );
  await eventually(() => wait.stdout.includes("a running"));
  await place.ok("waiting", ...on("a"), "Which?");
  await eventually(() => wait.stdout.includes("Which?"));
  wait.kill("SIGTERM");
  await eventually(() => existsSync(place.at("r.json")));
  Deno.writeTextFileSync(place.at("go"), "");
  const { code, signal } = await wait.result;
  assertEquals([code, signal], [143, null]);
  assertEquals(told(place), ["x"]);
});

Deno.test("--on-change is for views that see changes, and needs a command", async () => {
  await using place = new Place();
  for (const args of [["status"], ["log"], ["list"], ["report"]]) {
    const result = await place.run("monitor", ...args, "--on-change", "true");
    assertEquals(result.code, 2);
  }
  const empty = await place.run("monitor", "watch", "--on-change", " ");
  assertEquals(empty.code, 2);
});
