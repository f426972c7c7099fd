/**
 * The gate behind `make test` and `make test-release`: runs each check, prints
 * what fails, and ends with one line that counts all of them. A check that runs
 * tests counts each test, any other counts as one.
 */
import { findChromium } from "./support/chromium.ts";

const deno = Deno.execPath();

interface Check {
  name: string;
  args: string[];
  env?: Record<string, string>;
}

/** Folders of tests that mirror lib, with those of the model. */
const UNIT = [
  "tests/*_test.ts",
  ...[
    "agents",
    "cli",
    "commands",
    "model",
    "platform",
    "process",
    "report",
    "run",
    "session",
    "setup",
    "store",
    "watch",
    "web",
  ].map((room) => `tests/${room}/**/*_test.ts`),
];

const everything: Check[] = [
  { name: "format", args: ["fmt", "--check", "--quiet"] },
  { name: "lint", args: ["lint", "--quiet"] },
  {
    name: "types",
    args: [
      "check",
      "--frozen",
      "main.ts",
      "lib",
      "release",
      "tests",
      "examples",
    ],
  },
  { name: "documentation", args: ["doc", "--lint", "lib/mod.ts"] },
  {
    // With a look for types that would have to be inferred.
    name: "package for JSR",
    args: ["publish", "--dry-run", "--allow-dirty", "--quiet"],
  },
  {
    name: "unit, store and model tests",
    args: testArgs(...UNIT),
  },
  {
    name: "end to end, executable",
    args: testArgs("tests/e2e/*_test.ts"),
    env: { PTRACK_ENGINE: "executable" },
  },
  {
    name: "end to end, deno run",
    args: testArgs("tests/e2e/*_test.ts"),
    env: { PTRACK_ENGINE: "deno" },
  },
];

/** CI sets PTRACK_NEED_CHROMIUM: there a missing Chromium is a failure. */
const isPageTested = findChromium() !== null ||
  Deno.env.get("PTRACK_NEED_CHROMIUM") === "1";
if (isPageTested) {
  everything.push({
    name: "the page, in Chromium",
    args: testArgs("tests/browser/*_test.ts"),
  });
}

/** Where Node has a part of its own: it starts commands, and reads input. */
const ON_NODE = [
  "hook",
  "run_result",
  "run_session",
  "run_signals",
  "run_streams",
  "run_terminal",
  "shell_init",
  "tracking",
];

/** With the word `release`: what `make test-release` asks for. */
const checks: Check[] = Deno.args.includes("release")
  ? [
    { name: "release", args: testArgs("tests/release/*_test.ts") },
    {
      name: "end to end, the package on Node",
      args: testArgs(...ON_NODE.map((name) => `tests/e2e/${name}_test.ts`)),
      env: { PTRACK_ENGINE: "node" },
    },
  ]
  : everything;

function testArgs(...files: string[]): string[] {
  return ["test", "-A", "--frozen", "--no-check", ...files];
}

/** Runs a check, showing its output; returns passed and failed counts. */
async function run(check: Check): Promise<[number, number]> {
  console.log(`\n== ${check.name}`);
  const child = new Deno.Command(deno, {
    args: check.args,
    env: { NO_COLOR: "1", ...check.env },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of child.stdout) {
    Deno.stdout.writeSync(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  const { success } = await child.status;
  const counts = text.match(/(\d+) passed.*\| (\d+) failed/);
  if (counts === null) return success ? [1, 0] : [0, 1];
  const [passed, failed] = [Number(counts[1]), Number(counts[2])];
  return [passed, success ? failed : Math.max(1, failed)];
}

let passed = 0;
let failed = 0;
for (const check of checks) {
  const [good, bad] = await run(check);
  passed += good;
  failed += bad;
}
if (!isPageTested) {
  console.log(
    "\nSkipped: the tests of the page, since there is no Chromium. Install it " +
      "(Debian: apt-get install chromium), or name one with PTRACK_CHROMIUM",
  );
}
console.log(`\n${passed} passed, ${failed} failed`);
Deno.exitCode = failed === 0 ? 0 : 1;
