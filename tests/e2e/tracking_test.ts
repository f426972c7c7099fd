/** The tracking verbs, as scripts call them. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Place, type Result } from "../support/program.ts";
import { SEED_KEYS } from "../support/contract.ts";

function assertSilent(result: Result) {
  assertEquals(result, { code: 0, signal: null, stdout: "", stderr: "" });
}

const VERBS: string[][] = [
  ["heartbeat", "--pct", "40", "-m", "Drafting"],
  ["waiting", "Which database?"],
  ["heartbeat", "--progress", "3/5"],
  ["error", "Lint failed"],
  ["complete", "--output", "a.md", "--output", "b.md", "-m", "Done"],
];

for (const prefix of [[], ["track"]]) {
  const name = ["ptrack", ...prefix].join(" ");
  Deno.test(`a session lives from start to complete by ${name}, in silence`, async () => {
    await using place = new Place();
    const id = ["-w", "adrs", "-s", "adr-01"];
    assertSilent(await place.run(...prefix, "start", ...id, "ADR-001: Auth"));
    for (const [verb, ...args] of VERBS) {
      assertSilent(await place.run(...prefix, verb!, ...id, ...args));
    }
    const { ptrack, ...status } = place.status("adrs", "adr-01");
    assertEquals(Object.keys(status), SEED_KEYS);
    assertEquals(status.state, "completed");
    assertEquals(status.progress_pct, 100);
    assertEquals(status.message, "Done");
    assertEquals(status.output_files, ["a.md", "b.md"]);
    assertMatch(status.errors[0], /^\[\d{4}-.*\+00:00\] Lint failed$/);
    assertEquals(ptrack.attempt, 1);
    assertEquals(
      place.log("adrs", "adr-01").map(({ event }) => event),
      [
        "started",
        "heartbeat",
        "waiting",
        "heartbeat",
        "error",
        "completed",
      ],
    );
    assertEquals(place.names("adrs", "adr-01"), [
      "COMPLETED",
      "log.jsonl",
      "status.json",
    ]);
  });
}

Deno.test("fail records the reason, a fatal error, outputs and the marker", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  await place.ok("heartbeat", "-s", "a", "--pct", "30%");
  assertSilent(
    await place.run("fail", "-s", "a", "API timeout", "--output", "x"),
  );
  const status = place.status("default", "a");
  assertEquals(status.state, "failed");
  assertEquals(status.progress_pct, 30);
  assertEquals(status.message, "FAILED: API timeout");
  assertEquals(status.output_files, ["x"]);
  assertMatch(status.errors[0], /^\[.*\] FATAL: API timeout$/);
  const marker = JSON.parse(
    Deno.readTextFileSync(`${place.directory("default", "a")}/FAILED`),
  );
  assertEquals(marker.error_summary, "API timeout");
  assertEquals(marker.session_id, "a");
});

Deno.test("a heartbeat of a new process keeps state, start time, description and errors", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a", "The task", "--meta", "k=1");
  await place.ok("error", "-s", "a", "One");
  const before = place.status("default", "a");
  await place.ok("heartbeat", "-s", "a", "-m", "Second", "--meta", "l=2");
  const after = place.status("default", "a");
  for (const key of ["state", "started_at", "task_description", "errors"]) {
    assertEquals(after[key], before[key], key);
  }
  assertEquals(after.metadata, { k: 1, l: 2 });
});

Deno.test("metadata is typed by JSON, and text otherwise", async () => {
  await using place = new Place();
  const texts = [
    "number=7",
    "real=2.5",
    "yes=true",
    "nothing=null",
    'list=[1,"a"]',
    'object={"k":1}',
    "zeros=007",
    "text=a=b",
    'quoted="x"',
    "empty=",
    "long=12345678901234567890",
    "__proto__=1",
  ];
  await place.ok(
    "start",
    "-s",
    "a",
    ...texts.flatMap((text) => ["--meta", text]),
  );
  const raw = Deno.readTextFileSync(
    `${place.directory("default", "a")}/status.json`,
  );
  const { metadata } = JSON.parse(raw);
  const { ["__proto__"]: own, ...rest } = metadata;
  assertEquals(rest, {
    number: 7,
    real: 2.5,
    yes: true,
    nothing: null,
    list: [1, "a"],
    object: { k: 1 },
    zeros: "007",
    text: "a=b",
    quoted: '"x"',
    empty: "",
    long: "12345678901234567890",
  });
  assert(Object.hasOwn(metadata, "__proto__") && Number(own) === 1);
});

Deno.test("a start without an id makes one from the description and prints it", async () => {
  await using place = new Place();
  const first = (await place.ok("start", "ADR 1: Auth & Co")).trim();
  const second = (await place.ok("start", "ADR 1: Auth & Co")).trim();
  assertMatch(first, /^adr-1-auth-co-[a-z0-9]+$/);
  assert(first !== second);
  assertEquals(place.status("default", first).session_id, first);
  const third = (await place.ok("start", "アーキテクチャ")).trim();
  assertEquals(
    place.status("default", third).task_description,
    "アーキテクチャ",
  );
});

Deno.test("the environment names workspace, session, directory and batch", async () => {
  await using place = new Place();
  const env = {
    PTRACK_WORKSPACE: "adrs",
    PTRACK_SESSION: "one",
    PTRACK_DIR: `${place.path}/elsewhere`,
    PTRACK_BATCH: "monday",
  };
  assertSilent(await place.runWith({ env }, "start", "Task"));
  assertSilent(await place.runWith({ env }, "heartbeat"));
  assertSilent(await place.runWith({ env }, "start", "-s", "two", "-w", "w2"));
  const read = (path: string) =>
    JSON.parse(
      Deno.readTextFileSync(`${place.path}/elsewhere/${path}/status.json`),
    );
  assertEquals(read("adrs/one").ptrack.batch, "monday");
  assertEquals(read("w2/two").session_id, "two");
  assertEquals(place.names(""), []);
});

Deno.test("limits and the owner are recorded only when they are told", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  const blank = place.status("default", "a").ptrack;
  assertEquals(
    [blank.owner, blank.heartbeat_timeout, blank.session_timeout, blank.batch],
    [null, null, null, null],
  );
  await place.ok(
    ...["start", "-s", "b", "--heartbeat-timeout", "10m"],
    ...[
      "--session-timeout",
      "1h30m",
      "--batch",
      "x",
      "--pid",
      String(Deno.pid),
    ],
  );
  const { ptrack } = place.status("default", "b");
  assertEquals(ptrack.heartbeat_timeout, 600);
  assertEquals(ptrack.session_timeout, 5400);
  assertEquals(ptrack.batch, "x");
  assertEquals(ptrack.owner.pid, Deno.pid);
  const env = { CLAUDE_PID: String(Deno.pid) };
  await place.runWith({ env }, "start", "-s", "c");
  assertEquals(place.status("default", "c").ptrack.owner.pid, Deno.pid);
});

Deno.test("progress is a number, a percentage or a part, clamped", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  for (
    const [typed, percent] of [
      ["60", 60],
      ["61%", 61],
      ["150/600", 25],
      ["29/100", 29],
      ["250", 100],
      ["-5", 0],
    ] as const
  ) {
    await place.ok("heartbeat", "-s", "a", "--pct", typed);
    assertEquals(place.status("default", "a").progress_pct, percent, typed);
  }
});

Deno.test("text may be empty, begin with dashes, or be an option's name", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a", "--- a plan");
  assertEquals(place.status("default", "a").task_description, "--- a plan");
  await place.ok("error", "-s", "a", "");
  await place.ok("error", "-s", "a", "--- FAIL: TestX");
  await place.ok("error", "-s", "a", "-x y");
  await place.ok("error", "-s", "a", "--", "--verbose");
  await place.ok("heartbeat", "-s", "a", "-m", "- fixed the lint");
  assertEquals(place.status("default", "a").message, "- fixed the lint");
  await place.ok("heartbeat", "-s", "a", "-m", "-5");
  assertEquals(place.status("default", "a").message, "-5");
  await place.ok("heartbeat", "-s", "a", "-m", "--pct");
  assertEquals(place.status("default", "a").message, "--pct");
  await place.ok("heartbeat", "-s", "a", "-m=7", "--message=x=y");
  assertEquals(place.status("default", "a").message, "x=y");
  await place.ok("fail", "-s", "a", "--- FAIL: TestX (0.00s)");
  const { errors, message } = place.status("default", "a");
  assertEquals(message, "FAILED: --- FAIL: TestX (0.00s)");
  assertEquals(
    errors.map((text: string) => text.replace(/^\[.*?\] /, "")),
    [
      "",
      "--- FAIL: TestX",
      "-x y",
      "--verbose",
      "FATAL: --- FAIL: TestX (0.00s)",
    ],
  );
});

Deno.test("the text - is standard input", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  const stdin = "first line\nsecond ü\n";
  assertSilent(await place.runWith({ stdin }, "error", "-s", "a", "-"));
  assertMatch(
    place.status("default", "a").errors[0],
    /\] first line\nsecond ü$/,
  );
  await place.runWith({ stdin: "" }, "waiting", "-s", "a", "-");
  assertEquals(place.status("default", "a").ptrack.waiting.reason, "");
});

Deno.test("a long text is cut with a mark, and the line stays short", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  const stdin = "ü".repeat(500_000);
  assertSilent(await place.runWith({ stdin }, "error", "-s", "a", "-"));
  const text = Deno.readTextFileSync(
    `${place.directory("default", "a")}/log.jsonl`,
  );
  for (const line of text.split("\n")) {
    assert(new TextEncoder().encode(line).length < 65_536);
  }
  assertMatch(place.status("default", "a").errors[0], /ü …\[cut\]$/);
});

Deno.test("waiting stops at the next heartbeat, not at an error", async () => {
  await using place = new Place();
  const waiting = () => place.status("default", "a").ptrack.waiting;
  await place.ok("start", "-s", "a");
  await place.ok("waiting", "-s", "a", "Which one?");
  assertEquals(waiting().reason, "Which one?");
  await place.ok("error", "-s", "a", "Oops");
  assertEquals(waiting().reason, "Which one?");
  await place.ok("heartbeat", "-s", "a");
  assertEquals(waiting(), null);
});

Deno.test("only the last hundred errors are kept in the status, all in the log", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  const script = "for i in {1..103}; do ptrack error -s a e$i || exit; done";
  assertEquals((await place.shell(script)).code, 0);
  const { errors, ptrack } = place.status("default", "a");
  assertEquals(errors.length, 100);
  assertEquals(ptrack.errors_total, 103);
  assertMatch(errors[0], /\] e4$/);
  const logged = place.log("default", "a").filter(({ event }) =>
    event === "error"
  );
  assertEquals(logged.length, 103);
});

Deno.test("unknown keys of status and bookkeeping survive a rewrite", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  const status = place.status("default", "a");
  status.ours = { deep: [1, null] };
  status.ptrack.theirs = "x";
  place.write("default", "a", { "status.json": status });
  await place.ok("heartbeat", "-s", "a", "-m", "Hi");
  const after = place.status("default", "a");
  assertEquals(after.ours, { deep: [1, null] });
  assertEquals(after.ptrack.theirs, "x");
  assertEquals(after.message, "Hi");
});
