/** Reports, once and at the end of a wait, as CI would ask for them. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { existsSync } from "@std/fs";
import {
  eventually,
  Place,
  placeTest,
  type Running,
} from "../support/program.ts";
import { parseOpenmetrics } from "../support/openmetrics.ts";
import { type Element, parseXml } from "../support/xml.ts";

/** `name: result` of each testcase. */
function results(report: string): string[] {
  const cases = parseXml(report).children.flatMap(({ children }) => children);
  return cases.map(({ attributes, children }: Element) => {
    const result = children
      .find(({ name }) => !/^(system-out|flakyFailure)$/.test(name));
    return `${attributes["name"]}: ${result?.name ?? "passed"}`;
  });
}

const read = (place: Place, name: string) =>
  Deno.readTextFileSync(place.at(name));

/** A workspace with a success and a command that failed. */
async function prepared(): Promise<Place> {
  const place = new Place();
  await place.ok("start", "-w", "w", "-s", "good");
  await place.ok("complete", "-w", "w", "-s", "good", "-m", "Written");
  const command = ["sh", "-c", "echo last words; exit 3"];
  const run = ["run", "-w", "w", "-s", "bad", "--capture", "--", ...command];
  assertEquals((await place.run(...run)).code, 3);
  return place;
}

Deno.test("report writes each format, and exits with 0 whatever the states", async () => {
  await using place = await prepared();
  const report = (format: string) =>
    place.ok("monitor", "report", "-w", "w", "--format", format);
  const junit = await report("junit");
  assertEquals(results(junit), ["bad: failure", "good: passed"]);
  assert(junit.includes("last words"));
  assertMatch(
    await report("github"),
    /^::error title=w%3A bad failed::bad failed after \d+s: exit code 3%0A/,
  );
  assertMatch(await report("markdown"), /\| \*\*failed\*\* \| `bad` \|/);
  const series = parseOpenmetrics(await report("openmetrics"));
  assert(series.length > 20);
  const json = JSON.parse(await report("json"));
  const { total_sessions, failed } = await place.summary("w");
  assertEquals([json.total_sessions, json.failed], [total_sessions, failed]);
  const text = await report("text");
  assertMatch(text, /Parallel Session Dashboard: w\n[^]*Run again: cd /);
  // The two are taken at different times.
  const untimed = (report: string) => report.replace(/Polled at: \S+/, "");
  const plain = await place.ok("monitor", "report", "-w", "w");
  assertEquals(untimed(plain), untimed(text));
});

Deno.test("report without -w covers all workspaces; -s and --batch narrow it", async () => {
  await using place = await prepared();
  await place.ok("start", "-w", "v", "-s", "other", "--batch", "b1");
  const report = (...args: string[]) =>
    place.ok("monitor", "report", "--format", "junit", ...args);
  assertEquals(results(await report()), [
    "other: error",
    "bad: failure",
    "good: passed",
  ]);
  assertEquals(results(await report("-s", "good")), ["good: passed"]);
  assertEquals(results(await report("--batch", "b1")), ["other: error"]);
  const json = await place.ok("monitor", "report", "--json");
  assertEquals(JSON.parse(json).workspaces.length, 2);
});

Deno.test("report of a missing workspace exits with 3 and writes nothing", async () => {
  await using place = new Place();
  const args = ["monitor", "report", "-w", "w", "--output", "r.xml"];
  const { code, stderr } = await place.run(...args);
  assertEquals(code, 3);
  assertMatch(stderr, /^error: Cannot find workspace "w"/);
  assertEquals(existsSync(place.at("r.xml")), false);
});

Deno.test("--output replaces a file whole, and makes the directories it is in", async () => {
  await using place = await prepared();
  Deno.writeTextFileSync(place.at("r.xml"), "x".repeat(100_000));
  const to = (path: string) =>
    place.run(
      "monitor",
      "report",
      "-w",
      "w",
      "--format",
      "junit",
      "--output",
      path,
    );
  const { code, stdout, stderr } = await to("r.xml");
  assertEquals([code, stdout, stderr], [0, "", ""]);
  assertEquals(results(read(place, "r.xml")).length, 2);
  assertEquals([...Deno.readDirSync(place.path)].length, 2);
  assertEquals((await to("out/of/r.xml")).code, 0);
  assertEquals(results(read(place, "out/of/r.xml")).length, 2);
  const inFile = await to("r.xml/r.xml");
  assertEquals(inFile.code, 4);
  assertEquals(
    inFile.stderr,
    'error: Cannot write "r.xml/r.xml": "r.xml" is not a directory\n',
  );
  assertEquals((await to(place.path)).code, 4);
  // What is no file, a device say, must stay what it is.
  assertEquals((await place.shell("mkfifo pipe")).code, 0);
  assertEquals((await to("pipe")).code, 4);
  assert(Deno.lstatSync(place.at("pipe")).isFifo);
  assertEquals((await to("")).code, 2);
  assertMatch((await to("-")).stdout, /^<\?xml/);
});

