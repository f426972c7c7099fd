/** Disks that are full or read-only, outputs that cannot be written. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Place, placeTest, type Result } from "../support/program.ts";
import { needs } from "../support/needs.ts";

function assertFailed(result: Result, why: RegExp) {
  assertEquals(result.code, 4, JSON.stringify(result));
  assertMatch(result.stderr, /^error: Cannot [^\n]*\n$/);
  assertMatch(result.stderr, why);
}

/** Runs a system's own command; whether it succeeded. */
function system(...words: string[]): boolean {
  try {
    const [command, ...args] = words;
    const output = new Deno.Command(command!, {
      args,
      stdout: "null",
      stderr: "null",
    });
    return output.outputSync().success;
  } catch {
    return false;
  }
}

/** A small file system of its own, in `place`. */
class SmallDisk implements Disposable {
  readonly path: string;

  constructor(place: Place) {
    this.path = place.at("disk");
    Deno.mkdirSync(this.path);
    if (
      !system("mount", "-t", "tmpfs", "-o", "size=256k", "small", this.path)
    ) {
      throw new Error("cannot mount");
    }
  }

  /** Takes all the room that is left. */
  fill() {
    const file = Deno.openSync(`${this.path}/filler`, {
      create: true,
      append: true,
    });
    try {
      for (;;) file.writeSync(new Uint8Array(4096));
    } catch {
      // Full, as it should be.
    } finally {
      file.close();
    }
  }

  makeRoom() {
    Deno.removeSync(`${this.path}/filler`);
  }

  makeReadOnly() {
    system("mount", "-o", "remount,ro", this.path);
  }

  [Symbol.dispose]() {
    system("umount", "-l", this.path);
  }
}

function onDisk(
  name: string,
  run: (place: Place, disk: SmallDisk) => Promise<void>,
) {
  Deno.test({
    name,
    ...needs("mount"),
    async fn() {
      await using place = new Place();
      using disk = new SmallDisk(place);
      await run(place, disk);
    },
  });
}

onDisk(
  "on a full disk a report fails with one line and exit 4, and nothing acknowledged is lost",
  async (place, disk) => {
    const dir = ["--dir", `${disk.path}/state`];
    await place.ok("start", "-s", "a", ...dir);
    disk.fill();
    const acknowledged: string[] = [];
    let failed: Result | null = null;
    for (let i = 0; failed === null && i < 20; i++) {
      const text = `${i}-${"x".repeat(3000)}`;
      const result = await place.run("error", "-s", "a", ...dir, text);
      if (result.code === 0) acknowledged.push(text);
      else failed = result;
      // The event is safe, its status not yet: that is a warning.
      if (result.code === 0) {
        assertMatch(result.stderr, /^(warning: [^\n]*\n)*$/);
      }
    }
    assertFailed(failed!, /no space left on the device/);
    const names = [...Deno.readDirSync(`${disk.path}/state/default/a`)].map((
      { name },
    ) => name);
    assertEquals(names.sort(), ["log.jsonl", "status.json"]);
    const read = async () => {
      const json = await place.ok("monitor", "-w", "default", "--json", ...dir);
      return JSON.parse(json).sessions[0].errors.map((text: string) =>
        text.replace(/^\[.*?\] /, "")
      );
    };
    assertEquals(await read(), acknowledged);
    disk.makeRoom();
    await place.ok("error", "-s", "a", ...dir, "after");
    assertEquals(await read(), [...acknowledged, "after"]);
    assertEquals((await place.run("complete", "-s", "a", ...dir)).stderr, "");
    const last = JSON.parse(
      Deno.readTextFileSync(`${disk.path}/state/default/a/status.json`),
    );
    assertEquals([last.state, last.ptrack.errors_total], [
      "completed",
      acknowledged.length + 1,
    ]);
  },
);

onDisk(
  "doctor on a full disk leaves nothing, and advises to free space",
  async (place, disk) => {
    const dir = ["--dir", `${disk.path}/state`];
    await place.ok("start", "-s", "a", ...dir);
    const names = () =>
      [...Deno.readDirSync(`${disk.path}/state`)].map(({ name }) => name);
    const before = names();
    disk.fill();
    const { code, stdout } = await place.run("doctor", ...dir);
    assertEquals([code, names()], [1, before]);
    assertMatch(stdout, /no space left on the device\n +Free some space/);
  },
);

onDisk(
  "a start on a full disk fails and can be tried again",
  async (place, disk) => {
    const dir = ["--dir", `${disk.path}/state`];
    await place.ok("start", "-s", "first", ...dir);
    disk.fill();
    assertFailed(await place.run("start", "-s", "b", ...dir), /no space left/);
    disk.makeRoom();
    const { code, stderr } = await place.run("start", "-s", "b", ...dir);
    assertEquals([code, stderr], [0, ""]);
  },
);

onDisk(
  "on a full disk a complete is either done or refused, never half",
  async (place, disk) => {
    const dir = ["--dir", `${disk.path}/state`];
    await place.ok("start", "-s", "a", ...dir);
    disk.fill();
    const output = `out-${"x".repeat(5000)}`;
    const result = await place.run(
      "complete",
      "-s",
      "a",
      ...dir,
      "--output",
      output,
    );
    assertFailed(result, /no space left/);
    const json = await place.ok("monitor", "-w", "default", "--json", ...dir);
    assertEquals(JSON.parse(json).sessions[0].state, "running");
    disk.makeRoom();
    assertEquals((await place.run("complete", "-s", "a", ...dir)).code, 0);
  },
);

