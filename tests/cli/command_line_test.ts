/** Arguments: which command they call, with what, and what is wrong in them. */
import { spellingsOf } from "../../lib/cli/options.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  isGroup,
  loadCommands,
  optionsOf,
  parse as parseBy,
  type Parsed,
} from "../../lib/cli/command_line.ts";
import type { Invocation } from "../../lib/cli/command.ts";
import { PTRACK } from "../../lib/commands/index.ts";
import { UsageError } from "../../lib/errors.ts";

function parse(args: readonly string[]): Promise<Parsed> {
  return parseBy(args, PTRACK);
}

async function invocationOf(...args: string[]): Promise<Invocation> {
  return (await parse(args)).invocation;
}

async function errorOf(...args: string[]): Promise<string> {
  const error = await assertRejects(() => parse(args), UsageError);
  assertEquals(error.exitCode, 2);
  return error.message;
}

const VALUES: [args: string[], option: string, value: string | null][] = [
  [["heartbeat", "-m", "- fixed the lint"], "message", "- fixed the lint"],
  [["heartbeat", "-m", "-5"], "message", "-5"],
  [["heartbeat", "-m", "--pct"], "message", "--pct"],
  [["heartbeat", "-m", "--"], "message", "--"],
  [["heartbeat", "-m", "--help"], "message", "--help"],
  [["heartbeat", "-m", "-"], "message", "-"],
  [["heartbeat", "-m", ""], "message", ""],
  [["heartbeat", "-m", "true"], "message", "true"],
  [["heartbeat", "-m", "007"], "message", "007"],
  [["heartbeat", "-m", "1e3"], "message", "1e3"],
  [["heartbeat", "-mfixed"], "message", "fixed"],
  [["heartbeat", "-mtwo words"], "message", "two words"],
  [["heartbeat", "-m=x"], "message", "=x"],
  [["heartbeat", "--message", "a=b"], "message", "a=b"],
  [["heartbeat", "--message=a=b"], "message", "a=b"],
  [["heartbeat", "--message="], "message", ""],
  [["heartbeat", "--message=two\nlines"], "message", "two\nlines"],
  [["heartbeat", "-m", "a", "--message", "b"], "message", "b"],
  [["heartbeat", "--pct", "3/5"], "pct", "3/5"],
  [["heartbeat", "--progress", "007"], "pct", "007"],
  [["heartbeat", "--progress=60%"], "pct", "60%"],
  [["heartbeat"], "pct", null],
  [["-w", "adrs", "heartbeat"], "workspace", "adrs"],
  [["-wadrs", "heartbeat"], "workspace", "adrs"],
  [["--workspace=adrs", "heartbeat"], "workspace", "adrs"],
  [["-w", "adrs", "heartbeat", "-w", "other"], "workspace", "other"],
  [["-w", "heartbeat", "heartbeat"], "workspace", "heartbeat"],
  [["-s", "a", "heartbeat"], "session", "a"],
  [["track", "heartbeat", "-s", "a"], "session", "a"],
  [["-s", "a", "track", "heartbeat"], "session", "a"],
  [["--dir", "-x", "heartbeat"], "dir", "-x"],
  [["monitor", "log", "-n", "5"], "tail", "5"],
  [["monitor", "--log", "-n5"], "tail", "5"],
  [["heartbeat", "--color", "never"], "color", "never"],
];

for (const [args, option, value] of VALUES) {
  Deno.test(`${JSON.stringify(args)} gives ${option} as ${value}`, async () => {
    assertEquals((await invocationOf(...args)).text(option), value);
  });
}

