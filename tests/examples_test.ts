/**
 * The examples, run as their first lines say, in each language and under each
 * runtime, and the library as it is outside Deno: bundled into one file.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { SessionMonitor } from "../lib/mod.ts";
import {
  eventually,
  Place,
  placeTest,
  type Result,
} from "./support/program.ts";
import { type Need, needs } from "./support/needs.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const BUN = `${ROOT}.tools/node_modules/bun/bin/bun.exe`;

/** What bundles are made into; removed when the tests are done. */
const bundles = Deno.makeTempDirSync({ prefix: "ptrack-bundles-" });
globalThis.addEventListener("unload", () => {
  Deno.removeSync(bundles, { recursive: true });
});

/** One file that runs in Node and Bun, made from a file of the repository. */
function bundle(path: string): string {
  const output = `${bundles}/${path.replaceAll("/", "-")}.mjs`;
  try {
    Deno.statSync(output);
    return output;
  } catch {
    // Not made yet.
  }
  const { success, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--frozen", "-o", output, path],
    cwd: ROOT,
  }).outputSync();
  assert(success, new TextDecoder().decode(stderr));
  return output;
}

/** The words that run a file of the repository, all quoted. */
type Runner = (path: string) => string[];

const DENO: Runner = (path) => [
  Deno.execPath(),
  "run",
  "--quiet",
  "--frozen",
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys=hostname,uid",
  `--config=${ROOT}deno.json`,
  `${ROOT}${path}`,
];

const RUNTIMES: [name: string, runner: Runner, need: Need[]][] = [
  ["Deno", DENO, []],
  ["Bun", (path) => [BUN, bundle(path)], []],
  ["Node", (path) => ["node", bundle(path)], ["node"]],
];

const LANGUAGES: [name: string, suffix: string, Runner, need: Need[]][] = [
  ["bash", "sh", (path) => ["bash", `${ROOT}${path}`], []],
  ["Python", "py", (path) => ["python3", "-B", `${ROOT}${path}`], ["python3"]],
  ...RUNTIMES.map(([name, runner, need]): typeof LANGUAGES[number] => [
    `TypeScript under ${name}`,
    "ts",
    runner,
    need,
  ]),
];

/** Runs a command in a place where `ptrack` is on PATH. */
function run(place: Place, command: readonly string[]): Promise<Result> {
  const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return place.shell(`exec ${words.join(" ")}`);
}

/** What the library says of the only session of a workspace. */
async function onlySession(place: Place, workspace: string) {
  const directory = place.at(".parallel");
  const monitor = new SessionMonitor({ workspace, directory });
  const { sessions } = await monitor.pollAll();
  assertEquals(sessions.length, 1);
  const events = await monitor.readSessionLog(sessions[0]!.view.sessionId);
  return {
    status: sessions[0]!.view.status,
    events: events.map(({ event }) => event).join(" "),
  };
}

/** Runs the command that an example names for its coordinator. */
function coordinate(place: Place, path: string): Promise<Result> {
  const text = Deno.readTextFileSync(ROOT + path);
  const line = /Coordinator: ptrack (.*)/.exec(text)?.[1];
  assert(line !== undefined, `${path} names no command for its coordinator`);
  return place.run(...line.split(" "));
}

function makeMails(place: Place, count: number): void {
  Deno.mkdirSync(place.at("mails"));
  for (let number = 1; number <= count; number++) {
    Deno.writeTextFileSync(
      place.at(`mails/${String(number).padStart(3, "0")}.eml`),
      `From: a@example.com\nSubject: Mail ${number}\n\nText\n`,
    );
  }
}

