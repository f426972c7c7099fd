/**
 * The packages for npm's registry and for JSR, as somebody gets them who installs
 * them: the packed file in an empty project, on Node alone, on Bun and on Deno.
 */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { copySync, ensureDirSync } from "@std/fs";
import { DIST, Folder, ROOT, run } from "./dist.ts";
import { libraryExamples } from "../support/library_examples.ts";
import { smoke } from "./smoke.ts";

const BUN = Deno.env.get("BUN") ?? "bun";
const PACKAGE = "node_modules/@ptrack/ptrack";
const NPM = ["npm", "--no-audit", "--no-fund", "--loglevel=error"];

const { version } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));

/** What npm says of a package that it has packed. */
interface Packed {
  filename: string;
  files: { path: string }[];
}

/** Packed once for all tests, and installed once: projects get copies. */
const template = new Folder();
let packed: Promise<Packed> | null = null;
let installed: Promise<string> | null = null;
Deno.test.afterAll(() => template[Symbol.asyncDispose]());

async function pack(): Promise<Packed> {
  const into = `--pack-destination=${template.path}`;
  const printed = await run([...NPM, "pack", `${DIST}/npm`, "--json", into], {
    cwd: template.path,
    env: { HOME: template.path },
  });
  const [one] = JSON.parse(printed);
  // Some versions of npm print the name of the package instead of the file's.
  const filename = one.filename.replace(/^@/, "").replace("/", "-");
  return { ...one, filename: `${template.path}/${filename}` };
}

async function install(): Promise<string> {
  const { filename } = await (packed ??= pack());
  const cwd = `${template.path}/installed`;
  Deno.mkdirSync(cwd);
  Deno.writeTextFileSync(`${cwd}/package.json`, '{ "type": "module" }\n');
  const env = { HOME: template.path };
  await run([...NPM, "install", "--offline", filename], { cwd, env });
  return cwd;
}

/** A project with a home of its own. */
class Project extends Folder {
  readonly directory = `${this.path}/project`;
  readonly env = { HOME: `${this.path}/home`, NO_COLOR: "1" };

  /** Packs the package; returns what npm says of it. */
  async pack(): Promise<Packed> {
    ensureDirSync(this.directory);
    return await (packed ??= pack());
  }

  /** Has the package installed. */
  async install(): Promise<void> {
    copySync(await (installed ??= install()), this.directory);
  }

  write(name: string, text: string): string {
    Deno.writeTextFileSync(`${this.directory}/${name}`, text);
    return `${this.directory}/${name}`;
  }

  run(command: string[]): Promise<string> {
    return run(command, { cwd: this.directory, env: this.env });
  }

  /** A PATH on which there is Node and nothing else. */
  async nodeAlone(): Promise<string> {
    const bin = `${this.path}/bin`;
    Deno.mkdirSync(bin);
    const node = (await run(["sh", "-c", "command -v node"])).trim();
    Deno.symlinkSync(node, `${bin}/node`);
    return bin;
  }
}

Deno.test("the package has the program, the library, its types and licenses, and no path of where it was made", async () => {
  await using project = new Project();
  const { files } = await project.pack();
  const paths = files.map(({ path }) => path);
  for (
    const path of [
      "package.json",
      "README.md",
      "LICENSE",
      "THIRD-PARTY.txt",
      "js/main.js",
      "js/lib/mod.js",
      "types/mod.d.ts",
    ]
  ) assert(paths.includes(path), path);
  for (const path of paths) {
    assertMatch(path, /^([\w.-]+|js\/.*\.js|types\/.*\.d\.ts)$/);
    const text = Deno.readTextFileSync(`${DIST}/npm/${path}`);
    assert(!text.includes(ROOT), path);
    assert(!/amd-module|sourceMappingURL/.test(text), path);
  }
  const manifest = JSON.parse(
    Deno.readTextFileSync(`${DIST}/npm/package.json`),
  );
  assertEquals([manifest.version, manifest.type], [version, "module"]);
  assertEquals(manifest.dependencies, undefined);
  assertEquals(manifest.scripts, undefined);
});

