/** Side by side with the original: its reader reads us, we read its sessions. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { eventually, Place, testData } from "../support/program.ts";
import { isThere, needs } from "../support/needs.ts";

/** The original's rules, with Python's standard library only. */
const READER = `
import json, os, sys
from datetime import datetime

KEYS = ["session_id", "workspace", "state", "task_description", "progress_pct",
        "message", "errors", "started_at", "last_heartbeat", "completed_at",
        "output_files", "metadata"]
STATES = ["pending", "running", "completed", "failed", "timed_out"]

def read_status(path):
    data = json.loads(open(path, encoding="utf-8").read())
    status = {key: data[key] for key in KEYS}
    assert status["state"] in STATES, status["state"]
    for key in ("session_id", "workspace", "task_description", "message"):
        assert isinstance(status[key], str), key
    assert isinstance(status["progress_pct"], int)
    assert 0 <= status["progress_pct"] <= 100
    assert all(isinstance(e, str) for e in status["errors"])
    assert all(isinstance(f, str) for f in status["output_files"])
    assert isinstance(status["metadata"], dict)
    for key in ("started_at", "last_heartbeat", "completed_at"):
        if status[key] is not None:
            moment = datetime.fromisoformat(status[key])
            assert moment.utcoffset() is not None, key
    return status

def read_log(path):
    entries = []
    for line in open(path, encoding="utf-8"):
        if not line.strip():
            continue
        entry = json.loads(line)
        datetime.fromisoformat(entry["timestamp"])
        for key in ("event", "session_id", "state"):
            assert isinstance(entry[key], str), key
        assert isinstance(entry["progress_pct"], int)
        assert isinstance(entry["details"], dict)
        entries.append(entry)
    return entries

def read_marker(path):
    marker = json.loads(open(path, encoding="utf-8").read())
    datetime.fromisoformat(marker["timestamp"])
    assert isinstance(marker["output_files"], list)
    return {k: marker[k] for k in ("session_id", "state", "error_summary")}

directory = sys.argv[1]
result = {"status": read_status(os.path.join(directory, "status.json")),
          "log": read_log(os.path.join(directory, "log.jsonl")), "markers": {}}
for name in ("COMPLETED", "FAILED"):
    if os.path.exists(os.path.join(directory, name)):
        result["markers"][name] = read_marker(os.path.join(directory, name))
print(json.dumps(result))
`;

