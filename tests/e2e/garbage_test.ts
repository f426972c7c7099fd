/** What a stranger may have written: escapes, huge or torn files, rubbish. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { existsSync } from "@std/fs";
import { eventually, foreignStatus, Place } from "../support/program.ts";

/** Whatever a terminal may act on, or a reader be fooled by. */
const ESCAPES =
  "A\x1b[31mB\x1b]0;title\x07C\x9b2JD\x00E\rF\nG\tH\x7fI\u202eJ\u2066K\u2028L\x08M";
const RAW =
  // deno-lint-ignore no-control-regex
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]/;

Deno.test("control characters and escapes of sessions never reach the output raw", async () => {
  await using place = new Place();
  const id = ["-w", "w", "-s", "a"];
  const text = ESCAPES.replace("\0", "");
  await place.ok("start", ...id, text);
  await place.ok("error", ...id, text);
  await place.ok("waiting", ...id, text);
  place.write("w", "foreign", {
    "status.json": foreignStatus("w", ESCAPES, {
      message: ESCAPES,
      errors: [ESCAPES],
    }),
  });
  place.write("w", `evil ${text.replaceAll(/\n/g, "")}`, {
    "status.json": "{",
  });
  const wait = ["monitor", "wait", "-w", "w"];
  const watching = place.spawn({}, "monitor", "watch", "-w", "w", "--forever");
  const waiting = place.spawn({}, ...wait);
  await eventually(() => watching.stdout !== "");
  await place.ok("heartbeat", ...id, "-m", text);
  await place.ok("fail", ...id, text);
  await eventually(() => watching.stdout.includes("a failed"));
  await place.ok("start", "-w", "w", "-s", "b");
  for (
    const args of [
      ["monitor"],
      ["monitor", "-w", "w"],
      ["monitor", "list"],
      ["monitor", "log", ...id],
      ["monitor", "log", "--json", ...id],
      ["monitor", "-w", "w", "--json"],
      [...wait, "--any"],
      [...wait, "--timeout", "0.05s"],
      [...wait, "--json", "--timeout", "0.05s"],
      ["start", ...id],
    ]
  ) {
    const { stdout, stderr } = await place.run(...args);
    assertEquals(
      RAW.exec(stdout + stderr)?.index,
      undefined,
      `${args}: ${JSON.stringify(stdout + stderr)}`,
    );
  }
  watching.kill("SIGTERM");
  waiting.kill("SIGTERM");
  assertEquals(RAW.exec((await watching.result).stdout), null);
  assertEquals(RAW.exec((await waiting.result).stdout), null);
});

Deno.test("a message cannot fake a line of the dashboard", async () => {
  await using place = new Place();
  const text = "x\n  [+] forged               [####################] 100% | ok";
  await place.ok("start", "-s", "a");
  await place.ok("heartbeat", "-s", "a", "-m", text);
  const { stdout } = await place.run("monitor", "-w", "default");
  assert(!/^ +\[\+\] forged/m.test(stdout), stdout);
});

Deno.test("a huge message is cut, a status over 1 MiB is unreadable, and others are shown", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "fine");
  place.write("w", "large", {
    "status.json": foreignStatus("w", "large", {
      message: "x".repeat(900_000),
    }),
  });
  place.write("w", "larger", {
    "status.json": foreignStatus("w", "larger", {
      message: "x".repeat(1_100_000),
    }),
  });
  const { code, stdout } = await place.run("monitor", "-w", "w");
  assertEquals(code, 1);
  assertMatch(stdout, /\[~\] fine /);
  assertMatch(stdout, /\[~\] large /);
  assertMatch(stdout, /\[\?\] larger /);
  assert(stdout.length < 2_000);
});

