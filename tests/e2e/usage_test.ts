/** Bad input: one line that helps, exit 2 or 3, and nothing written. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { existsSync } from "@std/fs";
import { ENGINE, Place } from "../support/program.ts";

/** A command line, the exit code, and what the one line must say. */
const WRONG: [args: string[], code: number, says: RegExp][] = [
  [["strat"], 2, /unknown command "strat"; did you mean "start"\?/],
  [["hartbeat"], 2, /did you mean "heartbeat"\?/],
  [["monitr"], 2, /did you mean "monitor"\?/],
  [["track", "hartbeat"], 2, /did you mean "heartbeat"\?/],
  [["track"], 2, /verb/],
  [["xyzzy"], 2, /unknown command "xyzzy".*--help/],
  [
    ["start", "-s", "a", "--heartbeat-timout", "5"],
    2,
    /"--heartbeat-timeout"\?/,
  ],
  [["heartbeat", "-s", "a", "--mesage", "x"], 2, /did you mean "--message"\?/],
  [["heartbeat", "-s", "a", "-x"], 2, /unknown option "-x"/],
  [["heartbeat", "-s", "a", "Drafting"], 2, /--message/],
  [["heartbeat", "-s", "a", "--pct"], 2, /needs a value/],
  [["heartbeat", "-s", "a", "--pct", "many"], 2, /"many" as --pct/],
  [["heartbeat", "-s", "a", "--pct", "1/0"], 2, /part of 0/],
  [["heartbeat"], 2, /--session or PTRACK_SESSION/],
  [["start", "-s", "a", "--meta", "novalue"], 2, /KEY=VALUE/],
  [["start", "-s", "a", "--session-timeout", "soon"], 2, /duration/],
  [["start", "-s", "a", "--session-timeout", "0"], 2, /duration/],
  [["start", "-s", "a", "--pid", "-1"], 2, /--pid/],
  [["start", "-s", "a", "two", "texts"], 2, /quote it/],
  [["start", "-s", "a", "-w", "no/slash"], 2, /workspace name/],
  [["start", "-s", "a b"], 2, /session name/],
  [["error", "-s", "a"], 2, /needs a text/],
  [["fail", "-s", "a"], 2, /needs a text/],
  [["complete", "-s", "a", "Done"], 2, /--message/],
  [["complete", "-s", "a", "--verify=yes"], 2, /takes no value/],
  [["heartbeat", "-s", "gone"], 3, /Cannot find session "gone"/],
  [
    ["complete", "-s", "gone", "-w", "nowhere"],
    3,
    /"gone" in workspace "nowhere"/,
  ],
  [["monitor", "statsu"], 2, /unknown view "statsu"; did you mean "status"\?/],
  [["monitor", "--color", "pink"], 2, /auto, always, never/],
  [["monitor", "watch", "--wait"], 2, /one view/],
  [["monitor", "-w", "a", "--wait", "--expect", ""], 2, /--expect/],
  [["monitor", "-w", "a", "--wait", "--timeout", "x"], 2, /--timeout/],
  [["monitor", "-w", "../x"], 2, /workspace name/],
  [["wach"], 2, /did you mean "watch"\?/],
  [["help", "monitor", "wach"], 2, /did you mean "watch"\?/],
  [["help", "fail", "x"], 2, /one command/],
  [["help", "strat"], 2, /did you mean "start"\?/],
  [["--workspace"], 2, /needs a value/],
];

for (const [args, code, says] of WRONG) {
  const shown = args.map((arg) => arg || '""').join(" ");
  Deno.test(`"ptrack ${shown}" is told in one line, and writes nothing`, async () => {
    await using place = new Place();
    const result = await place.run(...args);
    assertEquals(result.code, code, JSON.stringify(result));
    assertEquals(result.stdout, "");
    assertMatch(result.stderr, /^error: Cannot [^\n]*[^.\n]\n$/);
    assertMatch(result.stderr, says);
    assertEquals(place.names(""), []);
  });
}