Deno.test("npx runs the packed file on Node alone, a session's life long", async () => {
  await using project = new Project();
  const { filename } = await project.pack();
  const npx = ["npx", "--yes", "--offline", `--package=${filename}`, "ptrack"];
  assertMatch(
    await project.run([...npx, "--version"]),
    /^ptrack [\d.]+ \(node \d[\d.]+, \w+-\w+, commit .+\)\n$/,
  );
  await project.run([...NPM, "install", "--offline", filename]);
  const line = await smoke({
    command: [`${project.directory}/node_modules/.bin/ptrack`],
    directory: project.directory,
    env: { PATH: await project.nodeAlone() },
  });
  assertStringIncludes(line, `ptrack ${version} (node `);
});

/** Uses what both classes are for; prints what must be the same everywhere. */
const PROGRAM = `
import { NotFoundError, SessionMonitor, SessionTracker } from "@ptrack/ptrack";
const place = { workspace: "w", directory: ".parallel" };
const tracker = new SessionTracker({ ...place, sessionId: "one" });
const result = await tracker.run(async (session) => {
  await session.heartbeat({ progressPct: 50, message: "Half" });
  return 42;
}, { description: "The first" });
const failing = new SessionTracker({ ...place, sessionId: "two" });
await failing.run(() => Promise.reject(new Error("no luck"))).catch(() => {});
const monitor = new SessionMonitor(place);
const outcome = await monitor.waitForAll({ expect: 2, timeoutS: 60 });
const lines = await monitor.readSessionLog("one");
const stranger = new SessionMonitor({ ...place, workspace: "other" });
const missing = await stranger.pollAll().catch((error) => error);
console.log(JSON.stringify([
  result,
  [outcome.reason, outcome.exitCode, outcome.sessions],
  (await monitor.readSession("one"))?.verdict.state,
  (await monitor.readSession("two"))?.verdict.state,
  lines.length > 2,
  missing instanceof NotFoundError,
]));
`;

for (
  const [runtime, words] of [
    ["Node", ["node"]],
    ["Bun", [BUN]],
    ["Deno", [Deno.execPath(), "run", "-A", "--quiet"]],
  ] as const
) {
  Deno.test(`the examples of docs/library.md do what it says on ${runtime}`, async () => {
    await using project = new Project();
    await project.install();
    Deno.mkdirSync(`${project.directory}/.parallel`);
    for (const { source, output } of libraryExamples()) {
      const program = project.write("example.mjs", source);
      assertEquals(await project.run([...words, program]), output);
    }
  });

  Deno.test(`the library works on ${runtime}, from an installed package`, async () => {
    await using project = new Project();
    await project.install();
    const program = project.write("program.mjs", PROGRAM);
    assertEquals(
      JSON.parse(await project.run([...words, program])),
      [42, ["failed", 1, ["two"]], "completed", "failed", true, true],
    );
  });
}

/** An exception in a timer while the main module waits for a run. */
const UNCAUGHT = `
import { SessionTracker } from "@ptrack/ptrack";
if (process.argv.includes("caught")) process.on("uncaughtException", () => {});
const tracker = new SessionTracker({ sessionId: "s", workspace: "w" });
const thrown = await tracker.run(() => new Promise((done) => {
  setTimeout(() => { throw new Error("boom"); });
  setTimeout(done, 1);
})).catch((error) => error);
const { state, errors } = await tracker.getStatus();
console.log(state, errors.length, thrown?.message);
`;

Deno.test("an exception that nobody catches fails a run, though Bun goes on", async () => {
  await using project = new Project();
  await project.install();
  Deno.mkdirSync(`${project.directory}/.parallel`);
  const program = project.write("uncaught.mjs", UNCAUGHT);
  for (
    const [runtime, word, expected] of [
      [BUN, "not", [1, "failed 1 boom\n"]],
      ["node", "not", [1, ""]],
      [BUN, "caught", [0, "completed 0 undefined\n"]],
      ["node", "caught", [0, "completed 0 undefined\n"]],
    ] as const
  ) {
    const { code, stdout } = await new Deno.Command(runtime, {
      args: [program, word],
      cwd: project.directory,
    }).output();
    const told = new TextDecoder().decode(stdout);
    assertEquals([code, told], [...expected], `${runtime} ${word}`);
    await Deno.remove(`${project.directory}/.parallel/w`, { recursive: true });
  }
});

