/** Help and the reference: complete, narrow enough, and true. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { list, wrap } from "../../lib/cli/columns.ts";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { isGroup, optionsOf, parse } from "../../lib/cli/command_line.ts";
import { renderHelp } from "../../lib/cli/help.ts";
import { everyCommand } from "../../lib/cli/help.ts";
import { renderReference } from "../../lib/cli/reference.ts";
import { PTRACK } from "../../lib/commands/index.ts";
import { VERSION } from "../../lib/cli/version.ts";
import { FakePlatform } from "../support/fake_platform.ts";

const COMMANDS = await everyCommand(PTRACK);
const OVERVIEW = await renderHelp(PTRACK);
const REFERENCE = await renderReference(PTRACK);
const TRACK = (await PTRACK.commands["track"]!()).command;
const PAGES: [topic: string, text: string][] = await Promise.all(
  [PTRACK, TRACK, ...COMMANDS].map(async (topic): Promise<[string, string]> => [
    topic.name || "ptrack",
    await renderHelp(topic),
  ]),
);

for (const command of COMMANDS.filter(({ name }) => !name.includes(" "))) {
  Deno.test(`the overview has ${command.name}`, () => {
    const says = isGroup(command)
      ? Object.keys(command.commands).join(", ")
      : command.summary;
    assertStringIncludes(OVERVIEW, `  ${command.name.padEnd(11)}  ${says}\n`);
  });
}

Deno.test("the overview fits on a screen of 24 rows with the prompt", () => {
  const lines = OVERVIEW.split("\n");
  assert(lines.length <= 24, String(lines.length));
  assertEquals(lines.filter((line) => line.length > 80), []);
});

Deno.test("help environment has the variables and the shared options", async () => {
  const platform = new FakePlatform({ args: ["help", "environment"] });
  assertEquals(await runCommandLine(platform, PTRACK), 0);
  assertStringIncludes(platform.stdout.text, "  PTRACK_BEST_EFFORT ");
  assertStringIncludes(platform.stdout.text, "  -w, --workspace NAME ");
});

for (const [topic, text] of PAGES.slice(1)) {
  Deno.test(`the help on ${topic} fits into 80 columns`, () => {
    assertEquals(text.split("\n").filter((line) => line.length > 80), []);
    assertEquals(text.split("\n").filter((line) => / $/.test(line)), []);
    assert(text.endsWith("\n") && !text.endsWith("\n\n"));
  });

  Deno.test(`the help on ${topic} has an example of ptrack`, () => {
    assertMatch(text, /^Examples:\n {2}.*\bptrack /m);
  });
}

for (const command of COMMANDS) {
  Deno.test(`help on ${command.name} has each of its options and examples`, async () => {
    const text = await renderHelp(command);
    for (const { name } of isGroup(command) ? [] : await optionsOf(command)) {
      if (name !== "version") assertStringIncludes(text, `--${name}`);
    }
    for (const [line] of command.examples ?? []) {
      assertStringIncludes(text, line);
    }
  });

  Deno.test(`the reference has all of ${command.name}`, () => {
    assertStringIncludes(REFERENCE, `### ptrack ${command.name}\n`);
    for (const { help } of isGroup(command) ? [] : command.options) {
      assertStringIncludes(REFERENCE, help.replaceAll("|", "\\|"));
    }
    for (const [line] of command.examples ?? []) {
      assertStringIncludes(REFERENCE, line);
    }
  });

  for (const [line] of command.examples ?? []) {
    Deno.test(`the example is understood: ${line}`, async () => {
      await parse(wordsOf(line), PTRACK);
    });
  }
}

/** The arguments of the ptrack call in a line of shell without nested quotes. */
function wordsOf(line: string): string[] {
  const call = /ptrack (.*?)(?:\)"|$)/.exec(line)?.[1] ?? "";
  const words = call.match(/"[^"]*"|\S+/g) ?? [];
  return words.map((word) => word.replaceAll('"', ""));
}

Deno.test("no cell of the reference breaks its table", () => {
  const rows = REFERENCE.split("\n").filter((line) => line.startsWith("|"));
  assert(rows.length > 30);
  const cells = rows.map((row) => row.replaceAll("\\|", "").split("|").length);
  assertEquals(new Set(cells), new Set([4]));
});

Deno.test("help goes to stdout; without a command it goes to stderr, exit 2", async () => {
  const asked = new FakePlatform({ args: ["--help"] });
  assertEquals(await runCommandLine(asked, PTRACK), 0);
  assertEquals(asked.stdout.text, OVERVIEW);
  const bare = new FakePlatform();
  assertEquals(await runCommandLine(bare, PTRACK), 2);
  assertEquals([bare.stdout.text, bare.stderr.text], ["", OVERVIEW]);
});

Deno.test("--version tells the version of deno.json, the engine, the target and the commit", async () => {
  const platform = new FakePlatform({ args: ["-V"] });
  assertEquals(await runCommandLine(platform, PTRACK), 0);
  const commit = Deno.readTextFileSync(
    new URL("../../build/commit.txt", import.meta.url),
  );
  assertEquals(
    platform.stdout.text,
    `ptrack ${VERSION} (fake 1.2.3, linux-x64, commit ${commit.trim()})\n`,
  );
  assertMatch(commit, /^([0-9a-f]{12,40}(-dirty)?|unknown)\n$/);
  const { default: configuration } = await import("../../deno.json", {
    with: { type: "json" },
  });
  assertEquals(VERSION, configuration.version);
});

Deno.test("text is broken at spaces, a long word stays whole", () => {
  assertEquals(wrap("aa bb cc", 5), "aa bb\ncc");
  assertEquals(wrap("a verylongword b", 5), "a\nverylongword\nb");
  assertEquals(
    list([["a", "b c"], ["long", "d"]], 2),
    "  a   b c\n  long\n      d",
  );
});
