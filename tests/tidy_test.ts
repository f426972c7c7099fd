/**
 * Holds the code to its layout: who may import whom, no cycle, no dead file,
 * short functions and files, nothing twice, one door to the outside.
 */
import { assert, assertEquals } from "@std/assert";
import { walkSync } from "@std/fs";
import { fromFileUrl, relative } from "@std/path";

const ROOT = fromFileUrl(new URL("../", import.meta.url));

const ROWS: [RegExp, number][] = [
  [/^main\.ts$/, 6],
  [/^lib\/commands\//, 5],
  [/^lib\/(cli|run|watch|web|agents|setup)\//, 4],
  [
    /^lib\/(tracker|monitor|judge|arguments|run_interruption|outputs|mod)\.ts$/,
    3,
  ],
  [/^lib\/(store|report|process)\//, 2],
  [/^lib\/session\//, 1],
  [
    /^(lib\/(platform\/|errors\.ts$)|deno\.json$|build\/(page\.js|commit\.txt)$)/,
    0,
  ],
];

const FUNCTION_LINES = 60;
const FILE_LINES = 400;
const REPEATED_LINES = 8;

/** The packages that stand for hand-written code, and where it may not be. */
const PACKAGES = ["@std/assert", "@std/cli", "@std/fs", "@std/path"];
const AT_TOP = new Set([
  "main.ts",
  "lib",
  "tests",
  "deno.json",
  "deno.lock",
  "Makefile",
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "LICENSE",
  "install.sh",
  "action.yml",
  "docs",
  "examples",
  "release",
]);

/** Rooms of tests that stand for more than one room of lib. */
const OWN_ROOMS = /^(e2e|model|bench|browser|release|support|data)\b/;

/** Where reading begins: the program, its threads, the library, the page. */
const ENTRIES = [
  "main.ts",
  "lib/commands/monitor/summary_thread.ts",
  "lib/mod.ts",
  "lib/web/page/main.tsx",
];

/** Made by make, and ignored by git. */
const MADE = new Set(["bin", "build", "dist"]);

/** The TypeScript files below a directory, as paths in the repository. */
function filesBelow(directory: string): string[] {
  const options = { exts: [".ts", ".tsx"], skip: [/\.d\.ts$/] };
  return [...walkSync(ROOT + directory, { ...options, includeDirs: false })]
    .map(({ path }) => relative(ROOT, path)).sort();
}

const files = ["main.ts", ...filesBelow("lib")];
const scripts = [...filesBelow("tests"), ...filesBelow("release")];
const read = (path: string) => Deno.readTextFileSync(ROOT + path);
const text = new Map(
  files.map((path) => [path, read(path)]),
);

function rowOf(path: string): number {
  const row = ROWS.find(([pattern]) => pattern.test(path))?.[1];
  if (row === undefined) throw new Error(`no row for ${path}`);
  return row;
}

/** The local files that a file imports; `lazy` ones by `import()`. */
function importsOf(path: string): { path: string; lazy: boolean }[] {
  const source = text.get(path) ?? "";
  const found = source.matchAll(
    /(?:from\s+|import\s+|(import)\()\s*"(\.{1,2}\/[^"]+)"/g,
  );
  return [...found].map((match) => ({
    path: new URL(match[2], `file:///${path}`).pathname.slice(1),
    lazy: match[1] !== undefined,
  }));
}

Deno.test("a file imports only from rows below its own, or its own", () => {
  const wrong = files.flatMap((path) =>
    importsOf(path)
      .filter((used) => rowOf(used.path) > rowOf(path))
      .map((used) => `${path} -> ${used.path}`)
  );
  assertEquals(wrong, []);
});

Deno.test("a report knows nothing of the store, nor the store of reports", () => {
  const wrong = files.flatMap((path) =>
    importsOf(path)
      .filter((used) =>
        path.startsWith("lib/report/") && used.path.startsWith("lib/store/") ||
        path.startsWith("lib/store/") && used.path.startsWith("lib/report/")
      )
      .map((used) => `${path} -> ${used.path}`)
  );
  assertEquals(wrong, []);
});

Deno.test("only the store itself knows that its sessions are in files", () => {
  const wrong = files.filter((path) => !path.startsWith("lib/store/"))
    .flatMap((path) =>
      importsOf(path)
        .filter((used) => used.path.startsWith("lib/store/files/"))
        .map((used) => `${path} -> ${used.path}`)
    );
  assertEquals(wrong, []);
});

Deno.test("no import goes round in a circle", () => {
  const done = new Set<string>();
  const visit = (path: string, above: string[]): string[] => {
    if (above.includes(path)) return [[...above, path].join(" -> ")];
    if (done.has(path)) return [];
    const circles = importsOf(path).flatMap((used) =>
      visit(used.path, [...above, path])
    );
    done.add(path);
    return circles;
  };
  assertEquals(files.flatMap((path) => visit(path, [])), []);
});

Deno.test("no file is dead: each is reached from an entry", () => {
  const reached = new Set<string>();
  const visit = (path: string) => {
    if (reached.has(path)) return;
    reached.add(path);
    importsOf(path).forEach((used) => visit(used.path));
  };
  ENTRIES.forEach(visit);
  assertEquals(files.filter((path) => !reached.has(path)), []);
});

/** A heartbeat is a whole process: what it loads is what it costs. */
const HEARTBEAT_FILES = 25;

Deno.test(`a heartbeat loads at most ${HEARTBEAT_FILES} files`, () => {
  const loaded = new Set<string>();
  const load = (path: string) => {
    if (loaded.has(path)) return;
    loaded.add(path);
    const imports = text.get(path)!.matchAll(
      /^(?:import|export) (?!type )[^;]*?from\s+"(\.[^"]+\.ts)"/gm,
    );
    for (const [statement, used] of imports) {
      if (/^\w+ \{(\s*type \w+,?)+\s*\}/.test(statement)) continue;
      load(new URL(used!, `file:///${path}`).pathname.slice(1));
    }
  };
  load("main.ts");
  // The one lazy import on the way.
  load("lib/commands/heartbeat.ts");
  const count = loaded.size;
  assert(count <= HEARTBEAT_FILES, [count, ...loaded].join("\n"));
});

Deno.test("the outside is reached from lib/platform only, and nothing exits", () => {
  const wrong = files.filter((path) =>
    !path.startsWith("lib/platform/") &&
    /\bDeno\.[a-zA-Z]|["']node:|\bprocess\.|\bBun\.|Deno\.exit/.test(
      withoutComments(text.get(path)!),
    )
  );
  assertEquals(wrong, []);
  const onlyInDeno = files.filter((path) =>
    /\bDeno\.[a-zA-Z]/.test(withoutComments(text.get(path)!))
  );
  assertEquals(onlyInDeno, []);
  const exits = files.filter((path) =>
    /process\.exit\(|Deno\.exit\(/.test(text.get(path)!)
  );
  assertEquals(exits, []);
});

function withoutComments(source: string): string {
  return source.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/\/\/.*$/gm, "");
}

Deno.test("no file is longer than it may be", () => {
  const long = files.filter((path) =>
    text.get(path)!.split("\n").length > FILE_LINES
  );
  assertEquals(long, []);
});

Deno.test("no function is longer than it may be", () => {
  const long: string[] = [];
  for (const path of files) {
    // deno fmt puts a function's closing brace at its own indentation.
    const lines = text.get(path)!.split("\n");
    lines.forEach((line, begin) => {
      const head =
        /^(\s*)(?:export |async |static |private )*(?:function\b|(?:get |set |async |\*)?#?[a-zA-Z]+\()/
          .exec(line);
      if (head === null || /;\s*$/.test(line)) return;
      const end = lines.findIndex((other, at) =>
        at > begin && other.startsWith(`${head[1]}}`) &&
        /^\s*\}[;,)]*$/.test(other)
      );
      // A definition goes on below; a call that does not is none.
      if (!/[{(]\s*$/.test(line)) return;
      if (end - begin > FUNCTION_LINES) long.push(`${path}:${begin + 1}`);
    });
  }
  assertEquals(long, []);
});

Deno.test("each file says at its top what it is", () => {
  const silent = files.filter((path) =>
    !/^(#!.*\n)?\/\*\*/.test(text.get(path)!)
  );
  assertEquals(silent, []);
});

Deno.test("the top level has what the layout names and nothing else", () => {
  const extra = [...Deno.readDirSync(ROOT)]
    .map((entry) => entry.name)
    .filter((name) => !name.startsWith(".") && !AT_TOP.has(name))
    .filter((name) => !MADE.has(name));
  assertEquals(extra, []);
});

Deno.test("no file is named for being useful", () => {
  const vague = files.filter((path) =>
    /(utils?|helpers?|common|manager|misc)\.ts$/.test(path)
  );
  assertEquals(vague, []);
});

Deno.test("no run of lines stands twice", () => {
  const seen = new Map<string, string>();
  const repeated: string[] = [];
  for (const path of files) {
    const lines = codeLines(text.get(path)!);
    for (let at = 0; at + REPEATED_LINES < lines.length; at++) {
      const run = lines.slice(at, at + REPEATED_LINES + 1);
      const key = run.map((line) => line.text).join("\n");
      const place = `${path}:${run[0]!.number}`;
      const other = seen.get(key);
      if (other !== undefined) repeated.push(`${other} and ${place}`);
      seen.set(key, place);
    }
  }
  assertEquals(repeated, []);
});

/** The lines of code, without imports, comments and blank lines. */
function codeLines(source: string): { text: string; number: number }[] {
  const blank = (found: string) => found.replaceAll(/[^\n]/g, "");
  return source.replaceAll(/\/\*[^]*?\*\//g, blank)
    .replaceAll(/^import\b[^;]*;/gm, blank)
    .split("\n").map((line, index) => ({
      text: line.replace(/^\s*\/\/.*/, "").trim(),
      number: index + 1,
    })).filter(({ text }) => text !== "");
}

Deno.test("each package that is mapped for everybody is used", () => {
  const sources = [
    ...files.map((path) => text.get(path)!),
    ...scripts.map(read),
  ];
  const unused = PACKAGES.filter((name) =>
    !sources.some((source) => source.includes(` from "${name}";`))
  );
  assertEquals(unused, []);
});

Deno.test("tests say by needs() what they are ignored for", () => {
  const wrong = scripts.filter((path) =>
    path !== "tests/support/needs.ts" && /^\s+ignore\b/m.test(read(path))
  );
  assertEquals(wrong, []);
});

Deno.test("tests mirror lib: each tests a file, or some of a room", () => {
  const wrong = scripts.filter((path) => {
    const [, room, name] = /^tests\/(.+)\/([^/]+)_test\.ts$/.exec(path) ?? [];
    if (room === undefined || OWN_ROOMS.test(room)) return false;
    const isOfRoom = read(path).includes(`/lib/${room}/`) ||
      room.endsWith(`/${name}`);
    return !isOfRoom && !files.includes(`lib/${room}/${name}.ts`);
  });
  assertEquals(wrong, []);
});
