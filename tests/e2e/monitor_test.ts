/** The dashboard, the JSON summary, the list, and what narrows them. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { foreignStatus, Place } from "../support/program.ts";
import { VERDICT_KEYS } from "../support/contract.ts";

const EXAMPLE = `  Parallel Session Dashboard: adrs
  =======================================================
  Total: 4 | Running: 1 | Done: 2 | Failed: 1 | Timed Out: 0 | Stale: 0
  -------------------------------------------------------
  [+] adr-01               [####################] 100% | ADR-001 complete
  [+] adr-02               [####################] 100% | ADR-002 complete
  [~] adr-03               [############--------]  60% | Drafting options
  [X] adr-04               [######--------------]  30% | FAILED: API timeout
      Last error: [2026-02-13T10:30:00] FATAL: API timeout
  -------------------------------------------------------
  Polled at: TIME
`;

/** The sessions of the seed's example, as another program has written them. */
function writeExample(place: Place) {
  const write = (id: string, changes: Record<string, unknown>) =>
    place.write("adrs", id, {
      "status.json": foreignStatus("adrs", id, changes),
    });
  const completed_at = "2026-02-13T10:20:00.000001+00:00";
  for (const id of ["adr-01", "adr-02"]) {
    const message = `${id.replace("adr-", "ADR-0")} complete`;
    write(id, { state: "completed", progress_pct: 100, message, completed_at });
  }
  write("adr-03", { progress_pct: 60, message: "Drafting options" });
  write("adr-04", {
    state: "failed",
    progress_pct: 30,
    message: "FAILED: API timeout",
    errors: ["[2026-02-13T10:30:00.123456+00:00] FATAL: API timeout"],
    completed_at: "2026-02-13T10:30:00.123456+00:00",
  });
}

function withoutTime(dashboard: string): string {
  return dashboard.replace(
    /Polled at: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00/,
    "Polled at: TIME",
  );
}

Deno.test("times are local for people, with the zone once, and UTC for programs", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a", "Draft");
  await place.ok("error", "-w", "w", "-s", "a", "no disk");
  await place.ok("fail", "-w", "w", "-s", "a", "broken");
  const startedMs = Date.parse(
    (await place.summary("w")).sessions[0].started_at,
  );
  const kolkata = { env: { TZ: "Asia/Kolkata" } };
  const hour = (shiftMs: number) =>
    new Date(startedMs + shiftMs).toISOString().slice(0, 13);
  const local = hour(5.5 * 3_600_000);
  const there = async (...args: string[]) =>
    (await place.runWith(kolkata, ...args)).stdout;
  const dashboard = await there("monitor", "-w", "w");
  assert(dashboard.includes(`Last error: [${local}`), dashboard);
  assertMatch(dashboard, /Polled at: [-\dT:]{19}\+05:30\n/);
  const log = await there("log", "-w", "w", "a");
  assert(log.includes(`  [${local}`) && !log.includes(`[${hour(0)}`), log);
  const report = await there("report", "-w", "w", "--format", "junit");
  assert(report.includes(`[${local}`), report);
  assert(report.includes(`<system-out>${local}`), report);
  for (const text of [dashboard, log, report]) {
    assert(text.includes("+05:30"), text);
    assert(!text.includes("+00:00"), text);
  }
  assertEquals(log.split("+05:30").length, 2, log);
  for (const args of [["monitor"], ["log", "a"]]) {
    const json = await there(...args, "-w", "w", "--json");
    assert(json.includes(hour(0)) && !json.includes("+05:30"), json);
  }
});

Deno.test("--since is local time, unless it names a zone", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a", "Draft");
  const count = async (offsetS: number, zone = "") => {
    const shown = new Date(Date.now() + offsetS * 1000).toISOString();
    const since = `${shown.slice(0, 19)}${zone}`;
    const { stdout } = await place.runWith(
      { env: { TZ: "Asia/Kolkata" } },
      ...["monitor", "-w", "w", "--json", "--since", since],
    );
    return JSON.parse(stdout).total_sessions;
  };
  const localS = 5.5 * 3_600;
  assertEquals(await count(localS - 600), 1);
  assertEquals(await count(localS + 600), 0);
  assertEquals(await count(-600, "Z"), 1);
  assertEquals(await count(600, "Z"), 0);
  assertEquals(await count(localS - 600, "+05:30"), 1);
  const tomorrow = new Date(Date.now() + 86_400_000 + localS * 1000);
  const day = tomorrow.toISOString().slice(0, 10);
  const { stdout } = await place.runWith(
    { env: { TZ: "Asia/Kolkata" } },
    ...["monitor", "-w", "w", "--json", "--since", day],
  );
  assertEquals(JSON.parse(stdout).total_sessions, 0);
});