Deno.test("a report follows links and keeps the file's permissions", async () => {
  await using place = await prepared();
  assertEquals(
    (await place.shell(`
      mkdir kept && printf 'earlier \\351' >kept/r && chmod 600 kept/r && ln -s kept/r r
    `)).code,
    0,
  );
  for (
    const args of [
      ["report", "--format", "markdown", "--output", "r"],
      ["wait", "-s", "good", "--quiet", "--report", "markdown=r"],
    ]
  ) {
    await place.ok("monitor", "-w", "w", ...args);
    assert(Deno.lstatSync(place.at("r")).isSymlink);
    assertMatch(read(place, "kept/r"), /`good`/);
    if (args[0] === "wait") continue;
    assertEquals(Deno.statSync(place.at("kept/r")).mode! & 0o777, 0o600);
  }
});

Deno.test("a report for /dev/stdout follows what was written there before", async () => {
  await using place = await prepared();
  const { code, stderr } = await place.shell(`
    { echo before; ptrack monitor report -w w --output /dev/stdout; echo after; } >all
  `);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(read(place, "all"), /^before\n[^]*good[^]*\nafter\n$/);
  for (const path of ["/dev/fd/1", "/dev/stderr", "/proc/self/fd/1"]) {
    const args = ["monitor", "report", "-w", "w", "--output", path];
    assertEquals((await place.run(...args)).code, 2, path);
  }
});

