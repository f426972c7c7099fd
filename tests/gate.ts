/**
 * The gate behind `make test`, `make test-release` and `make soak`: runs each
 * check, prints what fails, then what was skipped and why, and ends with one
 * line that counts all. A check that runs tests counts each test, any other
 * counts as one.
 *
 *     deno run -A tests/gate.ts [test] [release] [soak]
 */

import { succeeds } from "./support/needs.ts";

interface Check {
  name: string;
  args: string[];
  env?: Record<string, string>;
  /** Shown while it runs; the output of the others comes when they end. */
  isShownAtOnce?: boolean;
}

const PARALLEL = ["test", "-A", "--frozen", "--no-check", "--parallel"];

/** What a look at the sources tells. */
const STATIC: Check[] = [
  { name: "format", args: ["fmt", "--check", "--quiet"] },
  { name: "lint", args: ["lint", "--quiet"] },
  {
    name: "types",
    args: [
      ...["check", "--quiet", "--frozen"],
      ...["main.ts", "lib", "release", "tests", "examples"],
    ],
  },
  { name: "documentation", args: ["doc", "--lint", "lib/mod.ts"] },
  {
    // Also finds exported types that would have to be inferred.
    name: "package for JSR",
    args: ["publish", "--dry-run", "--allow-dirty", "--quiet"],
  },
];

const TESTS: Check = {
  name: "tests",
  args: [...PARALLEL, "--ignore=tests/release", "tests"],
  isShownAtOnce: true,
};

const RELEASE: Check = {
  name: "release",
  args: [...PARALLEL, "tests/release"],
};

/** What takes too long for each change: all there is of the model, and all engines. */
const SOAK: Check[] = [
  { ...TESTS, env: { PTRACK_SOAK: "1" } },
  ...["deno", "node"].map((engine): Check => ({
    name: `end to end, ${engine}`,
    args: [...PARALLEL, "tests/e2e"],
    env: { PTRACK_ENGINE: engine },
    isShownAtOnce: true,
  })),
];

/** Half of the model, which keeps one processor busy. */
function model(part: "1/2" | "2/2"): Check {
  const args = ["run", "-A", "--frozen", "tests/model/soak.ts", part];
  return { name: `model, ${part}`, args };
}

interface Counts {
  passed: number;
  failed: number;
  ignored: number;
}

/** Tests write into this file what they are skipped for. */
const skippedPath = Deno.makeTempFileSync({ prefix: "ptrack-skipped-" });

/**
 * The words that run Deno. Signals that are ignored, as under nohup and in the
 * background of a script, get their defaults back, which tests expect.
 */
const defaults = ["env", "--default-signal"];
const [command, ...words] = [
  ...succeeds(...defaults, "true") ? defaults : [],
  Deno.execPath(),
];

/** Runs a check and shows its output. */
async function run(check: Check): Promise<Counts> {
  const child = new Deno.Command(command!, {
    args: [...words, ...check.args],
    env: {
      NO_COLOR: "1",
      // What make tells its children is not for those of tests.
      MAKEFLAGS: "",
      PTRACK_SKIPPED: skippedPath,
      ...check.env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  const gather = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      if (check.isShownAtOnce) Deno.stdout.writeSync(chunk);
      text += decoder.decode(chunk, { stream: true });
    }
  };
  const [{ success }] = await Promise.all([
    child.status,
    gather(child.stdout),
    gather(child.stderr),
  ]);
  if (!check.isShownAtOnce) console.log(text.trimEnd());
  console.log(`== ${check.name}: ${success ? "ok" : "FAILED"}`);
  return countsIn(text, success);
}

function countsIn(text: string, success: boolean): Counts {
  const found = text.match(
    /^(?:ok|FAILED) \| (\d+) passed.*?\| (\d+) failed(?: \| (\d+) ignored)?/m,
  );
  if (found === null) {
    return { passed: success ? 1 : 0, failed: success ? 0 : 1, ignored: 0 };
  }
  const [passed, failed, ignored] = found.slice(1)
    .map((count) => Number(count ?? 0)) as [number, number, number];
  return { passed, failed: success ? failed : Math.max(1, failed), ignored };
}

/** Runs one check after the other. */
async function runAll(checks: readonly Check[]): Promise<Counts[]> {
  const counts: Counts[] = [];
  for (const check of checks) counts.push(await run(check));
  return counts;
}

/** Why tests were skipped, the most frequent reason first. */
function reasonsOf(ignored: number): string[] {
  const counts = new Map<string, number>();
  const labels = Deno.readTextFileSync(skippedPath).split("\n").filter(Boolean);
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const unexplained = ignored - labels.length;
  if (unexplained > 0) counts.set("what they say themselves", unexplained);
  return [...counts].sort(([, a], [, b]) => b - a).map(([label, count]) =>
    `skipped: ${count} ${count === 1 ? "test needs" : "tests need"} ${label}`
  );
}

const sets = Deno.args.length === 0 ? ["test"] : Deno.args;
const lanes = [
  ...sets.includes("test") ? [[TESTS], STATIC] : [],
  ...sets.includes("release") ? [[RELEASE]] : [],
  ...sets.includes("soak") ? [SOAK, [model("1/2")], [model("2/2")]] : [],
];
const counts = (await Promise.all(lanes.map(runAll))).flat();
const sum = (name: keyof Counts) =>
  counts.reduce((total, one) => total + one[name], 0);
const reasons = reasonsOf(sum("ignored"));
Deno.removeSync(skippedPath);
if (reasons.length > 0) console.log(`\n${reasons.join("\n")}`);
const skipped = sum("ignored") === 0 ? "" : `, ${sum("ignored")} skipped`;
console.log(`\n${sum("passed")} passed, ${sum("failed")} failed${skipped}`);
Deno.exitCode = sum("failed") === 0 ? 0 : 1;
