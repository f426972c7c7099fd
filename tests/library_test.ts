/** docs/library.md: its examples print what it says, and it names all there is. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as library from "../lib/mod.ts";
import { libraryExamples } from "./support/library_examples.ts";
import { Place } from "./support/program.ts";

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

Deno.test("docs/library.md names every class, method and option of the library", () => {
  for (const [name, value] of Object.entries(library)) {
    if (name === "OutputClosedError") continue; // Only a command meets it.
    assertStringIncludes(PAGE, name);
    if (value.prototype instanceof Error) continue;
    for (const method of Object.getOwnPropertyNames(value.prototype)) {
      if (method === "constructor") continue;
      assert(PAGE.includes(`\`${method}(`), `${name}.${method}`);
    }
  }
  for (const page of ["session_tracker", "session_monitor"]) {
    const source = Deno.readTextFileSync(`${ROOT}lib/${page}.ts`);
    const interfaces = source.match(/^export interface [^]*?^}/gm) ?? [];
    const options = interfaces.join("\n").matchAll(/^ {2}(\w+)\??: /gm);
    for (const [, option] of options) {
      assert(PAGE.includes(option!), `${page}: ${option}`);
    }
  }
});

Deno.test("run records its process, so that its death is a crash", async () => {
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