Deno.test("--format github appends the table to the step summary", async () => {
  await using place = await prepared();
  const summary = place.at("summary.md");
  Deno.writeTextFileSync(summary, "# Before\n");
  const env = { GITHUB_STEP_SUMMARY: summary };
  const args = ["monitor", "report", "-w", "w", "--format", "github"];
  const { code, stdout } = await place.runWith({ env }, ...args);
  assertEquals(code, 0);
  assertMatch(stdout, /^::error /);
  assertMatch(read(place, "summary.md"), /^# Before\n### `w`\n[^]*`good`/);
});

Deno.test("the step summary stays below its limit, with what is there before", async () => {
  await using place = await prepared();
  const summary = place.at("summary.md");
  const env = { GITHUB_STEP_SUMMARY: summary };
  const args = ["monitor", "report", "-w", "w", "--format", "github"];
  const limit = 1024 * 1024;
  for (const room of [2_000, 900]) {
    Deno.writeTextFileSync(summary, "x".repeat(limit - room));
    assertEquals((await place.runWith({ env }, ...args)).stderr, "");
    const { size } = Deno.statSync(summary);
    assert(size <= limit && size > limit - room, `${size}`);
  }
  Deno.writeTextFileSync(summary, "x".repeat(limit - 100));
  const { code, stdout, stderr } = await place.runWith({ env }, ...args);
  assertEquals(code, 0);
  assertMatch(stdout, /^::error /);
  assertMatch(
    stderr,
    /^warning: Cannot add to the step summary .*: it is full/,
  );
  assertEquals(Deno.statSync(summary).size, limit - 100);
});

Deno.test("a report shows as much output as is asked for, of both streams", async () => {
  await using place = new Place();
  const script = "seq 1 9000; seq -f 'e%g' 1 9 >&2; exit 1";
  const run = ["run", "-w", "w", "-s", "a", "--capture", "--", "sh", "-c"];
  assertEquals((await place.run(...run, script)).code, 1);
  const shown = async (...args: string[]) =>
    (await place.ok("report", "-w", "w", ...args)).split("\n")
      .filter((line) => /^ +\| e?\d+$/.test(line)).map((line) => line.trim());
  const all = await shown("--format", "junit");
  assertEquals(all.slice(-10), [
    "| 9000",
    ...Array.from({ length: 9 }, (_, index) => `| e${index + 1}`),
  ]);
  assert(all.length > 3_000 && all.join("").length < 30_000, `${all.length}`);
  assertEquals((await shown("--format", "html")).length, 0);
  assertEquals((await shown()).length, 30);
  assertEquals(await shown("--tail", "2"), ["| e8", "| e9"]);
  assertEquals((await shown("--format", "junit", "--tail", "5")).length, 5);
  const { code, stderr } = await place.run("report", "--tail", "0");
  assertEquals([code, /--tail/.test(stderr)], [2, true]);
});

Deno.test("reports and logs leave automatic heartbeats out, and reports earlier attempts", async () => {
  await using place = new Place();
  const path = place.at(".parallel/w/a/log.jsonl");
  const beat = (attempt: number) =>
    Deno.writeTextFileSync(
      path,
      Array.from({ length: 60 }, (_, index) => {
        const timestamp = new Date().toISOString();
        const details = { message: "", auto: true };
        const id = `auto-${attempt}-${index}`;
        const event = { timestamp, event: "heartbeat", details, id, attempt };
        return `${JSON.stringify(event)}\n`;
      }).join(""),
      { append: true },
    );
  await place.ok("start", "-w", "w", "-s", "a", "--batch", "old", "First");
  await place.ok("fail", "-w", "w", "-s", "a", "It broke");
  for (const [attempt, batch] of [[2, "mid"], [3, "new"]] as const) {
    const start = [
      "start",
      "-w",
      "w",
      "-s",
      "a",
      "--restart",
      "--batch",
      batch,
    ];
    await place.ok(...start, `Task of ${batch}`);
    beat(attempt);
    await place.ok("complete", "-w", "w", "-s", "a", "-m", `Done ${batch}`);
  }
  const told = async (...args: string[]) => {
    const report = await place.ok(
      "report",
      "-w",
      "w",
      "--format",
      "junit",
      ...args,
    );
    return report.match(/It broke|Task of \w+|Done \w+|heartbeat/g);
  };
  const last = ["Task of new", "Done new"];
  assertEquals(await told(), last);
  assertEquals(await told("--batch", "new"), last);
  assertEquals(await told("--batch", "new", "--attempts", "all"), last);
  const all = ["It broke", "Task of mid", "Done mid", ...last];
  assertEquals(await told("--attempts", "all"), all);
  const log = await place.ok("log", "-w", "w", "a");
  assertEquals(log.match(/It broke|heartbeat/g), ["It broke"]);
  const json = await place.ok("log", "-w", "w", "a", "--json");
  assertEquals(json.match(/"event":"heartbeat"/g)?.length, 19);
});

/** Waits with a JUnit report; `act` comes once it watches. */
async function reportOf(
  place: Place,
  args: readonly string[],
  act: (wait: Running) => unknown = () => {},
): Promise<{ code: number; results: string[]; stderr: string }> {
  const wait = place.spawn(
    {},
    "monitor",
    "wait",
    "-w",
    "w",
    "--report",
    "junit=r.xml",
    ...args,
  );
  if (act.length > 0) await eventually(() => wait.stdout !== "");
  await act(wait);
  const { code, stderr } = await wait.result;
  return { code, stderr, results: results(read(place, "r.xml")) };
}

Deno.test("wait --report is written when all have ended, well or not", async () => {
  await using place = await prepared();
  const bad = await reportOf(place, []);
  assertEquals([bad.code, bad.results], [1, ["bad: failure", "good: passed"]]);
  const good = await reportOf(place, ["-s", "good", "--quiet"]);
  assertEquals([good.code, good.results], [0, ["good: passed"]]);
});

Deno.test("wait --report: after a timeout only completed sessions have passed", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "slow");
  await place.ok("start", "-w", "w", "-s", "done");
  await place.ok("complete", "-w", "w", "-s", "done");
  const ended = await reportOf(place, [
    "--expect",
    "done,never,slow",
    "--timeout",
    "0.3s",
  ]);
  assertEquals([ended.code, ended.results], [
    124,
    ["done: passed", "slow: error", "never: error"],
  ]);
  const counted = await reportOf(place, ["--expect", "4", "--timeout", "0.1s"]);
  assertEquals(counted.results.at(-1), "(missing): error");
});

Deno.test("wait --report: a workspace that never comes is an error in the report", async () => {
  await using place = new Place();
  const late = await reportOf(place, ["--expect", "1", "--timeout", "0.1s"]);
  assertEquals([late.code, late.results], [124, ["(missing): error"]]);
  const none = await reportOf(place, []);
  assertEquals([none.code, none.results], [3, ["(missing): error"]]);
  const unnamed = await place.run(
    "monitor",
    "wait",
    "--expect",
    "1",
    "--timeout",
    "0.1s",
    "--report",
    "junit=u.xml",
  );
  assertEquals(unnamed.code, 124);
  assertEquals(results(read(place, "u.xml")), ["(missing): error"]);
});

Deno.test("wait --report: sessions that a wait did not need are no errors", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a");
  await place.ok("start", "-w", "w", "-s", "b");
  await place.ok("complete", "-w", "w", "-s", "a");
  const any = await reportOf(place, ["--any"]);
  assertEquals([any.code, any.results], [0, ["a: passed", "b: skipped"]]);
  await place.ok("waiting", "-w", "w", "-s", "b", "Which?");
  const asked = await reportOf(place, ["--until-waiting"]);
  assertEquals([asked.code, asked.results], [5, ["a: passed", "b: error"]]);
});