Deno.test("help and version go to standard output, with exit 0", async () => {
  await using place = new Place();
  assertMatch(
    await place.ok("--version"),
    ENGINE === "deno"
      ? /^ptrack [\d.]+ \(deno [\d.]+, \w+-(x64|arm64), commit source\)\n$/
      : /^ptrack [\d.]+ \((bun|deno|node) [\d.]+, \w+-(x64|arm64)(-musl)?, commit ([0-9a-f]{12}(-dirty)?|unknown)\)\n$/,
  );
  for (
    const args of [
      ["--help"],
      ["help"],
      ["start", "--help"],
      ["track", "--help"],
      ["track", "start", "-h"],
      ["monitor", "wait", "--help"],
      ["wait", "--help"],
      ["help", "monitor"],
      ["help", "wait"],
      ["help", "monitor", "wait"],
      ["help", "track", "fail"],
    ]
  ) {
    const text = await place.ok(...args);
    assert(text.length > 200, args.join(" "));
    assertMatch(text, /Usage|ptrack/);
  }
  assertEquals(place.names(""), []);
});

Deno.test("help names every verb, and each verb's help all of its options", async () => {
  await using place = new Place();
  const overview = await place.ok("--help");
  const start = await place.ok("start", "--help");
  for (
    const verb of [
      ..."start heartbeat waiting error complete fail monitor".split(" "),
    ]
  ) {
    assert(overview.includes(verb), verb);
  }
  for (
    const option of [
      ..."meta heartbeat-timeout session-timeout batch pid restart".split(" "),
      ..."force export session workspace dir color help".split(" "),
    ]
  ) {
    assert(start.includes(`--${option}`), option);
  }
});

Deno.test("without arguments the overview goes to standard error, exit 2", async () => {
  await using place = new Place();
  const { code, stdout, stderr } = await place.run();
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /heartbeat/);
});

Deno.test("watching creates nothing where there is nothing", async () => {
  await using place = new Place();
  await Deno.remove(`${place.path}/.parallel`);
  // A repository, so that no .parallel further up is found.
  await Deno.mkdir(`${place.path}/.git`);
  assertEquals((await place.run("monitor", "-w", "adrs")).code, 3);
  assertEquals((await place.run("monitor", "-w", "adrs", "--wait")).code, 3);
  assertEquals((await place.run("monitor", "log", "-s", "a")).code, 3);
  assertEquals((await place.run("heartbeat", "-s", "a")).code, 3);
  assert(!existsSync(`${place.path}/.parallel`));
});

Deno.test("no error is a command to the runner of a CI system", async () => {
  await using place = new Place();
  for (
    const args of [
      ["##[error]x"],
      ["start", "-s", "##vso[task.complete]"],
      ["monitor", "-w", "##[error]x"],
      ["monitor", "--since", "##[error]x"],
      ["log", "##[error]x", "-w", "##[error]x"],
      ["report", "--output", "/nowhere/\n::error::x/##[error]x/"],
    ]
  ) {
    const { code, stdout, stderr } = await place.run(...args);
    assert(code > 0);
    assert(!/##(\[|vso)|^\s*::/mi.test(stdout + stderr), stderr);
  }
});

Deno.test("an escape in an argument is not echoed to the terminal", async () => {
  await using place = new Place();
  for (
    const args of [
      ["st\x1b[31mart"],
      ["start", "-s", "a\x1b[2J\r\n"],
      ["heartbeat", "-s", "a", "--p\x1b[2Jct"],
      ["heartbeat", "-s", "a", "--pct", "\x9b31m"],
    ]
  ) {
    const { code, stderr } = await place.run(...args);
    assertEquals(code, 2);
    // deno-lint-ignore no-control-regex
    assertMatch(stderr, /^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*\n$/);
  }
});