onDisk(
  "on a read-only disk writers exit 4 with one line, and readers read",
  async (place, disk) => {
    const dir = ["--dir", `${disk.path}/state`];
    await place.ok("start", "-s", "a", ...dir);
    disk.makeReadOnly();
    for (
      const args of [["heartbeat", "-s", "a"], ["start", "-s", "b"], [
        "fail",
        "-s",
        "a",
        "x",
      ]]
    ) {
      assertFailed(await place.run(...args, ...dir), /read-only/);
    }
    const { code, stdout } = await place.run(
      "monitor",
      "-w",
      "default",
      ...dir,
    );
    assertEquals(code, 0);
    assertMatch(stdout, /\[~\] a /);
    assertEquals(
      (await place.run("monitor", "log", "-w", "default", "-s", "a", ...dir))
        .code,
      0,
    );
  },
);

Deno.test("a directory whose parent is missing is one clear line and exit 4", async () => {
  await using place = new Place();
  const dir = ["--dir", place.at("missing/state")];
  assertFailed(
    await place.run("start", "-s", "a", ...dir),
    /no such file or directory/,
  );
  assertEquals((await place.run("heartbeat", "-s", "a", ...dir)).code, 3);
  assertEquals((await place.run("monitor", "-w", "w", ...dir)).code, 3);
});

Deno.test("a file in the place of a directory is one clear line and exit 4", async () => {
  await using place = new Place();
  Deno.writeTextFileSync(place.at("file"), "");
  assertFailed(
    await place.run("start", "-s", "a", "--dir", "file"),
    /not a directory/,
  );
  Deno.writeTextFileSync(place.directory("w"), "");
  assertFailed(await place.run("start", "-w", "w", "-s", "a"), /it is a file/);
  await Deno.mkdir(place.directory("v"));
  Deno.writeTextFileSync(place.directory("v", "a"), "");
  assertFailed(await place.run("start", "-w", "v", "-s", "a"), /it is a file/);
});

Deno.test("best effort forgives a disk that cannot be written", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "a");
  await Deno.remove(`${place.directory("default", "a")}/log.jsonl`);
  await Deno.mkdir(`${place.directory("default", "a")}/log.jsonl`);
  assertFailed(await place.run("heartbeat", "-s", "a"), /log/);
  const env = { PTRACK_BEST_EFFORT: "1" };
  const { code, stderr } = await place.runWith({ env }, "heartbeat", "-s", "a");
  assertEquals(code, 0);
  assertMatch(stderr, /^warning: Cannot [^\n]*\n$/);
});

placeTest(
  "output to a full device is one line and exit 4",
  ["linux"],
  async (place) => {
    await place.ok("start", "-s", "a");
    for (
      const command of [
        "--help",
        "--version",
        "monitor -w default",
        "monitor -w default --json",
        "monitor log -w default -s a",
        "monitor list",
        "start Another",
      ]
    ) {
      const result = await place.shell(`ptrack ${command} > /dev/full`);
      assertFailed(result, /Cannot write output: no space left/);
    }
  },
);

placeTest(
  "an error that cannot be told still sets the exit code",
  ["linux"],
  async (place) => {
    const { code, stdout } = await place.shell(
      "ptrack heartbeat -s gone 2> /dev/full",
    );
    assertEquals([code, stdout], [3, ""]);
    assertEquals((await place.shell("ptrack heartbeat -s gone 2>&-")).code, 3);
  },
);

/** As many sessions as make more than a pipe holds. */
function writeMany(place: Place, count: number, workspace = "many") {
  for (let i = 0; i < count; i++) {
    place.write(workspace, `s-${i}`, {
      "status.json": { state: "completed", message: "x".repeat(300) },
    });
  }
}

Deno.test("a closed pipe ends a monitor quietly", async () => {
  await using place = new Place();
  writeMany(place, 500);
  // A wait tells all that has ended; so much fits into a pipe.
  writeMany(place, 100, "some");
  const views = ["--json", "", "--watch"].map((view) => `-w many ${view}`);
  for (const args of [...views, "-w some --wait"]) {
    const { stdout, stderr } = await place.shell(
      `ptrack monitor ${args} | head -n 1; echo "\${PIPESTATUS[0]}"`,
    );
    assertEquals(stderr, "", args);
    const code = Number(stdout.trimEnd().split("\n").at(-1));
    assert([0, 141].includes(code), `${args}: ${code}`);
  }
});

Deno.test("output through a pipe is whole beyond what a pipe holds", async () => {
  await using place = new Place();
  writeMany(place, 500);
  const { stdout } = await place.shell("ptrack monitor -w many --json | cat");
  assert(stdout.length > 200_000);
  assertEquals(JSON.parse(stdout).total_sessions, 500);
});

placeTest(
  "a session whose name cannot be told is taken back, and an earlier attempt kept",
  ["linux"],
  async (place) => {
    for (const words of ["-w w x", "-w w --export x", "-w w --export -s n x"]) {
      const result = await place.shell(`ptrack start ${words} > /dev/full`);
      assertFailed(result, /no space left/);
      assertEquals([...Deno.readDirSync(place.at(".parallel/w"))], [], words);
    }
    await place.ok("start", "-w", "w", "-s", "s", "x");
    await place.ok("complete", "-w", "w", "-s", "s");
    const again = await place.shell(
      "ptrack start -w w --export -s s --restart x > /dev/full",
    );
    assertFailed(again, /no space left/);
    assertEquals(place.status("w", "s").state, "failed");
  },
);
