/**
 * Holds the house to its plan: who may import whom, no cycle, no dead file,
 * short functions and files, one door to the outside.
 */
import { assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url).pathname;

const ROWS: [RegExp, number][] = [
  [/^main\.ts$/, 6],
  [/^lib\/commands\//, 5],
  [/^lib\/(cli|run|watch|web|agents|setup)\//, 4],
  [
    /^lib\/(tracker|monitor|session_monitor|arguments|interruption|outputs|mod)\.ts$/,
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

/** Where reading begins: the program, the library, the page. */
const ENTRIES = ["main.ts", "lib/mod.ts", "lib/web/page/main.tsx"];

/** Made by make, and ignored by git. */
const MADE = new Set(["bin", "build", "dist"]);

function* filesBelow(directory: string): Generator<string> {
  for (const entry of Deno.readDirSync(ROOT + directory)) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) yield* filesBelow(path);
    else if (/\.tsx?$/.test(path) && !path.endsWith(".d.ts")) yield path;
  }
}

const files = ["main.ts", ...filesBelow("lib")];
const text = new Map(
  files.map((path) => [path, Deno.readTextFileSync(ROOT + path)]),
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

Deno.test("no file is dead: each is reached from main.ts, lib/mod.ts or the page", () => {
  const reached = new Set<string>();
  const visit = (path: string) => {
    if (reached.has(path)) return;
    reached.add(path);
    importsOf(path).forEach((used) => visit(used.path));
  };
  ENTRIES.forEach(visit);
  assertEquals(files.filter((path) => !reached.has(path)), []);
});

Deno.test("the outside is reached from lib/platform only, and nothing exits", () => {
  const wrong = files.filter((path) =>
    !path.startsWith("lib/platform/") &&
    /\bDeno\.[a-zA-Z]|["']node:|\bprocess\.|\bBun\.|Deno\.exit/.test(
      withoutComments(text.get(path)!),
    )
  );
  assertEquals(wrong, []);
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