const TEXTS: [args: string[], text: string | undefined][] = [
  [["fail", "API timeout"], "API timeout"],
  [["fail", "--- FAIL: TestX"], "--- FAIL: TestX"],
  [["fail", "-w is broken"], "-w is broken"],
  [["fail", "--help me"], "--help me"],
  [["fail", "--bogus=a b"], "--bogus=a b"],
  [["error", "-\tx"], "-\tx"],
  [["fail", ""], ""],
  [["fail", "-"], "-"],
  [["fail", "007"], "007"],
  [["fail", "--", "--pct"], "--pct"],
  [["fail", "--", "--"], "--"],
  [["start"], undefined],
  [["start", "help"], "help"],
  [["-s", "a", "start", "Text", "--pid", "5"], "Text"],
  [["waiting"], undefined],
];

for (const [args, text] of TEXTS) {
  Deno.test(`${JSON.stringify(args)} has the text ${JSON.stringify(text)}`, async () => {
    assertEquals((await invocationOf(...args)).operands[0], text);
  });
}

Deno.test("a long option with a space in its value is no text", async () => {
  const invocation = await invocationOf("fail", "Why", "--output=my file.md");
  assertEquals(invocation.list("output"), ["my file.md"]);
  assertEquals(invocation.operands, ["Why"]);
});

Deno.test("a repeatable option keeps all values, in order", async () => {
  const args = ["start", "--meta", "a=1", "x", "--meta=b=2", "--meta", "a=3"];
  assertEquals((await invocationOf(...args)).list("meta"), [
    "a=1",
    "b=2",
    "a=3",
  ]);
  assertEquals((await invocationOf("start")).list("meta"), []);
  const monitor = await invocationOf("-s", "a", "monitor", "-s", "b");
  assertEquals(monitor.list("session"), ["a", "b"]);
});

Deno.test("a flag is on when typed, however often, and off otherwise", async () => {
  const invocation = await invocationOf("start", "--force", "--force");
  assertEquals(invocation.flag("force"), true);
  assertEquals(invocation.flag("restart"), false);
});

const VIEWS: [args: string[], view: string][] = [
  [["monitor"], "status"],
  [["monitor", "-w", "adrs"], "status"],
  [["monitor", "status", "--json"], "status"],
  [["monitor", "-w", "adrs", "watch"], "watch"],
  [["monitor", "-w", "adrs", "--watch", "--poll-interval", "10"], "watch"],
  [["monitor", "-w", "adrs", "--wait", "--timeout", "120"], "wait"],
  [["monitor", "-w", "adrs", "-s", "adr-01", "--log"], "log"],
  [["wait", "--any"], "wait"],
  [["monitor", "list"], "list"],
  [["monitor", "--", "list"], "list"],
  [["monitor", "--wait", "--wait", "-w", "two", "--timeout", "1s"], "wait"],
  [["monitor", "wait", "-w", "two", "--wait", "--timeout", "0.02"], "wait"],
  [["monitor", "--wait", "wait", "-w", "two"], "wait"],
  [["monitor", "watch", "--watch"], "watch"],
  [["monitor", "log", "--log", "-s", "c1"], "log"],
  [["wait", "--wait"], "wait"],
];

for (const [args, view] of VIEWS) {
  Deno.test(`${args.join(" ")} shows ${view}`, async () => {
    assertEquals((await invocationOf(...args)).command, `monitor ${view}`);
  });
}

Deno.test("the word of a view that a flag has named is no operand", async () => {
  const operandsOf = async (...args: string[]) =>
    (await invocationOf("monitor", ...args)).operands;
  assertEquals(await operandsOf("--log", "log", "-s", "c1"), []);
  assertEquals(await operandsOf("--log", "-s", "c1", "log"), []);
  assertEquals(await operandsOf("--log", "log", "log"), ["log"]);
  assertEquals(await operandsOf("log", "log"), ["log"]);
  assertEquals(await operandsOf("--log", "c1"), ["c1"]);
});

