/**
 * How `run` judges its command: which exit codes are success, outputs that are
 * checked, tries that are repeated, progress that is read from the output, and
 * what a failure leaves behind for whoever looks into it.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { hasBegun } from "../support/comparison.ts";
import { eventually, type Place, placeTest } from "../support/program.ts";

/** A test in a place of its own. */
function test(name: string, fn: (place: Place) => Promise<void>): void {
  placeTest(name, ["linux"], fn);
}

test("--success-codes decide on the session, not on the exit code", async (place) => {
  const states = ["completed", "failed", "failed", "completed"];
  for (const [code, state] of states.entries()) {
    const session = `s${code}`;
    const options = ["-s", session, "--success-codes", "0,3"];
    const result = await place.run(
      "run",
      ...options,
      "--",
      "sh",
      "-c",
      `exit ${code}`,
    );
    assertEquals([result.code, result.stderr], [code, ""]);
    assertEquals(place.status("default", session).state, state, session);
  }
});

test("--success-codes takes signals, by their names", async (place) => {
  const states = [["TERM", "completed"], ["KILL", "failed"]] as const;
  for (const [signal, state] of states) {
    const result = await place.shell(
      `ptrack run -s ${signal} --success-codes 0,term,SIGHUP -- sh -c 'kill -${signal} $$'`,
    );
    assertEquals(result.code, signal === "TERM" ? 143 : 137);
    assertEquals(place.status("default", signal).state, state);
  }
});

test("--verify exits 1 unless all outputs are good", async (place) => {
  const run = (session: string, script: string, ...options: string[]) => {
    const outputs = ["--output", "one", "--output", "two"];
    const args = ["-s", session, ...outputs, ...options, "--", "sh", "-c"];
    return place.run("run", ...args, script);
  };
  const state = (session: string) => place.status("default", session).state;
  Deno.writeTextFileSync(place.at("one"), "old");
  Deno.utimeSync(place.at("one"), new Date(1e12), new Date(1e12));
  const missing = await run("missing", "echo x > two", "--verify");
  assertEquals([missing.code, state("missing")], [1, "failed"]);
  assertMatch(place.status("default", "missing").message, /one/);
  const empty = await run("empty", "echo > one; : > two", "--verify");
  assertEquals([empty.code, state("empty")], [1, "failed"]);
  assertMatch(place.status("default", "empty").message, /two/);
  const good = await run("good", "echo 1 > one; echo 2 > two", "--verify");
  assertEquals([good.code, good.stderr, state("good")], [0, "", "completed"]);
  const outputs = place.status("default", "good").output_files;
  assertEquals(outputs, ["one", "two"]);
  const failed = await run("failed", "echo 1 > one; exit 5", "--verify");
  assertEquals([failed.code, state("failed")], [5, "failed"]);
  Deno.removeSync(place.at("one"));
  const careless = await run("careless", "true");
  assertEquals([careless.code, state("careless")], [0, "completed"]);
});

test("--retry tries again, and nobody's wait ends before the last one", async (place) => {
  const script = `echo try >> tries; echo "out $(wc -l < tries)"
    if test $(wc -l < tries) -lt 3; then exit 9; fi
    until test -e go; do sleep 0.01; done`;
  const options = ["-s", "a", "--retry", "4", "--retry-delay", "0.01s"];
  const running = place.spawn({}, "run", ...options, "--", "sh", "-c", script);
  await eventually(() =>
    hasBegun(place) &&
    place.status("default", "a").ptrack.errors_total === 2
  );
  const waiting = place.spawn({}, "monitor", "wait", "-w", "default");
  await eventually(() => running.stdout.includes("out 3"));
  assertEquals(place.status("default", "a").state, "running");
  Deno.writeTextFileSync(place.at("go"), "");
  const { code, stdout, stderr } = await running.result;
  assertEquals([code, stdout], [0, "out 1\nout 2\nout 3\n"]);
  assertEquals(stderr, "");
  assertEquals((await waiting.result).code, 0);
  const { state, errors } = place.status("default", "a");
  assertEquals([state, errors.length], ["completed", 2]);
  for (const error of errors) assertMatch(error, /\b9\b/);
  const events = place.log("default", "a").map(({ event }) => event)
    .filter((event) => event !== "heartbeat");
  assertEquals(events, ["started", "error", "error", "completed"]);
});

test("--retry fails when the last try has failed, with its exit code", async (place) => {
  const script = "echo x >> tries; exit $((6 + $(wc -l < tries)))";
  const options = ["-s", "a", "--retry", "2", "--retry-delay", "0.01s"];
  const result = await place.run("run", ...options, "--", "sh", "-c", script);
  assertEquals(result.code, 9);
  const { state, errors } = place.status("default", "a");
  assertEquals([state, errors.length], ["failed", 3]);
  assertMatch(errors[2], /FATAL: /);
});