Deno.test("the dashboard is the seed's example, byte for byte", async () => {
  await using place = new Place();
  writeExample(place);
  const { code, stdout, stderr } = await place.run("monitor", "-w", "adrs");
  assertEquals([code, stderr], [1, ""]);
  assertEquals(withoutTime(stdout).replace(/^\n|\n(?=\n$)/g, ""), EXAMPLE);
  for (const args of [["status", "-w", "adrs"], ["--workspace", "adrs"]]) {
    const again = await place.run("monitor", ...args);
    assertEquals(withoutTime(again.stdout), withoutTime(stdout));
  }
});

Deno.test("the totals name pending, waiting and unreadable sessions only if there are some", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "asks");
  await place.ok("waiting", "-s", "asks", "Which database?");
  await Deno.mkdir(place.directory("default", "new"));
  place.write("default", "torn", { "status.json": "{" });
  const { code, stdout } = await place.run("monitor", "-w", "default");
  assertEquals(code, 1);
  assertMatch(
    stdout,
    /Total: 3 \| Running: 1 \| Done: 0 \| Failed: 0 \| Timed Out: 0 \| Stale: 0 \| Pending: 1 \| Waiting: 1 \| Unreadable: 1\n/,
  );
  assertMatch(stdout, /\[w\] asks .*Which database\?|\[w\] asks/);
  assertMatch(stdout, /\[\.\] new /);
  assertMatch(stdout, /\[\?\] torn .*status\.json/);
});

Deno.test("a session without a heartbeat for five minutes has timed out, and says why", async () => {
  await using place = new Place();
  const long = new Date(Date.now() - 400_000).toISOString();
  place.write("w", "hung", {
    "status.json": foreignStatus("w", "hung", {
      started_at: long,
      last_heartbeat: long,
    }),
  });
  const { code, stdout } = await place.run("monitor", "-w", "w");
  assertEquals(code, 1);
  assertMatch(stdout, /\[!\] hung .*\| No heartbeat for 6m \d\ds/);
  const lenient = await place.run(
    "monitor",
    "-w",
    "w",
    "--heartbeat-timeout",
    "3600",
  );
  assertEquals(lenient.code, 0);
  assertMatch(lenient.stdout, /\[~\] hung/);
  const strict = await place.run(
    "monitor",
    "-w",
    "w",
    "--session-timeout",
    "6m",
  );
  assertMatch(strict.stdout, /Running for 6m/);
});

Deno.test("a late heartbeat brings a timed-out session back", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a", "--heartbeat-timeout", "0.001s");
  assertEquals((await place.run("monitor", "-w", "default")).code, 1);
  const limit = ["--heartbeat-timeout", "600"];
  await place.ok("heartbeat", "-s", "a");
  assertEquals((await place.run("monitor", "-w", "default", ...limit)).code, 0);
});

Deno.test("an unknown workspace or session is no success", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  for (
    const args of [
      ["-w", "nowhere"],
      ["-w", "nowhere", "--json"],
      ["-w", "nowhere", "--wait"],
      ["-w", "default", "-s", "gone", "--log"],
      ["-w", "nowhere", "-s", "gone", "--log"],
    ]
  ) {
    const { code, stdout, stderr } = await place.run("monitor", ...args);
    assertEquals([code, stdout], [3, ""], args.join(" "));
    assertMatch(stderr, /^error: Cannot [^\n]*\n$/);
  }
});

Deno.test("the JSON summary has the original's keys in order, then ours", async () => {
  await using place = new Place();
  writeExample(place);
  await place.ok("start", "-w", "adrs", "-s", "adr-05", "Five");
  const summary = await place.summary("adrs");
  const { sessions, ...counts } = summary;
  assertEquals(Object.entries(counts), [
    ["workspace", "adrs"],
    ["total_sessions", 5],
    ["pending", 0],
    ["running", 2],
    ["completed", 2],
    ["failed", 1],
    ["timed_out", 0],
    ["stale", 0],
    ["crashed", 0],
    ["waiting", 0],
    ["unreadable", 0],
  ]);
  const ids = sessions.map((one: { session_id: string }) => one.session_id);
  assertEquals(ids, ["adr-01", "adr-02", "adr-03", "adr-04", "adr-05"]);
  const { verdict, ...stored } = sessions[4];
  assertEquals(stored, place.status("adrs", "adr-05"));
  assertEquals(Object.keys(verdict), VERDICT_KEYS);
  assertEquals(sessions[0].verdict.state, "completed");
});

Deno.test("in JSON the state is the verdict's, with the recorded one beside it", async () => {
  await using place = new Place();
  const long = "2026-02-13T10:00:00+00:00";
  place.write("w", "hung", {
    "status.json": foreignStatus("w", "hung", { last_heartbeat: long }),
  });
  const [hung] = (await place.summary("w")).sessions;
  assertEquals(hung.state, "timed_out");
  assertEquals(hung.verdict.recorded_state, "running");
});