for (const [language, suffix, runner, need] of LANGUAGES) {
  placeTest(
    `pattern 1, a document, in ${language}`,
    [...need],
    async (place) => {
      const path = `examples/adr.${suffix}`;
      const result = await run(place, [...runner(path), "adr-07", "Caching"]);
      assertEquals([result.code, result.stderr], [0, ""]);
      const { status, events } = await onlySession(place, "adrs");
      assertEquals(
        events,
        "started heartbeat heartbeat heartbeat completed",
      );
      assertEquals(status.task_description, "Caching");
      assertEquals(status.message, "adr-07 complete");
      assertEquals(status.output_files, ["docs/architecture/adr-07.md"]);
      assertEquals(
        Deno.readTextFileSync(place.at(status.output_files[0]!)),
        "# Caching\n\n## Options\n\n- Sessions in a cookie\n" +
          "- Signed tokens\n\n## Decision\n\nSessions in a cookie.\n",
      );
      const seen = await coordinate(place, path);
      assertEquals(seen.code, 0);
      assertStringIncludes(seen.stdout, "100% | adr-07 complete\n");
    },
  );

  placeTest(
    `pattern 1 in ${language} fails when its document cannot be written`,
    [...need],
    async (place) => {
      Deno.writeTextFileSync(place.at("docs"), "in the way");
      const result = await run(place, runner(`examples/adr.${suffix}`));
      assert(result.code !== 0);
      const { status } = await onlySession(place, "adrs");
      assertEquals([status.state, status.progress_pct], ["failed", 50]);
    },
  );

  placeTest(
    `pattern 2, a feature branch, in ${language}`,
    [...need],
    async (place) => {
      const path = `examples/feature.${suffix}`;
      const result = await run(place, [...runner(path), "feat-x", "feat/x"]);
      assertEquals([result.code, result.stderr], [0, ""]);
      const { status, events } = await onlySession(place, "features");
      assertEquals(
        events,
        "started heartbeat heartbeat heartbeat error completed",
      );
      assertEquals(status.session_id, "feat-x");
      assertEquals(status.metadata, { branch: "feat/x" });
      assertEquals(status.output_files, ["src/contexts/ThemeContext.tsx"]);
      assertStringIncludes(status.errors[0]!, "no ThemeProvider yet");
      const seen = await coordinate(place, path);
      assertEquals(seen.code, 0);
      assertStringIncludes(seen.stdout, "feat-x");
    },
  );

  placeTest(`pattern 3, a batch, in ${language}`, need, async (place) => {
    makeMails(place, 250);
    const path = `examples/batch.${suffix}`;
    const result = await run(place, [...runner(path), "mails", "emails-1"]);
    assertEquals([result.code, result.stderr], [0, ""]);
    const { status, events } = await onlySession(place, "batch-jan");
    assertEquals(events, "started heartbeat heartbeat completed");
    assertEquals(status.message, "Processed 250 emails");
    const log = place.log("batch-jan", "emails-1");
    assertEquals(
      log.slice(1, 3).map(({ details }) => [details.pct, details.message]),
      [[40, "Processed 100/250"], [80, "Processed 200/250"]],
    );
    const subjects = Deno.readTextFileSync(place.at("emails-1.txt"));
    assertEquals(subjects.split("\n").length, 251);
    const seen = await coordinate(place, path);
    assertEquals([seen.code, JSON.parse(seen.stdout).completed], [0, 1]);
  });

  placeTest(
    `pattern 3 in ${language} fails at the mail that it cannot read`,
    need,
    async (place) => {
      makeMails(place, 150);
      Deno.writeTextFileSync(place.at("mails/120.eml"), "no subject\n");
      const result = await run(place, [
        ...runner(`examples/batch.${suffix}`),
        "mails",
      ]);
      assert(result.code !== 0);
      const { status, events } = await onlySession(place, "batch-jan");
      assertEquals(events, "started heartbeat failed");
      assertEquals([status.state, status.progress_pct], ["failed", 66]);
      assertEquals(place.names("batch-jan", status.session_id), [
        "FAILED",
        "log.jsonl",
        "status.json",
      ]);
    },
  );
}

Deno.test({
  name: "a session in Python fails when its output is not there",
  ...needs("python3"),
  async fn() {
    await using place = new Place();
    const script = `import sys
sys.path.insert(0, "${ROOT}examples")
from session import Session
with Session("w", "s", "-d") as session:
    session.complete_with("made it", ["missing.txt"])
`;
    const result = await run(place, ["python3", "-B", "-c", script]);
    assertEquals(result.code, 1);
    const { status } = await onlySession(place, "w");
    assertEquals([status.state, status.task_description], ["failed", "-d"]);
  },
});

Deno.test({
  name: "a session in Python fails on SIGTERM",
  ...needs("python3"),
  async fn() {
    await using place = new Place();
    const script = `import sys, signal
sys.path.insert(0, "${ROOT}examples")
from session import Session
with Session("w", "s", "Wait"):
    print("ready", flush=True)
    signal.pause()
`;
    const running = place.spawnShell(`exec python3 -B -c '${script}'`);
    await eventually(() => running.stdout.includes("ready"));
    running.kill("SIGTERM");
    assertEquals((await running.result).code, 143);
    const { status } = await onlySession(place, "w");
    assertEquals(status.message, "FAILED: SystemExit: 143");
  },
});