/** More runs at once than Node lets an event have handlers without a word. */
const FIFTY = `
import { SessionMonitor, SessionTracker } from "@ptrack/ptrack";
const place = { workspace: "w", directory: ".parallel" };
const ids = Array.from({ length: 50 }, (_, at) => "s" + at);
await Promise.all(ids.map((sessionId) =>
  new SessionTracker({ ...place, sessionId }).run(async (session) => {
    await Promise.all(ids.map((id) => session.error("of " + id)));
  })
));
const { totals, sessions } = await new SessionMonitor(place).pollAll();
console.log(totals.completed, sessions.every(({ view }) =>
  view.status.ptrack.errors_total === ids.length
));
`;

Deno.test("fifty sessions at once in one program of Node lose nothing, and warn of nothing", async () => {
  await using project = new Project();
  await project.install();
  const { stdout, stderr } = await new Deno.Command("node", {
    args: [project.write("fifty.mjs", FIFTY)],
    cwd: project.directory,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([text(stdout), text(stderr)], ["50 true\n", ""]);
});

Deno.test("the program in the package runs on Bun and on Deno, too", async () => {
  await using project = new Project();
  await project.install();
  for (
    const [engine, words] of [
      ["bun", [BUN]],
      ["deno", [Deno.execPath(), "run", "-A", "--quiet"]],
    ] as const
  ) {
    Deno.mkdirSync(`${project.directory}/${engine}`);
    const main = `${project.directory}/${PACKAGE}/js/main.js`;
    const line = await smoke({
      command: [...words, main],
      directory: `${project.directory}/${engine}`,
      env: project.env,
    });
    assertStringIncludes(line, `(${engine} `);
  }
});

Deno.test("TypeScript knows the package's types: what is right passes, what is wrong is named", async () => {
  await using project = new Project();
  await project.install();
  const compiler = `${Deno.env.get("TYPESCRIPT")}/node_modules/.bin/tsc`;
  const check = (name: string, resolution: string) =>
    new Deno.Command(compiler, {
      args: [
        ...["--noEmit", "--strict", "--target", "es2023"],
        ...["--module", resolution === "bundler" ? "esnext" : resolution],
        ...["--moduleResolution", resolution, name],
      ],
      cwd: project.directory,
    }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  project.write(
    "right.mts",
    `import { type Snapshot, SessionMonitor, SessionTracker, type Verdict } from "@ptrack/ptrack";
const tracker = new SessionTracker({ sessionId: "one" });
const answer: number = await tracker.run(() => Promise.resolve(42));
await tracker.heartbeat({ progressPct: answer });
const monitor = new SessionMonitor({ workspace: "w", stallAfterS: 60 });
const snapshot: Snapshot = await monitor.pollAll();
const verdicts: Verdict[] = snapshot.sessions.map(({ verdict }) => verdict);
export { verdicts };
`,
  );
  project.write(
    "wrong.mts",
    `import { SessionTracker } from "@ptrack/ptrack";
const tracker = new SessionTracker({ sessionId: 7 });
await tracker.heartbeat({ progress: 50 });
`,
  );
  for (const resolution of ["nodenext", "bundler"]) {
    const right = await check("right.mts", resolution);
    assertEquals([right.code, text(right.stdout)], [0, ""], resolution);
    const wrong = text((await check("wrong.mts", resolution)).stdout);
    assertMatch(wrong, /wrong\.mts\(2,.*not assignable to type 'string'/);
    assertMatch(wrong, /wrong\.mts\(3,.*'progress' does not exist/);
  }
});

Deno.test("JSR gets the library and what it imports, and nothing else", async () => {
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const printed = new TextDecoder().decode(stderr);
  assertStringIncludes(printed, "Success");
  const published = [...printed.matchAll(/^ +file:\/\/(\S+) \(/gm)]
    .map(([, path]) => path!.slice(ROOT.length));
  assert(published.includes("lib/mod.ts"), printed);
  for (const path of published) {
    assertMatch(
      path,
      /^(lib\/([\w.]+|(platform|process|report|session|store)\/[\w/]+\.ts)|docs\/library\.md|(deno\.json|README\.md|LICENSE|CHANGELOG\.md))$/,
    );
  }
  const { modules } = JSON.parse(
    await run([Deno.execPath(), "info", "--json", "lib/mod.ts"], { cwd: ROOT }),
  );
  const imported = modules.map(({ specifier }: { specifier: string }) =>
    specifier
  ).filter((specifier: string) => specifier.includes("/lib/"))
    .map((specifier: string) => specifier.slice(`file://${ROOT}`.length));
  assert(imported.length > 30);
  for (const path of imported) assert(published.includes(path), path);
});
