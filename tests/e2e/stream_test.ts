/** `ptrack stream` as it is called: pipes, owners, signals, its exit codes. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { existsSync } from "@std/fs";
import { ENGINE, eventually, Place, placeTest } from "../support/program.ts";
import type { Need } from "../support/needs.ts";

const isSaid = (place: Place, session: string, text: string) => () =>
  existsSync(`${place.directory("default", session)}/status.json`) &&
  place.status("default", session).message.includes(text);

const ENDINGS: [input: string, code: number, state: string][] = [
  ["50 a\ncomplete\n", 0, "completed"],
  ["50 a\ncomplete", 0, "completed"],
  ["50 a\r\nfail no\r\n", 1, "failed"],
  ["50 a\n", 1, "failed"],
  ["", 1, "failed"],
];

for (const [input, code, state] of ENDINGS) {
  Deno.test(`a stream of ${JSON.stringify(input)} exits ${code}, ${state}`, async () => {
    await using place = new Place();
    const result = await place.runWith({ stdin: input }, "stream", "-s", "s");
    assertEquals([result.code, result.stdout, result.stderr], [code, "", ""]);
    assertEquals(place.status("default", "s").state, state);
  });
}

Deno.test("without a session a stream makes one and prints its id", async () => {
  await using place = new Place();
  const { code, stdout } = await place.runWith(
    { stdin: "complete\n" },
    "track",
    "stream",
    "-w",
    "w",
    "Draft it",
  );
  assertEquals(code, 0);
  assert(/^draft-it-\w+\n$/.test(stdout), stdout);
  assertEquals(place.status("w", stdout.trim()).state, "completed");
});

Deno.test("--detach leaves the session running, and without an owner", async () => {
  await using place = new Place();
  const { code } = await place.runWith(
    { stdin: "5 a\n" },
    "stream",
    "--detach",
    "-s",
    "s",
  );
  assertEquals(code, 0);
  const { state, ptrack } = place.status("default", "s");
  assertEquals([state, ptrack.owner], ["running", null]);
});

Deno.test("--attach carries on the session of the environment, and its attempt", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "s", "first");
  const env = { PTRACK_SESSION: "s", PTRACK_ATTEMPT: "1" };
  const args = ["stream", "--attach", "--detach"];
  const { code } = await place.runWith({ env, stdin: "5 a\n" }, ...args);
  assertEquals([code, place.status("default", "s").message], [0, "a"]);
  await place.ok("start", "-s", "s", "--force", "second");
  const late = await place.runWith({ env, stdin: "6 b\n6 c\n" }, ...args);
  assertEquals(late.code, 1);
  assertStringIncludes(late.stderr, "attempt 1 was superseded by 2");
  assertEquals(place.status("default", "s").message, "");
  const none = await place.runWith({ stdin: "" }, ...args, "-s", "none");
  assertEquals(none.code, 3);
});

Deno.test("a refused start ends the stream, or with best effort reads it to its end", async () => {
  await using place = new Place();
  await place.ok("start", "-s", "s");
  const script = (name: string) =>
    `(sleep 0.3; for i in $(seq 1 20000); do echo "$i x" || exit 9; done; ` +
    `echo sent >${name}) | ptrack stream -s s`;
  const refused = await place.shell(script("one"));
  assertEquals([refused.code, existsSync(place.at("one"))], [1, false]);
  assertStringIncludes(refused.stderr, "it is running since");
  const forgiven = await place.shell(script("two"), {
    env: { PTRACK_BEST_EFFORT: "1" },
  });
  assertEquals([forgiven.code, existsSync(place.at("two"))], [0, true]);
});

Deno.test("a producer that is killed fails its session at once", async () => {
  await using place = new Place();
  const running = place.spawnShell(
    `(echo 5 a; echo $BASHPID >pid; exec sleep 60) | ptrack stream -s s`,
  );
  await eventually(isSaid(place, "s", "a"));
  await eventually(() => existsSync(place.at("pid")));
  const pid = Number(Deno.readTextFileSync(place.at("pid")));
  Deno.kill(pid, "SIGKILL");
  const { code } = await running.result;
  assertEquals(code, 1);
  assertStringIncludes(
    place.status("default", "s").message,
    "its producer is gone",
  );
});

Deno.test("an owner that is killed ends the stream while its child holds the pipe", async () => {
  await using place = new Place();
  const running = place.spawnShell(
    `mkfifo pipe
     bash -c 'echo $$ >pid; exec 5>pipe; echo 5 a >&5; sleep 30 & echo $! >child; wait' >/dev/null 2>&1 &
     until [ -s pid ]; do sleep 0.01; done
     ptrack stream -s s --pid "$(cat pid)" <pipe
     echo "exit $?"
     kill "$(cat child)"`,
  );
  await eventually(isSaid(place, "s", "a"));
  await eventually(() => existsSync(place.at("child")));
  const pid = Deno.readTextFileSync(place.at("pid")).trim();
  Deno.kill(Number(pid), "SIGKILL");
  const { stdout } = await running.result;
  assertEquals(stdout, "exit 1\n");
  assertStringIncludes(
    place.status("default", "s").message,
    `process ${pid} is gone`,
  );
});

/** Whether a process handles SIGTERM by now. */
function handlesTerm(pid: number): boolean {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const caught = BigInt(`0x${/SigCgt:\s*(\w+)/.exec(status)![1]}`);
  return (caught & (1n << 14n)) !== 0n;
}