for (
  const view of "status watch wait follow log list report serve".split(" ")
) {
  Deno.test(`monitor ${view} accepts the original's limits`, async () => {
    const names = ["poll-interval", "heartbeat-timeout", "session-timeout"];
    const args = names.flatMap((name) => [`--${name}`, "10"]);
    const after = await invocationOf("monitor", view, ...args);
    const before = await invocationOf("monitor", ...args, view);
    for (const name of names) {
      assertEquals([after.text(name), before.text(name)], ["10", "10"]);
    }
  });
}

/** Every line of the original's command line reference. */
const ORIGINAL: [
  line: string,
  view: string,
  options: Record<string, string>,
][] = [
  ["-w adrs", "status", {}],
  ["--workspace adrs --watch", "watch", {}],
  ["-w adrs --watch", "watch", {}],
  ["-w adrs --watch --poll-interval 10", "watch", { "poll-interval": "10" }],
  ["-w adrs --wait --timeout 120", "wait", { timeout: "120" }],
  ["-w adrs --timeout 120 --wait", "wait", { timeout: "120" }],
  ["-w adrs -s adr-01 --log", "log", {}],
  ["-w adrs --log -s adr-01", "log", {}],
  ["-w adrs --json", "status", {}],
  [
    "-w adrs --watch --heartbeat-timeout 600 --session-timeout 7200",
    "watch",
    { "heartbeat-timeout": "600", "session-timeout": "7200" },
  ],
];

for (const [line, view, options] of ORIGINAL) {
  Deno.test(`the original's "${line}" is monitor ${view}`, async () => {
    const args = ["monitor", ...line.split(" ")];
    const invocation = await invocationOf(...args);
    assertEquals(invocation.command, `monitor ${view}`);
    assertEquals(invocation.text("workspace"), "adrs");
    for (const [name, value] of Object.entries(options)) {
      assertEquals(invocation.text(name), value);
    }
    assertEquals(invocation.flag("json"), line.includes("--json"));
    assertEquals(invocation.text("session"), view === "log" ? "adr-01" : null);
  });
}

const SHORT_FORMS = [
  ..."status watch wait follow log list report serve".split(" "),
];

for (const view of SHORT_FORMS) {
  Deno.test(`ptrack ${view} is ptrack monitor ${view}`, async () => {
    const short = await invocationOf("-w", "adrs", view, "--dir", "d");
    const whole = await invocationOf("monitor", "-w", "adrs", view, "--dir=d");
    assertEquals(short.command, `monitor ${view}`);
    assertEquals(short.command, whole.command);
    assertEquals([short.text("workspace"), short.text("dir")], ["adrs", "d"]);
    assertEquals([whole.text("workspace"), whole.text("dir")], ["adrs", "d"]);
  });
}

Deno.test("help and version are asked for in many ways", async () => {
  const topicOf = async (...args: string[]) => {
    const { command, operands } = await invocationOf(...args);
    assertEquals(command, "help");
    return operands.join(" ");
  };
  assertEquals(await topicOf("--help"), "");
  assertEquals(await topicOf("-h"), "");
  assertEquals(await topicOf("fail", "-h"), "fail");
  assertEquals(await topicOf("-h", "fail"), "fail");
  assertEquals(await topicOf("fail", "a", "b", "--help"), "fail");
  assertEquals(await topicOf("track", "-h"), "track");
  assertEquals(await topicOf("monitor", "-h"), "monitor");
  assertEquals(await topicOf("monitor", "wait", "-h"), "monitor wait");
  assertEquals(await topicOf("wait", "-h"), "monitor wait");
  assertEquals(await topicOf(), "");
  assertEquals((await invocationOf("-V")).command, "version");
  assertEquals((await invocationOf("--version")).command, "version");
});