/** What a command prints, the expression, and the percentage it means. */
const PROGRESS: [
  what: string,
  expression: string,
  prints: string,
  pct: number,
][] = [
  ["a percentage", "(\\d+)%", "10%\\n 45% done\\n", 45],
  ["so many of so many", "(\\d+)/(\\d+)", "file 3/20\\nfile 7/20\\n", 35],
  ["a bar that is drawn over itself", "(\\d+)%", "\\r10%%\\r33%%\\r", 33],
  ["a line that has not ended", "(\\d+)%", "at 61%%", 61],
  ["a percentage with decimals", "([\\d.]+)%", "12.7%%\\n", 12],
  ["more than there is", "(\\d+)/(\\d+)", "30/20\\n", 100],
];

for (const [what, expression, prints, pct] of PROGRESS) {
  test(`--progress takes ${what} from the output`, async (place) => {
    const text = prints.replace(/([^%])%(?!%)/g, "$1%%");
    const script = `printf '${text}'; until test -e go; do sleep 0.01; done`;
    const options = ["-s", "a", "--progress", expression];
    const running = place.spawn({}, "run", ...options, "sh", "-c", script);
    const reached = () => {
      if (!hasBegun(place)) return -1;
      return Math.trunc(place.status("default", "a").progress_pct);
    };
    await eventually(() => reached() === pct || reached() === pct + 1);
    Deno.writeTextFileSync(place.at("go"), "");
    const { code, stdout } = await running.result;
    assertEquals(code, 0);
    assertEquals(stdout.length, text.replaceAll(/%%|\\[nr]/g, "x").length);
    assertEquals(place.status("default", "a").progress_pct, 100);
  });
}

test("a failure tells the exit code and, captured, the last lines", async (place) => {
  const script = "seq 1 5000; echo 'Cannot open /data' >&2; exit 42";
  const options = ["-s", "a", "--capture"];
  const result = await place.run("run", ...options, "--", "sh", "-c", script);
  assertEquals(result.code, 42);
  const { message } = place.status("default", "a");
  assertMatch(message, /^FAILED: .*42/);
  assertMatch(message, /Cannot open \/data/);
  const { event, details } = place.log("default", "a").at(-1);
  assertEquals([event, details.exit_code], ["failed", 42]);
  const tail = JSON.stringify(details.tail);
  assert(tail.includes("Cannot open /data") && tail.includes("5000"), tail);
  assert(!tail.includes("1000"), tail);
});

test("a failure tells the signal by its name", async (place) => {
  await place.run("run", "-s", "a", "--", "dash", "-c", "kill -9 $$");
  assertMatch(place.status("default", "a").message, /SIGKILL/);
  const { details } = place.log("default", "a").at(-1);
  assertEquals(details.signal, "SIGKILL");
});

test("a failure leaves a report for log and for the end of a wait", async (place) => {
  const script = "echo '--- FAIL: TestX'; exit 7";
  const options = ["-s", "a", "-w", "w", "--capture"];
  const running = place.run(
    "run",
    ...options,
    "--",
    "sh",
    "-c",
    script,
    "it's",
  );
  assertEquals((await running).code, 7);
  const waited = await place.run("monitor", "wait", "-w", "w");
  assertEquals(waited.code, 1);
  const log = await place.ok("monitor", "log", "-w", "w", "-s", "a");
  for (const shown of [log, waited.stdout]) {
    assertMatch(shown, /\b7\b/);
    assertMatch(shown, /--- FAIL: TestX/);
    assertMatch(shown, /sh -c .*TestX.*it/);
    assert(shown.includes(place.path) || /again/i.test(shown), shown);
  }
});

test("a tail that is hostile or endless does no harm", async (place) => {
  const script =
    `printf '\\033[31mred\\033]0;title\\007 \\377\\376 \\342\\200\\256x\\n'
    head -c 3000000 /dev/zero | tr '\\0' y; exit 1`;
  const options = ["-s", "a", "-w", "w", "--capture"];
  const result = await place.run("run", ...options, "--", "sh", "-c", script);
  assertEquals(result.code, 1);
  const path = `${place.directory("w", "a")}/log.jsonl`;
  assert(Deno.statSync(path).size < 200_000);
  const log = await place.ok("monitor", "log", "-w", "w", "-s", "a");
  const waited = (await place.run("monitor", "wait", "-w", "w")).stdout;
  for (const shown of [log, waited]) {
    // deno-lint-ignore no-control-regex
    assertEquals(shown.match(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/g), null);
    assert(shown.length < 60_000, String(shown.length));
  }
});

test("without --capture a failure still tells how it ended", async (place) => {
  const { code } = await place.run("run", "-s", "a", "sh", "-c", "exit 7");
  assertEquals(code, 7);
  assertMatch(place.status("default", "a").message, /^FAILED: .*\b7\b/);
});
