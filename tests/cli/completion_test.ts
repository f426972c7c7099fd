/** What may stand at the cursor. */
import { assert, assertEquals } from "@std/assert";
import { complete, type Completion } from "../../lib/cli/completion.ts";
import { PTRACK } from "../../lib/commands/index.ts";

const NAMES = { workspaces: ["adrs", "docs"], sessions: ["adr-01", "guide"] };

/** Completes the last word of a line. */
function at(line: string): Promise<Completion> {
  return complete(
    PTRACK,
    line.split(" "),
    (kind) => Promise.resolve(NAMES[kind].map((name) => [name, ""])),
  );
}

/** The words that are offered, without the help on them. */
async function words(line: string): Promise<string[]> {
  const completion = await at(line);
  return completion.kind === "words"
    ? completion.candidates.map(([word]) => completion.prefix + word)
    : [completion.kind];
}

const OFFERS: [line: string, offered: string[]][] = [
  ["heartbeat -w ", ["adrs", "docs"]],
  ["-w ", ["adrs", "docs"]],
  ["fail --workspace=", ["--workspace=adrs", "--workspace=docs"]],
  ["fail -wad", ["-wadrs", "-wdocs"]],
  ["fail -s ", ["adr-01", "guide"]],
  ["wait --expect ", ["adr-01", "guide"]],
  ["log ", ["adr-01", "guide"]],
  ["monitor log ", ["adr-01", "guide"]],
  ["log adr-01 ", []],
  ["start --color ", ["auto", "always", "never"]],
  ["start --color=", ["--color=auto", "--color=always", "--color=never"]],
  ["shell-init ", ["bash", "zsh"]],
  ["shell-init bash ", []],
  ["heartbeat -m ", []],
  ["fail ", []],
  ["fail -- -", []],
  ["complete --output ", ["files"]],
  ["fail --dir ", ["directories"]],
  [
    "wait --report ht",
    ["text", "json", "junit", "github", "markdown"].map(
      (format) => `${format}=`,
    ).concat("openmetrics=", "html="),
  ],
  ["wait --report html=", ["files"]],
  [
    "help monitor wa",
    ["status", "watch", "wait", "follow"].concat(
      "log",
      "list",
      "report",
      "serve",
    ),
  ],
  ["help fail ", []],
];

for (const [line, offered] of OFFERS) {
  Deno.test(`"ptrack ${line}" offers ${offered.join(" ") || "nothing"}`, async () => {
    assertEquals((await words(line)).sort(), [...offered].sort());
  });
}

Deno.test("the commands that the help does not name are not offered", async () => {
  const offered = await words("");
  assert(offered.includes("heartbeat") && offered.includes("help"));
  assertEquals(offered.filter((word) => /^_|version/.test(word)), []);
});

Deno.test("options are those of the command, with their help", async () => {
  const completion = await at("heartbeat -");
  assert(completion.kind === "words");
  const rows = new Map(completion.candidates);
  assertEquals(rows.has("--pct") && rows.has("--progress"), true);
  assertEquals(rows.get("-s"), "The session");
  assertEquals(rows.has("--export"), false);
  const ofMonitor = await words("monitor -");
  assertEquals(ofMonitor.includes("--expect"), true);
  assertEquals(ofMonitor.length, new Set(ofMonitor).size);
});

Deno.test("short forms are offered once something is typed", async () => {
  assertEquals((await words("")).includes("wait"), false);
  assertEquals((await words("w")).includes("wait"), true);
  assertEquals((await words("help w")).includes("wait"), true);
});

Deno.test("after the program of run, the line is the program's", async () => {
  assertEquals(await at("run --capture -- make te"), {
    kind: "program",
    index: 3,
  });
  assertEquals(await at("run ma"), { kind: "program", index: 1 });
  assertEquals(await at("track run -w adrs make -"), {
    kind: "program",
    index: 4,
  });
});

Deno.test("unknown words are skipped", async () => {
  assertEquals(await words("--nonsense fail -w "), ["adrs", "docs"]);
  assertEquals(await words("nonsense -w "), ["adrs", "docs"]);
  assertEquals(await words("fail --nonsense=1 -s "), ["adr-01", "guide"]);
});
