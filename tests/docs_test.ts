/** The documents say what the program does: held to the definitions of the commands. */
import { assert, assertEquals } from "@std/assert";
import { existsSync } from "@std/fs";
import { parse } from "../lib/cli/command_line.ts";
import { renderReference } from "../lib/cli/reference.ts";
import { PTRACK } from "../lib/commands/index.ts";
import { Place, placeTest } from "./support/program.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...[...Deno.readDirSync(`${ROOT}docs`)].map(({ name }) => `docs/${name}`)
    .filter((name) => name.endsWith(".md")),
];
const text = (page: string) => Deno.readTextFileSync(`${ROOT}${page}`);

Deno.test("docs/cli.md has the reference that the definitions give", async () => {
  const page = text("docs/cli.md");
  const [, reference] = /<!-- reference -->\n([^]*?)<!-- \/reference -->/
    .exec(page) ?? [];
  assertEquals(
    reference,
    await renderReference(PTRACK),
    "put the output of `ptrack help --markdown` between the markers",
  );
});

/** The ptrack commands in a page's shell examples, as arguments. */
function commandsIn(page: string): string[][] {
  const blocks = text(page).matchAll(/```(?:sh|yaml)\n([^]*?)```/g);
  return [...blocks].flatMap(([, block]) =>
    block.split("\n").flatMap((line) =>
      [...line.matchAll(
        /(?:^|[\s(&|])ptrack ((?:"[^"]*"|'[^']*'|[^"'#&|)>])*)/g,
      )]
        .map(([, rest]) => words(rest))
    )
  );
}

function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)]
    .map(([, double, single, plain]) => double ?? single ?? plain!);
}

Deno.test("every command line in the documents is understood", async () => {
  let count = 0;
  for (const page of PAGES) {
    for (const args of commandsIn(page)) {
      await parse(args, PTRACK).catch((error) => {
        throw new Error(`${page}: ${args.join(" ")}: ${error.message}`);
      });
      count++;
    }
  }
  assert(count > 20, `only ${count} found`);
});

