/** Cleaning up on a real disk: terminals, permissions, writers, two at once. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { ensureDirSync, existsSync } from "@std/fs";
import {
  eventually,
  foreignStatus,
  Place,
  placeTest,
  PROGRAM,
} from "../support/program.ts";
import { needs } from "../support/needs.ts";

const NOW = ["--older-than", "0", "--yes"];

async function completed(place: Place, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    await place.ok("start", "-w", "w", "-s", id);
    await place.ok("complete", "-w", "w", "-s", id);
  }
}

/** Ended sessions as the original writes them: fast to make. */
function foreign(place: Place, count: number, first = 0): void {
  for (let n = first; n < first + count; n++) {
    const id = `s-${n}`;
    const changes = {
      state: "completed",
      completed_at: "2026-02-13T10:15:00.000000+00:00",
    };
    const status = foreignStatus("w", id, changes);
    place.write("w", id, { "status.json": status, COMPLETED: "" });
  }
}

Deno.test("clean removes sessions that ended, and then the workspace", async () => {
  await using place = new Place();
  await completed(place, "a", "b");
  await place.ok("start", "-w", "w", "-s", "alive");
  foreign(place, 1);
  const listed = await place.run("clean");
  assertEquals(listed.code, 2);
  assertMatch(listed.stdout, /^ {2}w\/s-0 {2}completed {3}\d+d \d\dh ago\n$/);
  assertStringIncludes(listed.stderr, "--yes");
  assertEquals(
    await place.ok("clean", "--older-than", "0", "--yes")
      .then((text) => text.split("\n").at(-2)),
    "Removed 3 sessions",
  );
  assertEquals(place.names("w"), ["alive"]);
  await place.ok("fail", "-w", "w", "-s", "alive", "boom");
  assertStringIncludes(
    await place.ok("clean", "-w", "w", ...NOW),
    "Removed 1 session and 1 empty workspace\n",
  );
  assert(!existsSync(place.directory("w")));
  assert(existsSync(place.at(".parallel")));
  assertEquals((await place.run("clean", "-w", "w")).code, 3);
  assertEquals((await place.run("clean", "--older-than", "soon")).code, 2);
  assertMatch(await place.ok("clean"), /^Nothing to remove below "/);
});

Deno.test({
  name: "in a terminal clean asks, and a session begun meanwhile stays",
  ...needs("unix", "python3", "pty"),
  async fn() {
    await using place = new Place();
    await completed(place, "a", "b");
    const ask = `
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
said = b""
while b"[y/N]" not in said:
    said += os.read(fd, 4096)
print("ASKED", flush=True)
answer = sys.stdin.readline()
os.write(fd, answer.encode())
while True:
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    said += data
sys.stdout.write(said.decode())
print("ENDED", os.WEXITSTATUS(os.waitpid(pid, 0)[1]))
`;
    const words = ["python3", "-c", ask, ...PROGRAM, "clean", "--older-than"]
      .map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    const asked = (answer: string) => place.shell(`${words} 0 <<< '${answer}'`);
    const no = await asked("n");
    assertStringIncludes(no.stdout, "Remove 2 sessions and 1 empty workspace");
    assertMatch(no.stdout, /Removed nothing\s+ENDED 1\n$/);
    assertEquals(place.names("w"), ["a", "b"]);
    await place.ok("start", "-w", "v", "-s", "keep");
    const slow = place.spawnShell(
      `mkfifo answer; ${words} 0 < answer & exec 3> answer; wait`,
    );
    await eventually(() => slow.stdout.includes("ASKED"));
    await place.ok("start", "-w", "w", "-s", "b", "--restart");
    Deno.writeTextFileSync(place.at("answer"), "y\n");
    const { stdout } = await slow.result;
    assertStringIncludes(stdout, 'Left "w/b" alone: it has changed meanwhile');
    assertMatch(stdout, /Removed 1 session\s[^]*ENDED 0\n$/);
    assertEquals(place.names("w"), ["b"]);
  },
});

Deno.test("hostile names and links lead nowhere outside", async () => {
  await using place = new Place();
  foreign(place, 1);
  const outside = place.at("outside");
  ensureDirSync(`${outside}/deep`);
  Deno.writeTextFileSync(`${outside}/deep/precious`, "x");
  Deno.symlinkSync(outside, place.directory("linked"));
  Deno.symlinkSync(`${outside}/deep`, place.directory("w", "link"));
  Deno.symlinkSync(outside, place.directory("w", ".trash-1-a-b"));
  Deno.symlinkSync(outside, place.directory("w", "s-0/inner"));
  const evil = "\x1b[2Jx\n$(touch pwned) -rf *";
  place.write("w", evil, { "status.json": "{" });
  const long = "é".repeat(127);
  place.write("w", long, { "status.json": "{" });
  const { code, stdout, stderr } = await place.run(
    "clean",
    "--all-states",
    ...NOW,
  );
  assertEquals(code, 0);
  // deno-lint-ignore no-control-regex
  assertMatch(stdout + stderr, /^[^\x00-\x09\x0b-\x1f]*$/);
  assertStringIncludes(stderr, 'Left "w/link" alone: it is a symbolic link');
  assertEquals(place.names("w"), [".trash-1-a-b", "link"]);
  assertEquals(Deno.readTextFileSync(`${outside}/deep/precious`), "x");
  assertEquals((await place.run("clean", "-w", "linked", ...NOW)).code, 4);
  assert(existsSync(`${outside}/deep/precious`));
  // Whoever made the link: what it leads to has to be named.
  const real = place.at("real/.parallel");
  Deno.mkdirSync(place.at("real"));
  Deno.renameSync(place.at(".parallel"), real);
  Deno.symlinkSync(real, place.at(".parallel"));
  foreign(place, 1);
  const refused = await place.run("clean", ...NOW);
  assertEquals([refused.code, refused.stdout], [4, ""]);
  assertStringIncludes(refused.stderr, "it is a symbolic link");
  assert(existsSync(`${real}/w/s-0`));
  await place.ok("clean", "--dir", real, ...NOW);
  assert(!existsSync(`${real}/w/s-0`));
});

placeTest("what may not be removed stays in its place, and the rest goes", [
  "unix",
  "another user",
], async (place) => {
  foreign(place, 3);
  Deno.chmodSync(place.directory("w", "s-1"), 0o555);
  const { code, stdout, stderr } = await place.runUnprivileged(
    ...["clean", ...NOW],
  );
  assertEquals([code, stderr], [
    4,
    `warning: Cannot remove "${
      place.directory("w", "s-1")
    }": permission denied\n`,
  ]);
  assertStringIncludes(stdout, "Removed 2 sessions\n");
  assertEquals(place.names("w"), ["s-1"]);
  assertEquals(place.names("w", "s-1"), ["COMPLETED", "status.json"]);
  Deno.chmodSync(place.directory("w", "s-1"), 0o755);
});

Deno.test("cleaning in a loop loses no session that is started again, and breaks no start", async () => {
  await using place = new Place();
  // What has ended may be gone before the call that ended it has returned.
  const script = (id: string) => `
    complete() {
      ptrack complete -w w -s $1 2> $1.err || test ! -e .parallel/w/$1 ||
        { echo LOST the end; cat $1.err; }
    }
    for n in $(seq 12); do
      ptrack start -w w -s ${id}-$n first || echo LOST first
      complete ${id}-$n
      ptrack start -w w -s ${id}-$n --restart again || echo LOST again
      ptrack heartbeat -w w -s ${id}-$n --pct 5 || echo LOST heartbeat
      test -f .parallel/w/${id}-$n/status.json || echo LOST the session
      complete ${id}-$n
    done`;
  const cleaner = place.spawnShell(
    `until test -e stop; do ptrack clean --older-than 0 --yes || exit; done`,
  );
  const writers = ["a", "b"].map((id) => place.shell(script(id)));
  for (const { stdout, stderr } of await Promise.all(writers)) {
    assertEquals([stdout, stderr], ["", ""]);
  }
  Deno.writeTextFileSync(place.at("stop"), "");
  const { code, stderr } = await cleaner.result;
  // A session that came alive in between is told, and nothing else.
  assertEquals([code, stderr.replace(/warning: Left .* meanwhile\n/g, "")], [
    0,
    "",
  ]);
  await place.run("clean", ...NOW);
  assert(!existsSync(place.directory("w")));
});

Deno.test("concurrent cleans remove each session once, and none fails", async () => {
  await using place = new Place();
  foreign(place, 300);
  const results = await Promise.all(
    [1, 2, 3].map(() => place.run("clean", ...NOW)),
  );
  let sum = 0;
  for (const { code, stdout, stderr } of results) {
    assertEquals([code, stderr], [0, ""]);
    sum += Number(/Removed (\d+) session/.exec(stdout)?.[1] ?? 0);
  }
  assertEquals(sum, 300);
  assert(!existsSync(place.directory("w")));
});

Deno.test("a clean that is killed leaves nothing that a later one does not remove", async () => {
  await using place = new Place();
  foreign(place, 500);
  const running = place.spawn({}, "clean", ...NOW);
  await eventually(() => place.names("w").length < 490);
  running.kill("SIGKILL");
  await running.result;
  if (!existsSync(place.directory("w"))) return;
  for (const name of place.names("w")) assertMatch(name, /^(s-|\.trash-)/);
  assertEquals((await place.run("clean", ...NOW)).code, 0);
  const left = existsSync(place.directory("w")) ? place.names("w") : [];
  assert(left.length < 2 && left.every((name) => name.startsWith(".trash-")));
});

Deno.test("clean refuses a directory that is not a .parallel", async () => {
  await using place = new Place();
  ensureDirSync(place.at("etc/ssl/certs"));
  const refused = await place.run(
    "clean",
    "--all-states",
    "--dir",
    place.at("etc"),
    ...NOW,
  );
  assertEquals([refused.code, refused.stdout], [1, ""]);
  assertStringIncludes(refused.stderr, "does not look like a .parallel");
  assert(existsSync(place.at("etc/ssl/certs")));
});

placeTest(
  "the path of .parallel is printed without anything that moves the cursor or turns text",
  [],
  async (place) => {
    const name = "a\x9b2Jb\u202ec";
    Deno.mkdirSync(place.at(`${name}/.parallel`), { recursive: true });
    const options = { cwd: place.at(name) };
    for (const args of [["clean", "--dry-run"], ["clean", "--yes"]]) {
      const { code, stdout, stderr } = await place.runWith(options, ...args);
      assertEquals([code, stderr], [0, ""]);
      assertStringIncludes(stdout, "a<9b>2Jb<202e>c");
    }
  },
);