Deno.test("without -w status shows every workspace", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "one", "-s", "a");
  await place.ok("start", "-w", "two", "-s", "b");
  const { code, stdout } = await place.run("monitor");
  assertEquals(code, 0);
  assertMatch(stdout, /Dashboard: one\n[^]*Dashboard: two\n/);
  const { workspaces } = JSON.parse(await place.ok("monitor", "--json"));
  assertEquals(
    workspaces.map((one: { workspace: string }) => one.workspace),
    ["one", "two"],
  );
});

Deno.test("list shows the workspaces with their counts", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "one", "-s", "a");
  await place.ok("start", "-w", "two", "-s", "b");
  await place.ok("complete", "-w", "two", "-s", "b");
  const stdout = await place.ok("monitor", "list");
  assertMatch(stdout, /one\b[^]*\n[^\n]*two\b/);
});

Deno.test("-s narrows a monitor and may repeat; PTRACK_SESSION does not", async () => {
  await using place = new Place();
  for (const id of ["a", "b", "c"]) await place.ok("start", "-s", id);
  const shown = async (env: Record<string, string>, ...args: string[]) => {
    const all = ["monitor", "-w", "default", "--json", ...args];
    const { sessions } = JSON.parse(
      (await place.runWith({ env }, ...all)).stdout,
    );
    return sessions.map((one: { session_id: string }) => one.session_id);
  };
  assertEquals(await shown({}, "-s", "a", "-s", "c"), ["a", "c"]);
  assertEquals(await shown({ PTRACK_SESSION: "b" }), ["a", "b", "c"]);
});

Deno.test("--batch and --since narrow a monitor", async () => {
  await using place = new Place();
  place.write("w", "old", {
    "status.json": foreignStatus("w", "old", {
      state: "failed",
      started_at: "2026-02-13T10:00:00+00:00",
    }),
  });
  await place.ok("start", "-w", "w", "-s", "a", "--batch", "x");
  await place.ok("start", "-w", "w", "-s", "b", "--batch", "y");
  const shown = async (...args: string[]) =>
    (await place.summary("w", ...args)).sessions
      .map((one: { session_id: string }) => one.session_id);
  assertEquals(await shown("--batch", "x"), ["a"]);
  assertEquals(await shown("--since", "1h"), ["a", "b"]);
  assertEquals(await shown("--since", "2026-02-13T09:00:00Z"), [
    "a",
    "b",
    "old",
  ]);
  assertEquals(await shown("--since", "2099-01-01"), []);
  assertEquals(
    (await place.run("monitor", "-w", "w", "--since", "1h")).code,
    0,
  );
});

Deno.test("a waiting session does not time out", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  await place.ok("waiting", "-s", "a", "Which database?");
  const limit = ["--heartbeat-timeout", "0.001s"];
  const summary = await place.summary("default", ...limit);
  assertEquals([summary.running, summary.waiting, summary.timed_out], [
    1,
    1,
    0,
  ]);
  const { verdict } = summary.sessions[0];
  assertEquals([verdict.reason, verdict.waiting], ["Which database?", true]);
  await place.ok("heartbeat", "-s", "a");
  assertEquals((await place.summary("default", ...limit)).timed_out, 1);
});

Deno.test("heartbeats without progress are stale after --stall-after", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  await place.ok("heartbeat", "-s", "a", "--pct", "10");
  const since = place.status("default", "a").ptrack.progress_at;
  await place.ok("heartbeat", "-s", "a", "--pct", "10");
  assertEquals(place.status("default", "a").ptrack.progress_at, since);
  const { stale, running, sessions } = await place.summary(
    "default",
    "--stall-after",
    "0.001s",
  );
  assertEquals([running, stale, sessions[0].verdict.stale], [1, 1, true]);
  assertEquals((await place.summary("default")).stale, 0);
});

Deno.test("there is colour only when it is asked for, or in a terminal", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  const args = ["monitor", "-w", "default"];
  assert(!(await place.ok(...args)).includes("\x1b"));
  assert(!(await place.ok(...args, "--color", "never")).includes("\x1b"));
  assert((await place.ok(...args, "--color", "always")).includes("\x1b["));
  const env = { NO_COLOR: "1" };
  const typed = await place.runWith({ env }, ...args, "--color", "always");
  assert(typed.stdout.includes("\x1b["));
});

Deno.test("wide characters keep the columns of the dashboard", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a");
  await place.ok("heartbeat", "-w", "w", "-s", "a", "-m", "漢".repeat(30));
  const { stdout } = await place.run("monitor", "-w", "w");
  assertMatch(stdout, /\| 漢{20}\n/);
});