/** Uses the library as a program outside the repository does. */
const LIBRARY_USER = `
import process from "node:process";
const [library, ending] = process.argv.slice(2);
const { RefusedError, SessionMonitor, SessionTracker } = await import(library);

const place = { workspace: "library", directory: ".parallel" };
const tracker = new SessionTracker({ sessionId: ending, ...place });
try {
  const value = await tracker.run(async (same) => {
    await same.heartbeat({ progressPct: 40, message: "Half", metadata: { n: 1 } });
    await same.error("Not so bad");
    if (ending === "throw") throw new TypeError("Disk is full");
    if (ending === "signal") {
      console.log("ready");
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    }
    return 42;
  }, { description: "Library", batch: "b", outputFiles: ["a.txt"], message: "Made" });
  console.log("returned", value);
} catch (error) {
  console.log("thrown", error.name, error.message);
}
await tracker.heartbeat().catch((error) =>
  console.log("refused", error instanceof RefusedError, error.exitCode)
);
const monitor = new SessionMonitor(place);
const { reason, exitCode } = await monitor.waitForAll({ timeoutS: 5 });
console.log(reason, exitCode, (await monitor.listSessions()).join());
process.exit(7);
`;

const ENDINGS = [
  {
    ending: "complete",
    printed: "returned 42\nrefused true 1\ncompleted 0 complete\n",
    events: "started heartbeat error completed",
    status: { state: "completed", progress_pct: 100, message: "Made" },
    marker: "COMPLETED",
  },
  {
    ending: "throw",
    printed: "thrown TypeError Disk is full\nrefused true 1\nfailed 1 throw\n",
    events: "started heartbeat error failed",
    status: {
      state: "failed",
      progress_pct: 40,
      message: "FAILED: Disk is full",
    },
    marker: "FAILED",
  },
  {
    ending: "signal",
    printed: "ready\nthrown InterruptedError Interrupted by SIGTERM\n" +
      "refused true 1\nfailed 1 signal\n",
    events: "started heartbeat error failed",
    status: {
      state: "failed",
      progress_pct: 40,
      message: "FAILED: Interrupted by SIGTERM",
    },
    marker: "FAILED",
  },
];

for (const [runtime, , need] of RUNTIMES) {
  for (const { ending, printed, events, status, marker } of ENDINGS) {
    placeTest(
      `the bundled library under ${runtime}: run and ${ending}`,
      need,
      async (place) => {
        Deno.writeTextFileSync(place.at("user.mjs"), LIBRARY_USER);
        const command = {
          Deno: `'${Deno.execPath()}' run -A --quiet --no-config`,
          Bun: `'${BUN}'`,
          Node: "node",
        }[runtime];
        const running = place.spawnShell(
          `exec ${command} user.mjs '${bundle("lib/mod.ts")}' ${ending}`,
        );
        if (ending === "signal") {
          await eventually(() => running.stdout.includes("ready"));
          running.kill("SIGTERM");
        }
        const result = await running.result;
        assertEquals(result.stderr, "");
        assertEquals([result.code, result.stdout], [7, printed]);

        const stored = place.status("library", ending);
        assertEquals({ ...stored, ...status }, stored);
        assertEquals(stored.metadata, { n: 1 });
        assertEquals(stored.ptrack.batch, "b");
        assertEquals((await onlySession(place, "library")).events, events);
        assertEquals(place.names("library", ending), [
          marker,
          "log.jsonl",
          "status.json",
        ]);
        assertEquals(place.names("."), [".gitignore", "library"]);
      },
    );
  }
}

Deno.test("the demo ends as it announces", async () => {
  await using place = new Place();
  const reports = `DEMO_REPORTS=${place.at("reports")}`;
  const demo = ["env", reports, "bash", `${ROOT}examples/parallel.sh`];
  const result = await run(place, demo);
  assertEquals([result.code, result.stderr], [0, ""]);
  assertStringIncludes(result.stdout, place.at("reports/demo.html"));
  const report = Deno.readTextFileSync(place.at("reports/demo.junit.xml"));
  assertStringIncludes(report, 'tests="4" failures="1" errors="0"');
  assertStringIncludes(result.stdout, "(exit code 1)");
  assertStringIncludes(result.stdout, "[X] sort");
  assertStringIncludes(result.stdout, "[+] sort");
  const folder = /MB in 40 pieces, in (.*)/.exec(result.stdout)?.[1] ?? "";
  assert(folder !== "", "it says where it works");
  let isGone = false;
  try {
    Deno.statSync(folder);
  } catch {
    isGone = true;
  }
  assert(isGone, "its folder is removed");
});

Deno.test("the demo says what it lacks", async () => {
  await using place = new Place();
  const result = await place.shell(
    `PATH=/nowhere "$BASH" '${ROOT}examples/parallel.sh'`,
  );
  assertEquals([result.code, result.stdout], [1, ""]);
  assertStringIncludes(result.stderr, "ptrack is not on PATH; run: make demo");
});
