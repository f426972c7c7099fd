/** Long logs and many sessions: what a call costs does not grow with them. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { foreignStatus, Place, PROGRAM } from "../support/program.ts";
import { needs } from "../support/needs.ts";

const MEASURE = `
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_maxrss, file=sys.stderr)
sys.exit(code)
`;

/** Runs the program; how much memory it took at most, in MiB. */
async function measure(place: Place, ...args: string[]) {
  const words = ["python3", "-c", MEASURE, ...PROGRAM, ...args]
    .map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const { code, stdout, stderr } = await place.shell(words.join(" "));
  return { code, stdout, mebibytes: Number(stderr.trim()) / 1024 };
}

const MIB = 1024 * 1024;

/** Makes a session's log 200 MiB longer; the file has a hole, so it is quick. */
function lengthenLog(place: Place, id: string) {
  const path = `${place.directory("default", id)}/log.jsonl`;
  const { size } = Deno.statSync(path);
  Deno.truncateSync(path, size + 200 * MIB);
  Deno.writeTextFileSync(path, "\n", { append: true });
}

Deno.test({
  name: "a log of 200 MB takes no memory, whether a session writes or is shown",
  // The peak of a process is asked of Python's standard library.
  ...needs("linux", "python3"),
  async fn() {
    await using place = new Place();
    await place.ok("start", "-s", "a", "Task");
    const usual = await measure(place, "heartbeat", "-s", "a");
    lengthenLog(place, "a");
    for (
      const args of [
        ["heartbeat", "-s", "a", "-m", "Half"],
        ["error", "-s", "a", "Oops"],
        ["monitor", "-w", "default"],
        ["monitor", "log", "-w", "default", "-s", "a", "-n", "2"],
      ]
    ) {
      const { code, stdout, mebibytes } = await measure(place, ...args);
      assertEquals(code, 0, args.join(" "));
      assert(
        mebibytes < usual.mebibytes + 150,
        `${args.join(" ")}: ${mebibytes} MiB, usually ${usual.mebibytes}`,
      );
      if (args[1] === "log") assertMatch(stdout, /heartbeat[^]*error/);
    }
    const { ptrack, message } = place.status("default", "a");
    assertEquals([message, ptrack.errors_total], ["Half", 1]);
  },
});

Deno.test("a thousand sessions are shown, one row each, in the order of ids", async () => {
  await using place = new Place();
  const ids = Array.from(
    { length: 1000 },
    (_, n) => `s-${String(n).padStart(4, "0")}`,
  );
  for (const id of ids) {
    place.write("many", id, { "status.json": { state: "completed" } });
  }
  const { code, stdout } = await place.run("monitor", "-w", "many");
  assertEquals(code, 0);
  assertMatch(stdout, /Total: 1000 \| Running: 0 \| Done: 1000 /);
  assertEquals(stdout.match(/s-\d{4}/g), ids);
});

Deno.test({
  name:
    "the summary of thousands of sessions is the same on one core and on two",
  // With two cores a second thread makes a part of it.
  ...needs("executable", "taskset"),
  async fn() {
    await using place = new Place();
    for (let n = 0; n < 5_200; n++) {
      const id = `s-${n}`;
      const status = n % 1_000 === 7
        ? "{"
        : foreignStatus("many", id, { state: "completed", metadata: { n } });
      place.write("many", id, { "status.json": status });
    }
    Deno.symlinkSync("s-1", place.directory("many", "s-link"));
    Deno.mkdirSync(place.directory("many", "s-unreadable/status.json"), {
      recursive: true,
    });
    for (const args of ["-w many", ""]) {
      const summary = `${PROGRAM.join(" ")} monitor --json ${args}`;
      const alone = await place.shell(`taskset -c 0 ${summary}`);
      const { code, stdout, stderr } = await place.shell(summary);
      assertEquals([code, stderr], [0, ""]);
      assert(stdout === alone.stdout);
      const [whole] = [JSON.parse(stdout)].flatMap((all) =>
        all.workspaces ?? all
      );
      assertEquals(
        [whole.total_sessions, whole.completed, whole.unreadable],
        [5_202, 5_194, 8],
      );
    }
  },
});

Deno.test("a log of 1 TB with nothing in it keeps nobody busy", {
  ...needs("linux"),
}, async () => {
  await using place = new Place();
  await place.ok("start", "-w", "good", "-s", "s", "Task");
  await place.ok("start", "-w", "evil", "-s", "told", "Task");
  place.write("evil", "bare", { "log.jsonl": "" });
  for (const id of ["told", "bare"]) {
    Deno.truncateSync(`${place.directory("evil", id)}/log.jsonl`, 2 ** 40);
  }
  const exitCodes: [number, ...string[]][] = [
    [1, "monitor"],
    [0, "monitor", "--waiting-count"],
    [0, "monitor", "log", "-w", "evil", "-s", "bare"],
    [0, "heartbeat", "-w", "evil", "-s", "told", "-m", "Half"],
    [0, "clean", "--dry-run"],
  ];
  for (const [code, ...args] of exitCodes) {
    assertEquals((await place.run(...args)).code, code, args.join(" "));
  }
  assertEquals(place.status("evil", "told").message, "Half");
  assertEquals(
    (await place.run("heartbeat", "-w", "evil", "-s", "bare")).code,
    1,
  );
});

Deno.test({
  name: "statuses of many megabytes are told as such, and take no memory",
  ...needs("linux", "python3"),
  async fn() {
    await using place = new Place();
    const large = `{"state":"completed","metadata":{"a":[${
      Array(1_390_000).fill("{}").join(",")
    }]}}`;
    for (let n = 0; n < 60; n++) {
      const directory = place.directory("w", `s${n}`);
      Deno.mkdirSync(directory, { recursive: true });
      Deno.writeTextFileSync(`${directory}/status.json`, large);
    }
    const { code, mebibytes } = await measure(
      place,
      "monitor",
      "--waiting-count",
    );
    assertEquals(code, 0);
    assert(mebibytes < 300, `${mebibytes} MiB`);
    const { stdout } = await place.run("monitor", "-w", "w");
    assertMatch(stdout, /\[\?\] s7 .*it is over 1 Mi/);
  },
});
