/** What goes, comes back, cannot be made, or is not what its name says. */
import { assert, assertEquals } from "@std/assert";
import { ensureDirSync } from "@std/fs";
import { eventually, Place } from "../support/program.ts";
import { needs } from "../support/needs.ts";

Deno.test("watch goes on when its workspace vanishes, until it is back and done", async () => {
  await using place = new Place();
  const on = ["-w", "adrs", "-s", "adr-01"];
  await place.ok("start", ...on, "one");
  const watching = place.spawn({}, "monitor", "watch", "-w", "adrs");
  await eventually(() => watching.stdout.includes("running"));
  await Deno.remove(place.directory("adrs"), { recursive: true });
  await eventually(() => watching.stdout.includes("vanished"));
  await place.ok("start", ...on, "two");
  await eventually(() => watching.stdout.includes("two"));
  await place.ok("complete", ...on);
  assertEquals((await watching.result).code, 0);
});

Deno.test("watch goes on when its workspace is emptied", async () => {
  await using place = new Place();
  const on = ["-w", "adrs", "-s", "adr-01"];
  await place.ok("start", ...on);
  const watching = place.spawn({}, "monitor", "watch", "-w", "adrs");
  await eventually(() => watching.stdout.includes("running"));
  await Deno.remove(place.directory("adrs", "adr-01"), { recursive: true });
  await eventually(() => watching.stdout.includes("vanished"));
  await place.ok("start", "-w", "adrs", "-s", "adr-02");
  await place.ok("fail", "-w", "adrs", "-s", "adr-02", "no");
  assertEquals((await watching.result).code, 1);
});

Deno.test("a wait whose workspace vanishes and stays away has failed", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "adrs", "-s", "adr-01");
  const waiting = place.spawn({}, "monitor", "wait", "-w", "adrs");
  await eventually(() => waiting.stdout.includes("running"));
  await Deno.remove(place.directory("adrs"), { recursive: true });
  assertEquals((await waiting.result).code, 1);
});

Deno.test("a marker that is no file makes the session unreadable", {
  ...needs("unix"),
}, async () => {
  await using place = new Place();
  const directory = place.directory("adrs", "adr-01");
  ensureDirSync(directory);
  await new Deno.Command("mkfifo", { args: [`${directory}/COMPLETED`] })
    .output();
  const { code, stdout } = await place.run("monitor", "-w", "adrs");
  assertEquals(code, 1);
  assert(stdout.includes("[?] adr-01"), stdout);
});

Deno.test("a directory whose name is no UTF-8 is unreadable, to all views", {
  ...needs("linux"),
}, async () => {
  await using place = new Place();
  ensureDirSync(place.directory("adrs"));
  await place.shell(`mkdir "${place.directory("adrs")}/$(printf 'bad\\377')"`);
  for (const view of ["status", "wait"]) {
    const { code, stdout } = await place.run("monitor", view, "-w", "adrs");
    assertEquals(code, 1, view);
    assert(stdout.includes("Unreadable: 1"), stdout);
  }
});

Deno.test("--expect refuses names that no session can have", async () => {
  await using place = new Place();
  const expecting = ["monitor", "wait", "-w", "adrs", "--expect"];
  assertEquals((await place.run(...expecting, "-1")).code, 2);
  assertEquals((await place.run(...expecting, "a,../b")).code, 2);
});

Deno.test("--timeout is refused where nothing would time out", async () => {
  await using place = new Place();
  await place.ok("start", "-w", "adrs", "-s", "adr-01");
  const args = ["monitor", "watch", "-w", "adrs", "--timeout", "1s"];
  assertEquals((await place.run(...args)).code, 2);
});