placeTest("SIGTERM ends a stream that waits for input, and its session", [
  "linux",
  "not node",
], async (place) => {
  const running = place.spawnShell(
    `mkfifo pipe; sleep 30 >pipe & echo $! >child
     bash -c 'echo $$ >pid; exec ptrack stream -s s' <pipe
     echo "exit $?"; kill "$(cat child)"`,
  );
  const status = `${place.directory("default", "s")}/status.json`;
  await eventually(() => existsSync(status));
  const pid = Number(Deno.readTextFileSync(place.at("pid")));
  await eventually(() => handlesTerm(pid));
  Deno.kill(pid, "SIGTERM");
  assertEquals((await running.result).stdout, "exit 143\n");
  const { state, message } = place.status("default", "s");
  assertEquals(state, "failed");
  assertStringIncludes(message, "ended by SIGTERM");
});

Deno.test("standard input that cannot be read fails the session", async () => {
  await using place = new Place();
  const { stdout } = await place.shell(
    "ptrack stream -s a </; ptrack stream -s b </dev/null; ptrack stream -s c <&-",
  );
  assertEquals(stdout, "");
  for (const session of ["a", "b", "c"]) {
    assertEquals(place.status("default", session).state, "failed", session);
  }
});

Deno.test("a million lines are read, the last one stands, and few were written", async () => {
  await using place = new Place();
  const count = ENGINE === "deno" ? 200_000 : 1_000_000;
  const { code, stderr } = await place.shell(
    `seq -f "%.0f/${count} line" 1 ${count} | ptrack stream --detach -s s`,
  );
  assertEquals([code, stderr], [0, ""]);
  assertEquals(place.status("default", "s").progress_pct, 100);
  assert(place.log("default", "s").length < 200);
});

const PAGE = Deno.readTextFileSync(
  new URL("../../docs/streams.md", import.meta.url),
);

function block(language: string): string {
  const found = [
    ...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, "gm")),
  ];
  assertEquals(found.length, 1, language);
  return found[0]![1]!;
}

/** How each language's block of the page is run, and what it made. */
const BLOCKS: [
  language: string,
  command: string,
  session: string,
  outputs: string[],
  need: Need[],
][] = [
  ["sh", "bash -e", "book-1", ["book.md"], []],
  ["bash", "bash", "book-2", ["my book.md"], []],
  ["zsh", "zsh", "book-3", [], ["zsh"]],
  ["python", "python3 -", "book-4", ["book.md"], ["python3"]],
  ["js", "node --input-type=module -", "book-5", ["my book.md"], ["node"]],
];

for (const [language, command, session, outputs, need] of BLOCKS) {
  placeTest(
    `the ${language} of docs/streams.md completes its session`,
    need,
    async (place) => {
      // From a file: what it runs must not eat the script.
      Deno.writeTextFileSync(place.at("script"), block(language));
      const words = command.endsWith(" -")
        ? `${command} <script`
        : `${command} script`;
      const { code, stdout, stderr } = await place.shell(words);
      assertEquals([code, stdout, stderr], [0, "", ""]);
      const { state, output_files, message } = place.status("books", session);
      assertEquals([state, output_files], ["completed", outputs]);
      assert(/^chapter \d+$/.test(message), message);
    },
  );
}

Deno.test("the JSON lines of docs/streams.md are all understood", async () => {
  await using place = new Place();
  const lines = block("jsonl").trim().split("\n");
  const stdin = lines.slice(0, 4).join("\n");
  const { code, stderr } = await place.runWith({ stdin }, "stream", "-s", "s");
  assertEquals([code, stderr], [0, ""]);
  const failing = await place.runWith(
    { stdin: lines[4]! },
    "stream",
    "-s",
    "f",
  );
  assertEquals([failing.code, failing.stderr], [1, ""]);
  assertEquals(place.status("default", "f").message, "FAILED: API timeout");
});