Deno.test("every link between the documents leads somewhere", () => {
  const broken = PAGES.flatMap((page) => {
    const folder = new URL(`file:///${page}`);
    return [...text(page).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
      .map(([, link]) => new URL(link, folder).pathname.slice(1))
      .filter((path) => !existsSync(ROOT + path))
      .map((path) => `${page} -> ${path}`);
  });
  assertEquals(broken, []);
});

Deno.test("README and docs/cli.md name the same exit codes as the help", async () => {
  const reference = await renderReference(PTRACK);
  const inHelp = new Set(
    [...reference.matchAll(/^\| (\d+) \|/gm)].map(([, n]) => n),
  );
  for (const code of inHelp) {
    assert(text("README.md").includes(`| ${code} |`), `README: ${code}`);
    assert(text("docs/cli.md").includes(code), `docs/cli.md: ${code}`);
  }
});

/** The text of the blocks of a language that contain `words`. */
function blocks(page: string, language: string, words: string): string[] {
  const found = text(page).matchAll(
    new RegExp(`^ *\`\`\`${language}\\n([^]*?)^ *\`\`\``, "gm"),
  );
  return [...found].map(([, block]) => block).filter((block) =>
    block.includes(words)
  );
}

/** The only such block. */
function block(page: string, language: string, words: string): string {
  const found = blocks(page, language, words);
  assertEquals(found.length, 1, `${page}: ${language} with ${words}`);
  return found[0]!;
}

const events = (place: Place, workspace: string, session: string) =>
  place.log(workspace, session).map(({ event }) => event).join(" ");

Deno.test("README's shell example does what its lines say", async () => {
  await using place = new Place();
  const script = block("README.md", "sh", "ptrack waiting");
  const { code, stdout, stderr } = await place.shell(`set -e\n${script}`);
  assertEquals([code, stdout, stderr], [0, "", ""]);
  assertEquals(
    events(place, "adrs", "adr-01"),
    "started heartbeat error waiting heartbeat completed",
  );
  const watching = block("README.md", "sh", "ptrack monitor list")
    .replace("--expect 4", "--expect 1");
  assertEquals((await place.shell(`set -e\n${watching}`)).code, 0);
});

placeTest(
  "README's Python example sends a heartbeat",
  ["python3"],
  async (place) => {
    await place.ok("start", "-w", "adrs", "-s", "adr-01");
    const { code } = await place.shell("python3 -", {
      stdin: block("README.md", "python", "heartbeat"),
    });
    assertEquals(code, 0);
    assertEquals(place.status("adrs", "adr-01").progress_pct, 50);
  },
);

Deno.test("README's TypeScript example completes its session", async () => {
  await using place = new Place();
  const source = block("README.md", "ts", "SessionTracker")
    .replace("./lib/mod.ts", `${ROOT}lib/mod.ts`);
  Deno.writeTextFileSync(place.at("example.ts"), source);
  const { code, stderr } = await place.shell(
    `'${Deno.execPath()}' run -A --quiet --frozen ` +
      `--config '${ROOT}deno.json' example.ts`,
  );
  assertEquals([code, stderr], [0, ""]);
  const { state, output_files } = place.status("adrs", "adr-01");
  assertEquals([state, output_files], ["completed", ["docs/ADR-001.md"]]);
});

for (const [outcome, code] of [["true", 0], ["false", 1]] as const) {
  Deno.test(`README's CI step exits ${code} when a job is ${outcome}`, async () => {
    await using place = new Place();
    const step = block("README.md", "yaml", "GITHUB_RUN_ID");
    const script = step.slice(step.indexOf("run: |\n") + "run: |\n".length);
    const result = await place.shell(
      `make() { [ "$1" != unit ] || ${outcome}; }\nset -e -o pipefail\n${script}`,
      { env: { GITHUB_RUN_ID: "17" } },
    );
    assertEquals(result.code, code, result.stderr);
    assertEquals(place.names("build"), ["integration", "lint", "unit"]);
  });
}

/** The lines of a step that come after `run: |`, as its shell gets them. */
function stepScript(workflow: string, words: string): string {
  const steps = [...workflow.matchAll(/^( *)(?:- )?run: \|\n((?:\1 +.*\n)+)/gm)]
    .map(([, , lines]) => lines!);
  const found = steps.filter((lines) => lines.includes(words));
  assertEquals(found.length, 1);
  return found[0]!;
}

/** Puts an empty `make` before the real one. */
const FAKE_MAKE = "mkdir tools; PATH=$PWD/tools:$PATH\n" +
  "echo '#!/bin/sh' > tools/make; chmod +x tools/make";

for (const [outcome, code] of [["0", 0], ["1", 1]] as const) {
  Deno.test(`the workflow of docs/reports.md reports a job that exits ${outcome}`, async () => {
    await using place = new Place();
    const workflow = block("docs/reports.md", "yaml", "GITHUB_RUN_ID");
    const script = stepScript(workflow, "ptrack wait");
    const summary = place.at("summary.md");
    const { code: ended, stdout, stderr } = await place.shell(
      [
        FAKE_MAKE,
        `echo 'test "$1" != unit || exit ${outcome}' >> tools/make`,
        "set -e -o pipefail",
        script,
      ].join("\n"),
      {
        env: {
          GITHUB_RUN_ID: "17",
          GITHUB_RUN_ATTEMPT: "1",
          GITHUB_STEP_SUMMARY: summary,
        },
      },
    );
    assertEquals(ended, code, stderr);
    const report = Deno.readTextFileSync(place.at("report.xml"));
    assertEquals(report.match(/<testcase /g)?.length, 3);
    assertEquals(report.match(/<failure /g)?.length ?? 0, code);
    assertEquals(/^::error title=checks%3A unit/m.test(stdout), code === 1);
    assert(Deno.readTextFileSync(summary).includes("`integration`"));
  });
}

Deno.test("GitLab's script in docs/reports.md writes the report it promises", async () => {
  await using place = new Place();
  const job = block("docs/reports.md", "yaml", "CI_PIPELINE_ID");
  const script = [...job.matchAll(/^ {4}- (.*)$/gm)].map(([, line]) => line);
  const { code, stderr } = await place.shell(
    [FAKE_MAKE, ...script].join("\n"),
    { env: { CI_PIPELINE_ID: "5", CI_JOB_ID: "6" } },
  );
  assertEquals(code, 0, stderr);
  assert(Deno.readTextFileSync(place.at("report.xml")).includes("<testsuite "));
});

placeTest(
  "the chat example of docs/reports.md sends what it was told, quoted",
  ["jq"],
  async (place) => {
    const [script] = blocks("docs/reports.md", "sh", "jq -n");
    const curl = "curl() { cat; }\n";
    const env = { PTRACK_EVENT: "failed", PTRACK_MESSAGE: 'a "b" \\ c' };
    const { stdout } = await place.shell(`${curl}${script}`, { env });
    assertEquals(JSON.parse(stdout).text, 'null/null failed: a "b" \\ c');
  },
);

Deno.test("the guide's script fails its session when its work fails", async () => {
  const script = block("docs/guide.md", "sh", "trap");
  for (const [work, expected] of [["true", "completed"], ["false", "failed"]]) {
    await using place = new Place();
    const { stderr } = await place.shell(
      `set -e\nmake() { ${work}; }\n${script}`,
    );
    const [session = ""] = place.names("default");
    assertEquals([stderr, place.status("default", session).state], [
      "",
      expected,
    ]);
  }
});

Deno.test("the example session of docs/format.md is one: its log folds to its status", async () => {
  const page = "docs/format.md";
  const log = block(page, "jsonl", "Drafting options");
  const status = block(page, "json", "log_tail");
  const marker = block(page, "json", "error_summary");
  assertEquals(new TextEncoder().encode(log).length, 893);

  await using place = new Place();
  place.write("adrs", "adr-01", { "log.jsonl": log });
  const { sessions: [{ verdict: _, ...folded }] } = await place.summary("adrs");
  assertEquals(folded, JSON.parse(status));
  // A writer that is refused leaves the files in order, and so makes them.
  assertEquals(
    (await place.run("complete", "-w", "adrs", "-s", "adr-01")).code,
    1,
  );
  const made = (name: string) =>
    Deno.readTextFileSync(`${place.directory("adrs", "adr-01")}/${name}`);
  assertEquals([made("status.json"), made("COMPLETED"), made("log.jsonl")], [
    status,
    marker,
    log,
  ]);
});

Deno.test("the commands beside the example session record such a session", async () => {
  await using place = new Place();
  const script = block("docs/format.md", "sh", "Drafting options");
  assertEquals((await place.shell(`set -e\n${script}`)).code, 0);
  const withoutTimes = (line: Record<string, unknown>) => {
    const { timestamp: _timestamp, id: _id, ...rest } = line;
    return rest;
  };
  const expected = block("docs/format.md", "jsonl", "Drafting options")
    .trim().split("\n").map((line) => withoutTimes(JSON.parse(line)));
  assertEquals(place.log("adrs", "adr-01").map(withoutTimes), expected);
});

Deno.test("the smallest session of docs/format.md is read and carried on", async () => {
  await using place = new Place();
  place.write("w", "s", {
    "log.jsonl": block("docs/format.md", "jsonl", "my-1"),
  });
  await place.ok("heartbeat", "-w", "w", "-s", "s", "--pct", "5");
  const { state, task_description, progress_pct } = place.status("w", "s");
  assertEquals([state, task_description, progress_pct], [
    "running",
    "Nightly",
    5,
  ]);
});

Deno.test("the picture shows a dashboard, and loads nothing", () => {
  const picture = text("docs/dashboard.svg");
  for (const word of ["Parallel Session Dashboard", "[+]", "[X]", "Total: "]) {
    assert(picture.includes(word), word);
  }
  assert(!/href|<script|<image|url\(/.test(picture));
});