Deno.test("wait --report: a session that vanished is an error", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a");
  const ended = await reportOf(place, [], async (wait) => {
    await eventually(() => wait.stdout.includes("a running"));
    await Deno.remove(place.directory("w", "a"), { recursive: true });
  });
  assertEquals([ended.code, ended.results], [1, ["a: error"]]);
});

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  Deno.test(`wait --report is written on ${signal}, too`, async () => {
    await using place = new Place();
    await place.ok("start", "-w", "w", "-s", "a");
    const ended = await reportOf(place, [], (wait) => wait.kill(signal));
    assertEquals([ended.code, ended.results], [code, ["a: error"]]);
  });
}

Deno.test("a wait that is killed leaves no report of an earlier one", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "a");
  Deno.writeTextFileSync(place.at("r.xml"), "an earlier success");
  Deno.writeTextFileSync(place.at("target"), "an earlier success");
  Deno.symlinkSync("target", place.at("r.md"));
  const wait = place.spawn(
    {},
    ...["monitor", "wait", "-w", "w", "--json"],
    ...["--report", "junit=r.xml", "--report", "markdown=r.md"],
  );
  await eventually(() =>
    !existsSync(place.at("r.xml")) && !existsSync(place.at("target"))
  );
  wait.kill("SIGKILL");
  await wait.result;
  assert(!existsSync(place.at("r.xml")));
  assert(!existsSync(place.at("target")));
  assert(Deno.lstatSync(place.at("r.md")).isSymlink);
});

placeTest("a report is written when a signal comes before any workspace, too", [
  "linux",
  "not node",
], async (place) => {
  const args = [
    "monitor",
    "wait",
    "--expect",
    "1",
    "--report",
    "junit=r.xml",
  ];
  const wait = place.spawn({}, ...args, "--json");
  await eventually(() => takesSignals(wait.pid));
  wait.kill("SIGTERM");
  assertEquals((await wait.result).code, 143);
  assertEquals(results(read(place, "r.xml")), ["(missing): error"]);
});

/** Whether a process catches SIGTERM by now. */
function takesSignals(pid: number): boolean {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const caught = BigInt(`0x${/^SigCgt:\s*(\w+)$/m.exec(status)![1]}`);
  return (caught >> 14n & 1n) === 1n;
}

Deno.test("a wait writes several reports, and one that cannot be written is a warning", async () => {
  await using place = await prepared();
  const wait = (...args: string[]) =>
    place.run("monitor", "wait", "-w", "w", "--quiet", ...args);
  Deno.writeTextFileSync(place.at("no"), "");
  const report = ["--report", "json=no/x.json", "--report", "markdown=r.md"];
  const bad = await wait(...report);
  assertEquals(bad.code, 1);
  const warning =
    'warning: Cannot write "no/x.json": "no" is not a directory\n';
  assertEquals(bad.stderr, warning);
  assertMatch(read(place, "r.md"), /`bad`/);
  const good = await wait("-s", "good", ...report);
  assertEquals([good.code, good.stderr], [4, warning]);
  const late = await wait("--expect", "9", "--timeout", "0.1s", ...report);
  assertEquals([late.code, late.stderr], [124, warning]);
});

Deno.test("a wrong --report is a usage error before the wait", async () => {
  await using place = await prepared();
  for (const report of ["junit", "word=x", "junit=", "=x", "junit=dir/"]) {
    const args = ["monitor", "wait", "-w", "w", "--report", report];
    const { code, stderr } = await place.run(...args);
    assertEquals(code, 2, report);
    assertMatch(stderr, /^error: Cannot use .* as --report: it is /);
  }
  const format = ["monitor", "report", "--format", "word"];
  assertEquals((await place.run(...format)).code, 2);
  const both = ["monitor", "report", "--json", "--format", "junit"];
  assertEquals((await place.run(...both)).code, 2);
  assertEquals((await place.run("monitor", "--format", "junit")).code, 2);
});

Deno.test("every report of a wait that ran out of time says so", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "w", "-s", "slow", "Takes its time");
  await place.ok("start", "-w", "w", "-s", "quick");
  await place.ok("complete", "-w", "w", "-s", "quick");
  const formats = ["text", "markdown", "html", "junit", "github"];
  const { code } = await place.run(
    ...["monitor", "wait", "-w", "w", "--timeout", "1s", "--quiet"],
    ...formats.flatMap((format) => ["--report", `${format}=${format}`]),
  );
  assertEquals(code, 124);
  for (const format of formats) {
    const report = read(place, format).replace(/<style>[^]*<\/style>/, "");
    assertMatch(
      report,
      /had not finished when|not finished: (running: )?Takes/,
      format,
    );
  }
  const looked = await place.ok("monitor", "report", "-w", "w");
  assert(!looked.includes("not finished"), looked);
});