const ERRORS: [args: string[], says: RegExp][] = [
  [["hartbeat"], /unknown command "hartbeat"; did you mean "heartbeat"\?$/],
  [["HEARTBEAT"], /did you mean "heartbeat"\?$/],
  [["frobnicate"], /unknown command "frobnicate"; see "ptrack --help"$/],
  [["toString"], /unknown command "toString"/],
  [[""], /unknown command ""/],
  [["wach"], /did you mean "watch"\?$/],
  [["track"], /needs a verb/],
  [["track", "monitor"], /unknown verb "monitor"/],
  [["track", "track"], /unknown verb "track"/],
  [["-w", "adrs"], /needs a command/],
  [["--watch"], /unknown option "--watch" before the command/],
  [["heartbeat", "--ptc", "5"], /"--ptc"; did you mean "--pct"\?$/],
  [["heartbeat", "--ptc=secret"], /unknown option "--ptc"; did/],
  [["heartbeat", "--progres", "5"], /did you mean "--progress"\?$/],
  [["monitor", "--heart", "5"], /did you mean "--heartbeat-timeout"\?$/],
  [["heartbeat", "--constructor"], /unknown option "--constructor"; see/],
  [["heartbeat", "--__proto__=1"], /unknown option "--__proto__"; see/],
  [["heartbeat", "--=x"], /unknown option "--"/],
  [["heartbeat", "-x"], /unknown option "-x"; see "ptrack heartbeat --help"$/],
  [["heartbeat", "-hx"], /unknown option "-hx"/],
  [["fail", "-1"], /unknown option "-1"; text that .* goes after "--"$/],
  [["heartbeat", "--pct"], /"--pct" needs a value: --pct N\|N%\|N\/M$/],
  [["-w"], /option "-w" needs a value: -w NAME$/],
  [["complete", "--verify=yes"], /"--verify" takes no value$/],
  [["heartbeat", "50"], /unexpected "50"; progress goes after --pct$/],
  [["complete", "Done"], /unexpected "Done"; a text goes after --message$/],
  [["fail", "API", "timeout"], /not 2; quote it: ptrack fail "API timeout"$/],
  [["fail"], /needs a text: ptrack fail TEXT$/],
  [["error", "-s", "a"], /needs a text: ptrack error TEXT$/],
  [["start", "--color", "red"], /choose one of auto, always, never$/],
  [["monitor", "wach"], /unknown view "wach"; did you mean "watch"\?$/],
  [["monitor", "adrs-2"], /a workspace goes after -w$/],
  [["monitor", "watch", "wait"], /unexpected "wait"/],
  [["monitor", "watch", "--log"], /choose one view: watch or log$/],
  [["monitor", "--wait", "--watch"], /choose one view: wait or watch$/],
  [["monitor", "--wait", "log"], /choose one view: wait or log$/],
  [["monitor", "--log", "wait"], /choose one view: log or wait$/],
  [["monitor", "--wait=5"], /option "--wait" takes no value$/],
  [["monitor", "wait", "--wait=5"], /option "--wait" takes no value$/],
  [["monitor", "--expect", "4"], /"--expect" is for "ptrack monitor wait"$/],
  [
    ["monitor", "watch", "-n", "4"],
    /"--tail" is for "ptrack monitor wait\|log\|report"$/,
  ],
];

for (const [args, says] of ERRORS) {
  Deno.test(`${JSON.stringify(args)} is a usage error that helps`, async () => {
    const message = await errorOf(...args);
    assertMatch(message, says);
    assertMatch(message, /^Cannot [^\n]*[^.]$/);
  });
}

Deno.test("an error about a very long word stays short", async () => {
  const text = "long ".repeat(100_000);
  assert((await errorOf("fail", text, text)).length < 250);
  assert((await errorOf("heartbeat", text)).length < 250);
  assert((await errorOf("monitor", text)).length < 250);
  assert((await errorOf(text)).length < 250);
  assert((await errorOf("heartbeat", `--${text}`)).length < 250);
});

Deno.test("no command has two options of one name or letter", async () => {
  for (const command of await loadCommands(PTRACK)) {
    if (isGroup(command)) continue;
    const names = (await optionsOf(command)).flatMap(spellingsOf);
    assertEquals(names.length, new Set(names).size, command.name);
  }
});
