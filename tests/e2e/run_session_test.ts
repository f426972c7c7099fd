/**
 * The session that `run` keeps: its name, what the command is told of it, what
 * the command may say itself, and who is let in when it is alive already.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { existsSync } from "@std/fs";
import { hasBegun, textOf } from "../support/comparison.ts";
import { eventually, type Place, placeTest } from "../support/program.ts";

/** A test in a place of its own. */
function test(name: string, fn: (place: Place) => Promise<void>): void {
  placeTest(name, ["linux"], fn);
}

/** Goes on, within a command, when the test has made the file. */
const HOLD = "until test -e go; do sleep 0.01; done";

test("the command finds its session in the environment", async (place) => {
  const { stdout } = await place.shell(
    `mkdir sub; cd sub
    ptrack run -s a -w w -d 'What for' --every 7s -- env | grep ^PTRACK_ | sort`,
    {
      env: { PTRACK_BATCH: "night", PTRACK_SESSION: "x", PTRACK_ATTEMPT: "9" },
    },
  );
  assertEquals(stdout.trim().split("\n"), [
    "PTRACK_ATTEMPT=1",
    "PTRACK_BATCH=night",
    `PTRACK_DIR=${place.path}/.parallel`,
    "PTRACK_HEARTBEAT_EVERY=7",
    "PTRACK_SESSION=a",
    "PTRACK_WORKSPACE=w",
  ]);
  const status = place.status("w", "a");
  assertEquals([status.state, status.task_description, status.ptrack.batch], [
    "completed",
    "What for",
    "night",
  ]);
});

test("without -s each run is a session of its own, also inside another", async (place) => {
  const env = { PTRACK_SESSION: "outer" };
  const { code, stdout } = await place.shell(
    `p='echo $PTRACK_SESSION'
    ptrack run -- sh -c "$p" & ptrack run -- sh -c "$p" & wait
    ptrack run -- /bin/sh -c "ptrack run -- sh -c '$p'; $p"`,
    { env },
  );
  assertEquals(code, 0);
  const ids = stdout.trim().split("\n");
  assertEquals(place.names("default"), ids.toSorted());
  assertEquals(new Set(ids).size, 4);
  for (const id of ids) assertMatch(id, /^sh\b/);
});

test("a session is named after a command with any name", async (place) => {
  const names = ["a b", "-x", "ü", "CON", ".hidden", "x".repeat(200), "%"];
  for (const name of names) {
    Deno.writeTextFileSync(place.at(name), "#!/bin/sh\nexit 4\n", {
      mode: 0o755,
    });
    const { code, stderr } = await place.run("run", "--", `./${name}`);
    assertEquals([code, stderr], [4, ""], name);
  }
  assertEquals(place.names("default").length, names.length);
});

test("a heartbeat from inside refines what run reports", async (place) => {
  const running = place.spawnShell(
    `ptrack run -s a -- sh -c 'ptrack heartbeat --pct 50 -m half; ${HOLD}'`,
  );
  await eventually(() =>
    hasBegun(place) &&
    place.status("default", "a").progress_pct === 50
  );
  const { state, message } = place.status("default", "a");
  assertEquals([state, message], ["running", "half"]);
  Deno.writeTextFileSync(place.at("go"), "");
  assertEquals((await running.result).code, 0);
  const { state: ended, progress_pct } = place.status("default", "a");
  assertEquals([ended, progress_pct], ["completed", 100]);
});

for (const code of [0, 1]) {
  test(`complete from inside leaves the end to run: exit code ${code}`, async (place) => {
    const running = place.spawnShell(
      `ptrack run -s a -- sh -c 'echo x > made
        ptrack complete --output made -m "All done" && echo > said
        ${HOLD}; exit ${code}'`,
    );
    await eventually(() => existsSync(place.at("said")));
    const before = place.status("default", "a");
    assertEquals([before.state, before.progress_pct], ["running", 100]);
    assertEquals(before.output_files, ["made"]);
    assertEquals(place.names("default", "a"), ["log.jsonl", "status.json"]);
    Deno.writeTextFileSync(place.at("go"), "");
    assertEquals((await running.result).code, code);
    const after = place.status("default", "a");
    assertEquals(after.state, code === 0 ? "completed" : "failed");
    if (code === 0) assertEquals(after.message, "All done");
    assertEquals(after.output_files, ["made"]);
  });

  test(`fail from inside stands, and the exit code is the command's: ${code}`, async (place) => {
    const { code: ended, stderr } = await place.shell(
      `ptrack run -s a -- sh -c 'ptrack fail "No disk"; exit ${code}'`,
    );
    assertEquals([ended, stderr], [code, ""]);
    const { state, message } = place.status("default", "a");
    assertEquals([state, message], ["failed", "FAILED: No disk"]);
    const ends = place.log("default", "a").filter(({ event }) =>
      event === "failed" || event === "completed"
    );
    assertEquals(ends.length, 1);
  });
}

