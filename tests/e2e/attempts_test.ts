/** Beginning again, fences between attempts, and `start --export`. */
import { assertEquals, assertMatch } from "@std/assert";
import {
  foreignStatus,
  Place,
  placeTest,
  type Result,
} from "../support/program.ts";

function assertRefused(result: Result, why: RegExp) {
  assertEquals(result.code, 1, JSON.stringify(result));
  assertEquals(result.stdout, "");
  assertMatch(result.stderr, /^error: Cannot [^\n]*\n$/);
  assertMatch(result.stderr, why);
}

Deno.test("a second start is refused and says what is there", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  await place.ok("heartbeat", "-s", "a", "--pct", "40");
  assertRefused(await place.run("start", "-s", "a"), /running since .* 40 %/);
  assertRefused(await place.run("start", "-s", "a", "--restart"), /--force/);
  await place.ok("complete", "-s", "a");
  assertRefused(
    await place.run("start", "-s", "a"),
    /it has completed at .*--restart/,
  );
  assertEquals(place.status("default", "a").ptrack.attempt, 1);
});

Deno.test("--restart begins an ended session anew, without stale markers", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a", "First");
  await place.ok("fail", "-s", "a", "Boom");
  await place.ok("start", "-s", "a", "Second", "--restart");
  const status = place.status("default", "a");
  assertEquals(status.state, "running");
  assertEquals(status.task_description, "Second");
  assertEquals([status.errors, status.message, status.completed_at], [
    [],
    "",
    null,
  ]);
  assertEquals(status.ptrack.attempt, 2);
  assertEquals(place.names("default", "a"), ["log.jsonl", "status.json"]);
});

Deno.test("--force replaces a live session", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  await place.ok("start", "-s", "a", "--force");
  assertEquals(place.status("default", "a").ptrack.attempt, 2);
});

Deno.test("--restart takes a session that has timed out", async () => {
  await using place = new Place();
  const long = "2026-02-13T10:00:00+00:00";
  place.write("default", "a", {
    "status.json": foreignStatus("default", "a", {
      started_at: long,
      last_heartbeat: long,
    }),
  });
  assertRefused(await place.run("start", "-s", "a"), /timed out.*--restart/);
  await place.ok("start", "-s", "a", "--restart");
  const { state, ptrack } = place.status("default", "a");
  assertEquals([state, ptrack.attempt], ["running", 2]);
});

Deno.test("a hung first attempt that wakes up cannot end the second", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  await place.ok("start", "-s", "a", "--force");
  const env = { PTRACK_SESSION: "a", PTRACK_ATTEMPT: "1" };
  for (
    const args of [["heartbeat"], ["error", "x"], ["complete"], ["fail", "x"]]
  ) {
    assertRefused(
      await place.runWith({ env }, ...args),
      /attempt 1 was superseded by 2$/m,
    );
  }
  const { state, errors } = place.status("default", "a");
  assertEquals([state, errors], ["running", []]);
  assertEquals(place.names("default", "a"), ["log.jsonl", "status.json"]);
  const second = { ...env, PTRACK_ATTEMPT: "2" };
  assertEquals((await place.runWith({ env: second }, "complete")).code, 0);
});

Deno.test("the environment's attempt says nothing of another session", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  await place.ok("start", "-s", "b");
  await place.ok("start", "-s", "b", "--force");
  const env = { PTRACK_SESSION: "a", PTRACK_ATTEMPT: "1" };
  assertEquals((await place.runWith({ env }, "heartbeat", "-s", "b")).code, 0);
});

Deno.test("fail after complete is refused and leaves one marker", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  await place.ok("complete", "-s", "a");
  const before = place.status("default", "a");
  assertRefused(await place.run("fail", "-s", "a", "x"), /has completed/);
  assertRefused(await place.run("heartbeat", "-s", "a"), /has completed/);
  assertRefused(await place.run("complete", "-s", "a"), /has completed/);
  assertEquals(place.status("default", "a"), before);
  assertEquals(place.names("default", "a"), [
    "COMPLETED",
    "log.jsonl",
    "status.json",
  ]);
});

Deno.test("a refused writer puts wrong markers right", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  await place.ok("complete", "-s", "a");
  const directory = place.directory("default", "a");
  Deno.removeSync(`${directory}/COMPLETED`);
  Deno.writeTextFileSync(`${directory}/FAILED`, "{}");
  await place.run("heartbeat", "-s", "a");
  assertEquals(place.names("default", "a"), [
    "COMPLETED",
    "log.jsonl",
    "status.json",
  ]);
});

