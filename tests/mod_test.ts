/** docs/library.md: its examples print what it says, and it names all there is. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { ensureDirSync } from "@std/fs";
import * as library from "../lib/mod.ts";
import { libraryExamples } from "./support/library_examples.ts";
import { eventually, Place } from "./support/program.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const PAGE = Deno.readTextFileSync(`${ROOT}docs/library.md`);

/** The rights that the page says are needed. */
const PERMISSIONS = PAGE.match(/--allow-[a-z]+(?:=[.a-z]+)?/g) ?? [];

/** Starts a module in a place. */
function start(place: Place, source: string, rights = PERMISSIONS) {
  Deno.writeTextFileSync(
    place.at("program.js"),
    source.replace("@ptrack/ptrack", `${ROOT}lib/mod.ts`),
  );
  return place.spawnShell(
    `exec '${Deno.execPath()}' run --quiet --no-prompt --frozen ` +
      `--config '${ROOT}deno.json' ${rights.join(" ")} program.js`,
  );
}

Deno.test("the examples of docs/library.md print what it says, in their order", async () => {
  await using place = new Place();
  const examples = libraryExamples();
  assert(examples.length >= 8);
  for (const { source, output } of examples) {
    const { code, stdout, stderr } = await start(place, source).result;
    assertEquals([stdout, stderr, code], [output, "", 0], source);
  }
});

/** Members without a line of their own: the last two are for ptrack itself. */
const NOT_FOR_PROGRAMS = new Set([
  "constructor",
  "attempt",
  "hasEnded",
  "record",
]);

Deno.test("docs/library.md names every class, method and option of the library", () => {
  for (const [name, value] of Object.entries(library)) {
    if (name === "OutputClosedError") continue; // Only a command meets it.
    assertStringIncludes(PAGE, name);
    if (value.prototype instanceof Error) continue;
    for (const method of Object.getOwnPropertyNames(value.prototype)) {
      if (NOT_FOR_PROGRAMS.has(method)) continue;
      assert(PAGE.includes(`\`${method}(`), `${name}.${method}`);
    }
  }
  for (const page of ["arguments", "monitor"]) {
    const source = Deno.readTextFileSync(`${ROOT}lib/${page}.ts`);
    const interfaces = source.match(/^export interface [^]*?^}/gm) ?? [];
    const options = interfaces.join("\n").matchAll(/^ {2}(\w+)\??: /gm);
    for (const [, option] of options) {
      assert(PAGE.includes(option!), `${page}: ${option}`);
    }
  }
});

const {
  RefusedError,
  SessionMonitor,
  SessionTracker,
  StorageError,
  UsageError,
} = library;
type Tracker = InstanceType<typeof SessionTracker>;
type Monitor = InstanceType<typeof SessionMonitor>;
// deno-lint-ignore no-explicit-any
type Any = any;

/** What JavaScript lets through and TypeScript does not, and what is said. */
const WRONG: [string, (tracker: Any, monitor: Any) => unknown, RegExp][] = [
  ["no options", () => new (SessionTracker as Any)(), /given is undefined/],
  [
    "a number as name",
    () => new SessionTracker({ sessionId: 7 as Any }),
    /sessionId is 7.* text$/,
  ],
  [
    "a name with a slash",
    () => new SessionTracker({ sessionId: "a/b" }),
    /^Cannot use "a\/b"/,
  ],
  [
    "no path as directory",
    () => new SessionTracker({ sessionId: "one", directory: "" }),
    /directory is "".* a path$/,
  ],
  [
    "no path as directory to watch",
    () => new SessionMonitor({ workspace: "w", directory: "" }),
    /directory is "".* a path$/,
  ],
  [
    "text as percentage",
    (tracker) => tracker.heartbeat({ progressPct: "50" }),
    /progressPct is "50".* a number$/,
  ],
  [
    "NaN as percentage",
    (tracker) => tracker.heartbeat({ progressPct: 0 / 0 }),
    /progressPct is NaN/,
  ],
  [
    "an option that there is not",
    (tracker) => tracker.heartbeat({ pct: 50 }),
    /no option "pct"; there are progressPct,/,
  ],
  [
    "a number as message",
    (tracker) => tracker.heartbeat({ message: 5 }),
    /message is 5/,
  ],
  [
    "a list as metadata",
    (tracker) => tracker.heartbeat({ metadata: [1] }),
    /metadata is a list/,
  ],
  [
    "metadata that JSON cannot keep",
    (tracker) => tracker.heartbeat({ metadata: { big: 5n } }),
    /metadata is no JSON: .*BigInt/,
  ],
  [
    "metadata of which JSON makes a text",
    (tracker) => tracker.heartbeat({ metadata: new Date(0) }),
    /metadata, as JSON, is "1970-.*an object$/,
  ],
  [
    "metadata of more bytes than letters",
    (tracker) => tracker.heartbeat({ metadata: { a: "漢".repeat(12_000) } }),
    /it has 36008 bytes, 32768 at most$/,
  ],
  [
    "text as outputs",
    (tracker) => tracker.complete({ outputFiles: "a.txt" }),
    /outputFiles is "a.txt"/,
  ],
  [
    "a limit below 0",
    (tracker) => tracker.start("", { heartbeatTimeoutS: -1, restart: true }),
    /seconds above 0$/,
  ],
  ["no function to run", (tracker) => tracker.run(), /the work is undefined/],
  [
    "NaN as time to wait",
    (_, monitor) => monitor.waitForAll({ timeoutS: NaN }),
    /timeoutS is NaN/,
  ],
  [
    "text as time to follow changes",
    (_, monitor) => monitor.changes({ timeoutMs: "5" }).next(),
    /timeoutMs is "5".* milliseconds$/,
  ],
  [
    "a number of sessions below 0",
    (_, monitor) => monitor.waitForAll({ expect: -1 }),
    /expect is -1/,
  ],
  [
    "a number as session",
    (_, monitor) => monitor.readSession(7),
    /its name is 7/,
  ],
  [
    "fewer lines than none",
    (_, monitor) => monitor.readSessionLog("one", { last: -1 }),
    /last is -1/,
  ],
];