Deno.test("a time without a zone, or a torn line, hides no other session", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "fine");
  const zoneless = new Date().toISOString().replace(/\.\d+Z$/, "");
  place.write("w", "zoneless", {
    "status.json": foreignStatus("w", "zoneless", {
      started_at: zoneless,
      last_heartbeat: zoneless,
    }),
  });
  place.write("w", "nonsense", {
    "status.json": foreignStatus("w", "nonsense", {
      started_at: "soon",
      completed_at: 7,
      errors: {},
    }),
  });
  place.write("w", "torn-line", {
    "status.json": foreignStatus("w", "torn-line"),
    "log.jsonl": '{"timestamp": "2026-02-13T',
  });
  const { sessions } = await place.summary("w");
  for (const { session_id, state } of sessions) {
    assertEquals(state, "running", session_id);
  }
  assertEquals(sessions.length, 4);
  const log = await place.run("monitor", "log", "-w", "w", "-s", "torn-line");
  assertEquals(log.code, 0);
});

Deno.test("a torn foreign status is read from its log, else from its marker", async () => {
  await using place = new Place();
  const line = {
    timestamp: new Date().toISOString(),
    event: "started",
    session_id: "a",
    state: "running",
    progress_pct: 0,
    details: { task: "T" },
  };
  place.write("w", "by-log", {
    "status.json": '{"session_id": "by',
    "log.jsonl": `${JSON.stringify(line)}\n`,
  });
  place.write("w", "by-marker", { "status.json": "", "COMPLETED": "{}" });
  place.write("w", "by-nothing", { "status.json": "" });
  const { sessions } = await place.summary("w");
  assertEquals(sessions.map(({ state }: { state: string }) => state), [
    "running",
    "completed",
    "unreadable",
  ]);
});

Deno.test("a log full of NUL after a power cut loses nothing that the status has", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a", "Task");
  await place.ok("error", "-s", "a", "One");
  const path = `${place.directory("default", "a")}/log.jsonl`;
  const { size } = Deno.statSync(path);
  for (const length of [size, size + 500, 100]) {
    Deno.writeFileSync(path, new Uint8Array(length));
    await place.ok("error", "-s", "a", `after ${length}`);
    const { sessions: [seen] } = await place.summary("default");
    assertEquals([seen.state, seen.task_description], ["running", "Task"]);
    assertMatch(seen.errors[0], /One$/);
    assertMatch(seen.errors.at(-1), new RegExp(`after ${length}$`));
  }
  assertEquals(place.status("default", "a").ptrack.errors_total, 4);
});

Deno.test("rubbish in every file makes a session unreadable, and breaks no view", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "fine");
  const rubbish = [
    "\xff\xfe\x00garbage",
    "[]",
    "null",
    '{"state": "odd"}',
    "[".repeat(100_000),
    `{"state":"running","metadata":{"a":${"[".repeat(50_000)}${
      "]".repeat(50_000)
    }}}`,
    '{"state":"running","ptrack":{"log_bytes":-1}}',
  ];
  rubbish.forEach((text, n) =>
    place.write("w", `s-${n}`, {
      "status.json": text,
      "log.jsonl": text,
      COMPLETED: text,
      FAILED: n % 2 ? text : "",
    })
  );
  for (
    const args of [["monitor", "-w", "w"], ["monitor", "-w", "w", "--json"], [
      "monitor",
    ], ["monitor", "log", "-w", "w", "-s", "s-0"]]
  ) {
    const { code, stderr } = await place.run(...args);
    assert([0, 1].includes(code), stderr);
    assert(!stderr.includes("internal"), stderr);
  }
  assertMatch((await place.run("monitor", "-w", "w")).stdout, /\[~\] fine /);
  for (let n = 0; n < rubbish.length; n++) {
    const { code, stderr } = await place.run(
      "start",
      "-w",
      "w",
      "-s",
      `s-${n}`,
      "--force",
    );
    assert([0, 1, 4].includes(code) && !stderr.includes("internal"), stderr);
  }
});

Deno.test("a status of a newer format is shown, and not written", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  const status = place.status("default", "a");
  status.ptrack.version = 2;
  place.write("default", "a", { "status.json": status });
  const { code, stderr } = await place.run("heartbeat", "-s", "a");
  assertEquals(code, 1);
  assertMatch(stderr, /newer.*upgrade/);
  assertEquals((await place.summary("default")).sessions[0].state, "running");
  assert(!existsSync(`${place.directory("default", "a")}/COMPLETED`));
});