Deno.test("complete --verify refuses missing, empty and old outputs", async () => {
  await using place = new Place();
  const at = (name: string) => `${place.path}/${name}`;
  Deno.writeTextFileSync(at("old"), "text");
  Deno.utimeSync(at("old"), 1_700_000_000, 1_700_000_000);
  await place.ok("start", "-s", "a");
  Deno.writeTextFileSync(at("empty"), "");
  Deno.writeTextFileSync(at("good"), "text");
  const complete = (...outputs: string[]) =>
    place.run(
      ...["complete", "-s", "a", "--verify"],
      ...outputs.flatMap((output) => ["--output", output]),
    );
  assertRefused(await complete(), /nothing to verify/);
  assertRefused(await complete("good", "gone"), /"gone" does not exist/);
  assertRefused(await complete("empty"), /"empty" is empty/);
  assertRefused(await complete("old"), /"old" is older than the attempt/);
  assertEquals(place.status("default", "a").state, "running");
  assertEquals((await complete("good")).code, 0);
  assertEquals(place.status("default", "a").output_files, ["good"]);
});

Deno.test("eval of start --export makes later calls know the session", async () => {
  await using place = new Place();
  const result = await place.shell(`
    set -e
    eval "$(ptrack start --export -w 'adrs' "It's \\$HOME")"
    ptrack heartbeat --pct 10
    ptrack complete -m done
    printf '%s %s %s' "$PTRACK_WORKSPACE" "$PTRACK_SESSION" "$PTRACK_ATTEMPT"
  `);
  assertEquals([result.code, result.stderr], [0, ""]);
  const [workspace, session, attempt] = result.stdout.split(" ");
  assertEquals([workspace, attempt], ["adrs", "1"]);
  const status = place.status("adrs", session!);
  assertEquals(status.state, "completed");
  assertEquals(status.task_description, "It's $HOME");
});

Deno.test("start --export begins a new session, whatever the environment says", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "outer");
  const env = { PTRACK_SESSION: "outer", PTRACK_ATTEMPT: "1" };
  const { code, stdout } = await place.runWith(
    { env },
    "start",
    "--export",
    "x",
  );
  assertEquals(code, 0);
  assertMatch(stdout, /^export [^\n]*PTRACK_SESSION=x-\w+ [^\n]*\n$/);
});

Deno.test("a refused start --export makes eval fail", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  for (
    const command of [
      "ptrack start --export -s a",
      "ptrack start --export -s ../x",
      "ptrack start --export --nonsense",
    ]
  ) {
    const script = `eval "$(${command})" && echo went on`;
    const result = await place.shell(script);
    assertEquals([result.code, result.stdout], [1, ""], command);
    assertMatch(result.stderr, /^error: [^\n]*\n$/);
  }
});

Deno.test("best effort turns refusals of reports into warnings", async () => {
  await using place = new Place();
  const env = { PTRACK_BEST_EFFORT: "1" };
  await place.ok("start", "-s", "a");
  await place.ok("complete", "-s", "a");
  for (
    const args of [
      ["heartbeat", "-s", "a"],
      ["error", "-s", "a", "x"],
      ["fail", "-s", "a", "x"],
      ["complete", "-s", "a"],
      ["waiting", "-s", "gone", "x"],
    ]
  ) {
    const result = await place.runWith({ env }, ...args);
    assertEquals([result.code, result.stdout], [0, ""], args.join(" "));
    assertMatch(result.stderr, /^warning: Cannot [^\n]*\n$/);
  }
});

Deno.test("best effort forgives no start, no verify and no usage", async () => {
  await using place = new Place();
  const env = { PTRACK_BEST_EFFORT: "1" };
  await place.ok("start", "-s", "a");
  const run = async (...args: string[]) =>
    (await place.runWith({ env }, ...args)).code;
  assertEquals(await run("start", "-s", "a"), 1);
  assertEquals(
    await run("complete", "-s", "a", "--verify", "--output", "x"),
    1,
  );
  assertEquals(await run("heartbeat", "-s", "a", "--pct", "x"), 2);
  assertEquals(await run("heartbeat", "-s", "a", "--nonsense"), 2);
  assertEquals(await run("monitor", "-w", "nowhere"), 3);
});

placeTest("a heartbeat leaves the numbers of a foreign status as they are", [
  "exact numbers",
], async (place) => {
  const foreign = JSON.stringify(foreignStatus("default", "a", {
    metadata: { run: 0, version: 1 },
    theirs: { ratio: 2 },
  })).replace(/"run": ?0/, '"run": 12345678901234567890')
    .replace(/"version": ?1/, '"version": 1.10')
    .replace(/"ratio": ?2/, '"ratio": 1e5');
  place.write("default", "a", { "status.json": foreign });
  await place.ok("heartbeat", "-s", "a", "--pct", "40", "--meta", "mine=7");
  const text = Deno.readTextFileSync(
    place.at(".parallel/default/a/status.json"),
  );
  const { stdout } = await place.run("monitor", "--json", "-w", "default");
  for (const json of [text, stdout]) {
    assertMatch(json, /"run": 12345678901234567890,\s+"version": 1\.10,/);
    assertMatch(json, /"mine": 7\b/);
    assertMatch(json, /"ratio": 1e5\s/);
  }
});