Deno.test("a wrong argument is refused with its reason, and changes nothing", async () => {
  await using place = new Place();
  const where = { workspace: "w", directory: place.at(".parallel") };
  const tracker: Tracker = new SessionTracker({ ...where, sessionId: "one" });
  const monitor: Monitor = new SessionMonitor(where);
  await tracker.start("Work");
  const before = place.log("w", "one");
  for (const [name, call, says] of WRONG) {
    const error = await (async () => await call(tracker, monitor))()
      .then(() => null, (error) => error);
    assert(error instanceof UsageError, `${name}: ${error}`);
    assertMatch(error.message, says, name);
  }
  assertEquals(place.log("w", "one"), before);
});

Deno.test("a verb takes an Error as well as text", async () => {
  await using place = new Place();
  const where = { workspace: "w", directory: place.at(".parallel") };
  const tracker = new SessionTracker({ ...where, sessionId: "one" });
  await tracker.start("Work", { metadata: { at: new Date(0) as Any } });
  await tracker.error(new TypeError("not a row"));
  await tracker.fail(new Error("no more rows"));
  const { message, errors, metadata } = place.status("w", "one");
  assertEquals(message, "FAILED: no more rows");
  assertStringIncludes(errors[0], "not a row");
  assertEquals(metadata, { at: "1970-01-01T00:00:00.000Z" });
});

Deno.test("work that throws a value without a text has failed", async () => {
  await using place = new Place();
  const where = { workspace: "w", directory: place.at(".parallel") };
  const tracker = new SessionTracker({ ...where, sessionId: "one" });
  const thrown = Object.create(null);
  const error = await tracker.run(() => {
    throw thrown;
  }).then(() => null, (error) => error);
  assert(error === thrown, String(error?.message));
  const { state, message } = place.status("w", "one");
  assertEquals(state, "failed");
  assertStringIncludes(message, "cannot be told");
});

Deno.test("getStatus throws for a session that cannot be read", async () => {
  await using place = new Place();
  const where = { workspace: "w", directory: place.at(".parallel") };
  const tracker = new SessionTracker({ ...where, sessionId: "one" });
  assertEquals(await tracker.getStatus(), null);
  ensureDirSync(place.at(".parallel/w/one/status.json"));
  const error = await tracker.getStatus().then(() => null, (error) => error);
  assert(error instanceof StorageError, String(error));
  assertEquals(
    error.message,
    'Cannot read session "one" in workspace "w": Cannot read status.json: it is a directory',
  );
});

Deno.test("a monitor's limits go before those of the sessions", async () => {
  await using place = new Place();
  const where = { workspace: "w", directory: place.at(".parallel") };
  const tracker = new SessionTracker({ ...where, sessionId: "one" });
  await tracker.start("Work", { heartbeatTimeoutS: 3600 });
  await eventually(async () => {
    const strict = new SessionMonitor({ ...where, heartbeatTimeoutS: 0.001 });
    return (await strict.readSession("one"))?.verdict.state === "timed_out";
  });
  const plain = await new SessionMonitor(where).readSession("one");
  assertEquals(plain?.verdict.state, "running");
});

Deno.test("run does not take the end of a later attempt for its own", async () => {
  await using place = new Place();
  const where = { workspace: "w", directory: place.at(".parallel") };
  const tracker = new SessionTracker({ ...where, sessionId: "one" });
  const error = await tracker.run(async () => {
    const other = new SessionTracker({ ...where, sessionId: "one" });
    await other.start("Begun anew", { force: true });
    await other.fail("lost");
  }).then(() => null, (error) => error);
  assert(error instanceof RefusedError, String(error));
  assertStringIncludes(error.message, "attempt 1 was superseded by 2");
  assertEquals(place.status("w", "one").message, "FAILED: lost");
});

Deno.test("a missing working directory is an error only without a directory", async () => {
  await using place = new Place();
  const { stdout } = await start(
    place,
    `import { SessionTracker } from "@ptrack/ptrack";
Deno.mkdirSync("gone");
Deno.chdir("gone");
Deno.removeSync("../gone");
try {
  new SessionTracker({ sessionId: "one" });
} catch ({ name, message }) {
  console.log(name, message);
}
const directory = ${JSON.stringify(place.at(".parallel"))};
await new SessionTracker({ sessionId: "one", directory }).start();
`,
    ["-A"],
  ).result;
  const why = "no such file or directory";
  assertEquals(
    stdout,
    `StorageError Cannot tell the working directory: ${why}\n`,
  );
  assertEquals(place.status("default", "one").state, "running");
});

Deno.test("run records its process as the owner", async () => {
  await using place = new Place();
  const running = start(
    place,
    `import { SessionTracker } from "@ptrack/ptrack";
const tracker = new SessionTracker({ sessionId: "one", workspace: "w" });
await tracker.run(async () => {
  const { ptrack } = await tracker.getStatus();
  console.log(JSON.stringify(ptrack.owner));
});
`,
    ["-A"],
  );
  const { stdout } = await running.result;
  const { pid, host, started } = JSON.parse(stdout);
  assertEquals(pid, running.pid);
  assert(host !== null && started !== null, stdout);
});
