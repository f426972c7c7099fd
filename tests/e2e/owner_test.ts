/** Owners, as the system tells of them: who is gone, and who cannot be told. */
import { assertEquals, assertMatch } from "@std/assert";
import {
  eventually,
  Place,
  placeTest,
  type Running,
} from "../support/program.ts";
import { needs } from "../support/needs.ts";

async function verdict(place: Place) {
  const { sessions } = await place.summary("w");
  return sessions[0].verdict as { state: string; reason: string };
}

/** A process that lives until it is killed. */
function sleeper(place: Place): Running {
  return place.spawnShell("exec sleep 60");
}

/** A session that such a process owns. */
async function owned(place: Place): Promise<Running> {
  const owner = sleeper(place);
  await place.ok("start", "-w", "w", "-s", "a", "--pid", String(owner.pid));
  return owner;
}

placeTest(
  "a session crashes when the shell that owns it is killed",
  ["unix"],
  async (place) => {
    const shell = place.spawnShell(
      'ptrack start -w w -s a --pid $$ "Work"; echo ready; ' +
        "sleep 60 >/dev/null 2>&1; true",
    );
    await eventually(() => shell.stdout.includes("ready"));
    // Else it would be trusted for ten seconds, since it has just spoken.
    place.age("w", "a");
    const waiting = place.run("monitor", "wait", "-w", "w", "--timeout", "20s");
    shell.kill("SIGKILL");
    const { code, stdout } = await waiting;
    // Not 124: the time did not run out.
    assertEquals(code, 1);
    assertMatch(stdout, /a crashed: Its process \d+ is gone/);
  },
);

placeTest(
  "a silent session stays running while its owner lives",
  ["unix"],
  async (place) => {
    await owned(place);
    place.age("w", "a");
    assertEquals((await verdict(place)).state, "running");
  },
);

placeTest(
  "a session that reported a moment ago has not crashed yet",
  ["unix"],
  async (place) => {
    const owner = await owned(place);
    owner.kill("SIGKILL");
    await owner.result;
    assertEquals((await verdict(place)).state, "running");
    place.age("w", "a");
    assertEquals((await verdict(place)).state, "crashed");
  },
);

placeTest(
  "an owner that is a zombie is gone",
  ["unix"],
  async (place) => {
    // A child that has ended, and a parent that does not ask for it.
    const parent = place.spawnShell(
      'sleep 0.01 & ptrack start -w w -s a --pid $! "Work"; echo $!; ' +
        "exec sleep 60",
    );
    await eventually(() => parent.stdout.endsWith("\n"));
    place.age("w", "a");
    await eventually(async () => (await verdict(place)).state === "crashed");
  },
);

placeTest(
  "an owner of another user is alive",
  ["unix"],
  async (place) => {
    // Unless it is root who asks, no signal may be sent to it.
    await place.ok("start", "-w", "w", "-s", "a", "--pid", "1");
    place.age("w", "a");
    assertEquals((await verdict(place)).state, "running");
  },
);

placeTest(
  "a process that got the owner's id later is not the owner",
  ["linux"],
  async (place) => {
    await owned(place);
    place.age("w", "a");
    place.rewrite("w", "a", (text) =>
      text.replace(
        /("started": ?")(\d)(\d*")/,
        (_, before, digit, rest) => before + (Number(digit) % 9 + 1) + rest,
      ));
    assertEquals((await verdict(place)).state, "crashed");
  },
);

Deno.test({
  name: "an owner of another boot, container or machine is not judged",
  ...needs("linux"),
  async fn() {
    const facts: [string, RegExp][] = [
      ["boot", /("boot": ?")[0-9a-f]/],
      ["ns", /("ns": ?")p/],
      ["host", /("host": ?")./],
    ];
    for (const [name, fact] of facts) {
      await using place = new Place();
      const owner = await owned(place);
      place.rewrite("w", "a", (text) => text.replace(fact, "$1X"));
      owner.kill("SIGKILL");
      await owner.result;
      place.age("w", "a");
      assertEquals((await verdict(place)).state, "running", name);
    }
  },
});

placeTest(
  "a heartbeat of another process drops an owner that is gone, for good",
  [
    "unix",
  ],
  async (place) => {
    const owner = await owned(place);
    owner.kill("SIGKILL");
    await owner.result;
    await place.ok("heartbeat", "-w", "w", "-s", "a", "--pct", "5");
    assertEquals(place.status("w", "a").ptrack.owner, null);
    place.age("w", "a");
    assertEquals((await verdict(place)).state, "running");
  },
);

placeTest(
  "a crashed session is started again only with --restart",
  ["unix"],
  async (place) => {
    const owner = await owned(place);
    owner.kill("SIGKILL");
    await owner.result;
    place.age("w", "a");
    const refused = await place.run("start", "-w", "w", "-s", "a");
    assertEquals(refused.code, 1);
    assertMatch(refused.stderr, /it has crashed; begin it again/);
    await place.ok("start", "-w", "w", "-s", "a", "--restart");
    assertEquals(place.status("w", "a").ptrack.attempt, 2);
    assertEquals(place.log("w", "a").at(-1).details.over, "crashed");
  },
);
