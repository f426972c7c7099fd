/** What a stranger may have put there: names that are none, links, pipes. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Place, placeTest } from "../support/program.ts";

Deno.test("an invalid id, such as ../../x, writes nothing anywhere", async () => {
  await using place = new Place();
  const ids = [
    "../../x",
    "..",
    ".",
    "/tmp/x",
    "",
    "a".repeat(200),
    "CON",
    "nul.txt",
    "com1",
    "a.",
    ".hidden",
    "-s",
    "a/b",
    "a\\b",
    "a b",
    "ü",
    "a\nb",
    "a:b",
  ];
  for (const id of ids) {
    for (const args of [["-s", id], ["-w", id, "-s", "a"]]) {
      const { code, stdout, stderr } = await place.run("start", ...args);
      assertEquals([code, stdout], [2, ""], JSON.stringify(args));
      assertMatch(stderr, /^error: Cannot use "[^\n]*name: [^\n]*\n$/);
    }
  }
  assertEquals(place.names(""), []);
  assertEquals([...Deno.readDirSync(place.path)].length, 1);
  await place.ok("start", "-s", "a".repeat(128), "-w", "0.A_-z");
});

Deno.test("an empty id in the environment is no id", async () => {
  await using place = new Place();
  const env = { PTRACK_SESSION: "", PTRACK_WORKSPACE: "" };
  assertEquals((await place.runWith({ env }, "heartbeat")).code, 2);
  const { stdout } = await place.runWith({ env }, "start", "Task");
  assertMatch(stdout, /^task-\w+\n$/);
});

Deno.test("writers refuse links in the place of session, workspace, log and status", async () => {
  await using place = new Place();
  await Deno.mkdir(place.at("outside"));
  Deno.writeTextFileSync(place.at("outside/file"), "precious");
  await place.ok("start", "-w", "real", "-s", "keep");
  Deno.symlinkSync(place.at("outside"), place.directory("linked"));
  Deno.symlinkSync(place.at("outside"), place.directory("real", "linked"));
  const refused = async (...args: string[]) => {
    for (const verb of [["start"], ["heartbeat"], ["fail", "x"]]) {
      const { code, stderr } = await place.run(...verb, ...args);
      assertEquals(code, 4, `${verb} ${args}: ${stderr}`);
      assertMatch(stderr, /^error: Cannot [^\n]*symbolic link[^\n]*\n$/);
    }
  };
  await refused("-w", "linked", "-s", "a");
  await refused("-w", "real", "-s", "linked");
  for (const name of ["log.jsonl", "status.json"]) {
    const directory = place.directory("real", `s-${name}`);
    await Deno.mkdir(directory);
    Deno.symlinkSync(place.at("outside/file"), `${directory}/${name}`);
    await refused("-w", "real", "-s", `s-${name}`);
  }
  assertEquals(Deno.readTextFileSync(place.at("outside/file")), "precious");
  assertEquals([...Deno.readDirSync(place.at("outside"))].length, 1);
});

Deno.test("a link in the place of a marker is replaced, not followed", async () => {
  await using place = new Place();
  Deno.writeTextFileSync(place.at("file"), "precious");
  await place.ok("start", "-s", "a");
  const marker = `${place.directory("default", "a")}/COMPLETED`;
  Deno.symlinkSync(place.at("file"), marker);
  await place.ok("complete", "-s", "a");
  assertEquals(Deno.readTextFileSync(place.at("file")), "precious");
  assert(Deno.lstatSync(marker).isFile);
});

Deno.test("readers show links as unreadable and never follow them out", async () => {
  await using place = new Place();
  await using other = new Place();
  await other.ok("start", "-w", "w", "-s", "secret", "Secret plan");
  await place.ok("start", "-w", "w", "-s", "real");
  Deno.symlinkSync(
    other.directory("w", "secret"),
    place.directory("w", "linked"),
  );
  for (const name of ["log.jsonl", "status.json"]) {
    const directory = place.directory("w", `s-${name}`);
    await Deno.mkdir(directory);
    Deno.symlinkSync(
      `${other.directory("w", "secret")}/${name}`,
      `${directory}/${name}`,
    );
  }
  Deno.symlinkSync(other.directory("w"), place.directory("w2"));
  const { sessions } = await place.summary("w");
  assertEquals(
    sessions.map((
      { session_id, state }: Record<string, string>,
    ) => [session_id, state]),
    [
      ["linked", "unreadable"],
      ["real", "running"],
      ["s-log.jsonl", "unreadable"],
      ["s-status.json", "unreadable"],
    ],
  );
  const { code, stdout } = await place.run("monitor", "-w", "w2");
  assert(code !== 0 && !stdout.includes("secret"));
  for (
    const args of [["monitor", "--json"], [
      "monitor",
      "log",
      "-w",
      "w",
      "-s",
      "linked",
    ]]
  ) {
    assert(!(await place.run(...args)).stdout.includes("Secret"));
  }
});

placeTest("a FIFO in the place of any file hangs neither readers nor writers", [
  "unix",
], async (place) => {
  const names = ["status.json", "log.jsonl", "COMPLETED", "FAILED"];
  for (const name of names) {
    await place.ok("start", "-w", "w", "-s", `s-${name}`);
    const path = `${place.directory("w", `s-${name}`)}/${name}`;
    assertEquals(
      (await place.shell(`rm -f '${path}'; mkfifo '${path}'`)).code,
      0,
    );
  }
  assertEquals(
    (await place.shell(`mkfifo '${place.directory("w", "pipe")}'`)).code,
    0,
  );
  const { sessions } = await place.summary("w");
  assertEquals(sessions.length, 4);
  for (
    const args of [["monitor", "-w", "w"], [
      "monitor",
      "-w",
      "w",
      "--wait",
      "--timeout",
      "0.05s",
    ]]
  ) {
    assertEquals((await place.run(...args)).signal, null);
  }
  for (const name of names) {
    const log = await place.run(
      "monitor",
      "log",
      "-w",
      "w",
      "-s",
      `s-${name}`,
    );
    assertEquals(log.signal, null, name);
    const beat = await place.run("heartbeat", "-w", "w", "-s", `s-${name}`);
    const isMarker = /^[A-Z]/.test(name);
    assertEquals([beat.signal, beat.code], [null, isMarker ? 0 : 4], name);
  }
});