test("the heartbeats of run itself end no wait and are no progress", async (place) => {
  const running = place.spawnShell(
    `ptrack run -s a --every 0.2s -- sh -c 'ptrack waiting "Which?"; ${HOLD}'`,
  );
  const beats = () =>
    place.log("default", "a").filter(({ details }) => details.auto).length;
  await eventually(() =>
    hasBegun(place) &&
    place.status("default", "a").ptrack.waiting !== null
  );
  const { progress_at } = place.status("default", "a").ptrack;
  const soFar = beats();
  await eventually(() => beats() > soFar + 1);
  const { sessions: [seen] } = await place.summary("default");
  assertEquals(seen.verdict.waiting, true);
  assertEquals(seen.ptrack.progress_at, progress_at);
  assert(seen.last_heartbeat > seen.ptrack.waiting.since);
  Deno.writeTextFileSync(place.at("go"), "");
  assertEquals((await running.result).code, 0);
});

/** A name, and what makes it impossible to record anything. */
const UNTRACKED: [what: string, spoil: string, options: string][] = [
  ["the directory is a file", "echo > f", "--dir f"],
  ["the directory lies in a file", "echo > f", "--dir f/below"],
  ["the workspace is a file", "echo > .parallel/default", ""],
  ["the session is a link", "ln -s /tmp .parallel/default/a", "-s a"],
  ["the session is alive elsewhere", "ptrack start -s a", "-s a"],
];

for (const [what, spoil, options] of UNTRACKED) {
  test(`the command runs although ${what}: a warning, no more`, async (place) => {
    await place.shell(
      `mkdir -p sub; ${
        spoil.includes("/default/") ? "mkdir .parallel/default;" : ""
      } ${spoil}`,
    );
    const before = textOf(`${place.directory("default", "a")}/log.jsonl`);
    const script =
      `ptrack run ${options} -- sh -c 'echo o; echo e >&2; exit 3'`;
    const { code, stdout, stderr } = await place.shell(script);
    assertEquals([code, stdout], [3, "o\n"]);
    assertMatch(stderr, /^e\nptrack: [^\n]+\n$|^ptrack: [^\n]+\ne\n$/);
    const after = textOf(`${place.directory("default", "a")}/log.jsonl`);
    assertEquals(after, before);
  });
}

test("what becomes impossible to record on the way changes nothing", async (place) => {
  const { code, stdout, stderr } = await place.shell(
    `ptrack run -s a --every 0.05s -- sh -c '
      until grep -q auto .parallel/default/a/log.jsonl; do sleep 0.01; done
      rm -rf .parallel; echo > .parallel; sleep 0.3; echo o; exit 3'`,
  );
  assertEquals([code, stdout], [3, "o\n"]);
  assertMatch(stderr, /^(ptrack: [^\n]+\n){1,3}$/);
});

test("--exclusive refuses with 125 while the session is alive", async (place) => {
  const script = "ptrack run -s a --exclusive --";
  const running = place.spawnShell(
    `${script} sh -c 'echo > began; ${HOLD}; exit 1'`,
  );
  await eventually(() => existsSync(place.at("began")));
  const refused = await place.shell(`${script} sh -c 'echo > ran'`);
  assertEquals([refused.code, refused.stdout], [125, ""]);
  assertMatch(refused.stderr, /^error: Cannot [^\n]+\n$/);
  assertEquals(existsSync(place.at("ran")), false);
  assertEquals(place.status("default", "a").ptrack.attempt, 1);
  Deno.writeTextFileSync(place.at("go"), "");
  assertEquals((await running.result).code, 1);
  const again = await place.shell(`${script} sh -c 'echo > ran'`);
  assertEquals([again.code, again.stderr], [0, ""]);
  const { state, errors, ptrack } = place.status("default", "a");
  assertEquals([state, errors, ptrack.attempt], ["completed", [], 2]);
});

test("of many that are exclusive at once, one runs", async (place) => {
  const { stdout } = await place.shell(
    `for i in 1 2 3 4 5 6; do
      { ptrack run -s a --exclusive -- sh -c 'echo >> ran
        until test -s ended -a $(cat ended | wc -l) -ge 5; do sleep 0.01; done'
        echo $? | tee -a ended; } 2>/dev/null &
    done; wait`,
  );
  assertEquals(textOf(place.at("ran")), "\n");
  assertEquals(
    stdout.trim().split("\n").sort(),
    ["0", ..."12345"].map(
      (_, index) => index === 0 ? "0" : "125",
    ),
  );
});

test("run again under the same name begins another attempt", async (place) => {
  for (const [index, command] of ["false", "true", "true"].entries()) {
    const { stderr } = await place.run("run", "-s", "a", command);
    assertEquals(stderr, "");
    const { state, ptrack } = place.status("default", "a");
    assertEquals(state, command === "true" ? "completed" : "failed");
    assertEquals(ptrack.attempt, index + 1);
  }
  assertEquals(place.names("default", "a"), [
    "COMPLETED",
    "log.jsonl",
    "status.json",
  ]);
});