function readAsOriginal(place: Place, workspace: string, session: string) {
  const { success, stdout, stderr } = new Deno.Command("python3", {
    args: ["-c", READER, place.directory(workspace, session)],
    env: { PYTHONUTF8: "1" },
  }).outputSync();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test({
  name: "the original's reader reads our status, log and markers at every step",
  // Without Python there is no original to be read by.
  ...needs("python3"),
  async fn() {
    await using place = new Place();
    const id = ["-w", "adrs", "-s", "adr-01"];
    const states: string[] = [];
    const look = () => {
      const seen = readAsOriginal(place, "adrs", "adr-01");
      states.push(seen.status.state);
      const { ptrack: _ptrack, ...stored } = place.status("adrs", "adr-01");
      assertEquals(seen.status, stored);
      return seen;
    };
    await place.ok(
      "start",
      ...id,
      "ADR-001 — ✓ 写作",
      "--meta",
      "phase=2",
      "--batch",
      "b",
    );
    look();
    await place.ok("heartbeat", ...id, "--pct", "40", "-m", "Half \x1b[31m🎉");
    look();
    await place.ok("waiting", ...id, "Which one?");
    look();
    await place.ok("error", ...id, "Oops\nsecond line");
    look();
    await place.ok("complete", ...id, "--output", "a.md");
    const ended = look();
    assertEquals(ended.markers, {
      COMPLETED: {
        session_id: "adr-01",
        state: "completed",
        error_summary: null,
      },
    });
    assertEquals(ended.log.length, 5);
    await place.ok("start", ...id, "--restart");
    await place.ok("fail", ...id, "Boom");
    assertEquals(look().markers, {
      FAILED: { session_id: "adr-01", state: "failed", error_summary: "Boom" },
    });
    assertEquals(
      states,
      [..."rrrrcf"].map((c) =>
        ({ r: "running", c: "completed", f: "failed" })[c]!
      ),
    );
  },
});

/** Sessions that the original has written, with the one git cannot hold. */
async function originals(): Promise<Place> {
  const place = new Place();
  const copy = (from: string, to: string) => {
    Deno.mkdirSync(to);
    for (const { name, isDirectory } of Deno.readDirSync(from)) {
      if (isDirectory) copy(`${from}/${name}`, `${to}/${name}`);
      else {Deno.writeFileSync(
          `${to}/${name}`,
          Deno.readFileSync(`${from}/${name}`),
        );}
    }
  };
  copy(testData("reference-adrs"), place.directory("adrs"));
  await Deno.mkdir(place.directory("adrs", "e-nostatus"));
  return place;
}

const NO_TIMEOUTS = [
  "--heartbeat-timeout",
  "30000d",
  "--session-timeout",
  "30000d",
];

// deno-lint-ignore no-explicit-any
type Session = any;

Deno.test("our summary of the original's sessions is the original's own, and more", async () => {
  await using place = await originals();
  const reference = JSON.parse(
    Deno.readTextFileSync(testData("reference-output/json-notimeouts.out")),
  );
  const summary = await place.summary("adrs", ...NO_TIMEOUTS);
  const ids = (one: { sessions: Session[] }) =>
    one.sessions.map(({ session_id }) => session_id);
  assertEquals(ids(summary), ids(reference));
  for (const [n, expected] of reference.sessions.entries()) {
    // The original gave a torn status up; we read it from its log.
    if (expected.session_id === "f-truncated") continue;
    // And it had a message of its own for a session that has nothing yet.
    if (expected.session_id === "e-nostatus") continue;
    const { verdict: _verdict, ptrack: _ptrack, ...seen } = summary.sessions[n];
    assertEquals(seen, expected, expected.session_id);
  }
  const [truncated] = summary.sessions.filter((one: Session) =>
    one.session_id === "f-truncated"
  );
  assertEquals([truncated.state, truncated.progress_pct], ["running", 55]);
  assertEquals([summary.total_sessions, summary.running, summary.pending], [
    7,
    4,
    1,
  ]);
});

Deno.test("our dashboard of the original's sessions has the original's rows", async () => {
  await using place = await originals();
  const reference = Deno.readTextFileSync(
    testData("reference-output/dashboard-notimeouts.out"),
  );
  const { stdout } = await place.run("monitor", "-w", "adrs", ...NO_TIMEOUTS);
  for (
    const line of reference.split("\n").filter((line) =>
      /^ {2}\[.\] [abcd]-/.test(line)
    )
  ) {
    assert(stdout.split("\n").includes(line), `${line}\n${stdout}`);
  }
  assertMatch(stdout, /^ {2}\[\.\] e-nostatus /m);
  assertMatch(stdout, /^ {2}\[~\] f-truncated .* 55% \|/m);
});

Deno.test("the log of the original's sessions prints as the original printed it", async () => {
  await using place = await originals();
  for (const id of ["a-running", "b-completed", "c-failed", "d-stale"]) {
    const reference = Deno.readTextFileSync(
      testData(`reference-output/log-${id}.out`),
    );
    assertEquals(
      await place.ok("monitor", "-w", "adrs", "-s", id, "--log"),
      reference,
    );
  }
  const two = Deno.readTextFileSync(
    testData("reference-output/log-a-running-tail2.out"),
  );
  assertEquals(
    await place.ok(
      "monitor",
      "log",
      "-w",
      "adrs",
      "-s",
      "a-running",
      "-n",
      "2",
    ),
    two,
  );
});

Deno.test("flags that are given twice or have no effect are accepted, as by the original", async () => {
  await using place = await originals();
  const codes: [line: string, code: number][] = [
    ["--poll-interval 10", 1],
    ["--json --poll-interval 10", 0],
    ["-s a-running --log --heartbeat-timeout 600", 0],
    ["--log log -s a-running", 0],
    ["log --log -s a-running", 0],
    ["-s a-running -s b-completed --log", 2],
    ["--wait --wait -s b-completed --timeout 1s", 0],
    ["--wait wait -s b-completed --timeout 0.02", 0],
    ["wait --wait -s b-completed --timeout 0.02", 0],
    ["watch --watch -s b-completed", 0],
    ["list --poll-interval 10", 0],
    ["report --poll-interval 10", 0],
  ];
  for (const [line, code] of codes) {
    const args = ["monitor", "-w", "adrs", ...line.split(" ")];
    const result = await place.run(...args);
    assertEquals([line, result.code], [line, code], result.stderr);
  }
});

Deno.test("a session that the original began is carried on by us", async () => {
  await using place = await originals();
  const id = ["-w", "adrs", "-s", "a-running"];
  await place.ok("heartbeat", ...id, "--pct", "60");
  await place.ok("error", ...id, "Ours");
  const status = place.status("adrs", "a-running");
  assertEquals(status.task_description, "Writing ADR-004: Observability");
  assertEquals(status.started_at, "2026-11-22T11:13:33.620099+00:00");
  assertEquals(status.metadata.nested, { k: [1, 2.5, null, true] });
  assertEquals([status.progress_pct, status.errors.length], [60, 1]);
  await place.ok("complete", ...id);
  assert(place.names("adrs", "a-running").includes("COMPLETED"));
  if (isThere("python3")) {
    assertEquals(
      readAsOriginal(place, "adrs", "a-running").status.state,
      "completed",
    );
  }
});

Deno.test("a marker beside the original's running status is believed", async () => {
  await using place = await originals();
  place.write("adrs", "a-running", { COMPLETED: "{}" });
  const summary = await place.summary(
    "adrs",
    "-s",
    "a-running",
    ...NO_TIMEOUTS,
  );
  assertEquals(summary.sessions[0].state, "completed");
});

Deno.test("a monitor changes nothing of the original's files", async () => {
  await using place = await originals();
  const snapshot = async () =>
    (await place.shell(
      "find .parallel -printf '%p %s %T@\\n' | sort; find .parallel -type f | sort | xargs cat | cksum",
    )).stdout;
  const before = await snapshot();
  for (
    const args of [[], ["--json"], ["--wait", "--timeout", "0.01s"], [
      "list",
    ], ["log", "-s", "b-completed"]]
  ) {
    await place.run("monitor", ...args, "-w", "adrs");
  }
  const watching = place.spawn({}, "monitor", "watch", "-w", "adrs");
  await eventually(() => watching.stdout !== "");
  watching.kill("SIGTERM");
  await watching.result;
  assertEquals(await snapshot(), before);
});

const REWRITER = `
import json, sys
path = sys.argv[1]
status = json.loads(open(path).read())
while True:
    with open(path, "w") as file:
        file.write(json.dumps(status, indent=2))
`;

Deno.test({
  name:
    "a status that the original rewrites in place all the time is never unreadable",
  ...needs("python3"),
  async fn() {
    await using place = await originals();
    const path = `${place.directory("adrs", "a-running")}/status.json`;
    const rewriter = place.spawnShell(
      `exec python3 -c '${REWRITER}' '${path}'`,
    );
    for (let round = 0; round < 20; round++) {
      const summary = await place.summary(
        "adrs",
        "-s",
        "a-running",
        ...NO_TIMEOUTS,
      );
      const { state, progress_pct } = summary.sessions[0];
      assertEquals([state, progress_pct], ["running", 47]);
    }
    rewriter.kill("SIGKILL");
    assertEquals((await rewriter.result).signal, "SIGKILL");
  },
});
