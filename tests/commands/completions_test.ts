/**
 * The scripts of completions, as far as no shell is needed: PowerShell is not
 * run by any test, and few machines have nushell. What the shells make of their
 * scripts is in tests/e2e/completions_test.ts.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { optionsOf, runCommandLine } from "../../lib/cli/command_line.ts";
import { spellingsOf } from "../../lib/cli/options.ts";
import { everyCommand } from "../../lib/cli/help.ts";
import { PTRACK } from "../../lib/commands/index.ts";
import { FakePlatform } from "../support/fake_platform.ts";

async function output(...args: string[]): Promise<string> {
  const platform = new FakePlatform({ args });
  assertEquals(await runCommandLine(platform, PTRACK), 0);
  assertEquals(platform.stderr.text, "");
  return platform.stdout.text;
}

const COMMANDS = await everyCommand(PTRACK);
const SCRIPTS = new Map<string, string>();
for (const shell of ["bash", "zsh", "fish", "powershell", "nushell"]) {
  SCRIPTS.set(shell, await output("completions", shell));
}
const POWERSHELL = SCRIPTS.get("powershell")!;
const NUSHELL = SCRIPTS.get("nushell")!;

for (const [shell, script] of SCRIPTS) {
  Deno.test(`the script for ${shell} asks ptrack, and is plain text`, () => {
    assertStringIncludes(script, `ptrack __complete ${shell} `);
    // deno-lint-ignore no-control-regex
    assertEquals(script.match(/[\x00-\x09\x0b-\x1f\x7f]/g), null);
    assert(script.endsWith("\n"));
    assert(!script.includes("undefined") && !script.includes("[object"));
  });
}

/** The brackets of a script, without what is in its strings and comments. */
function unmatched(script: string, strings: RegExp): string[] {
  const open: string[] = [];
  const pairs: Record<string, string> = { ")": "(", "]": "[", "}": "{" };
  for (const bracket of script.replace(strings, "").match(/[()[\]{}]/g) ?? []) {
    const partner = pairs[bracket];
    if (partner === undefined) open.push(bracket);
    else if (open.pop() !== partner) return [...open, bracket];
  }
  return open;
}

Deno.test("the script for PowerShell closes what it opens", () => {
  const strings = /'(?:[^'\n]|'')*'|"[^"\n]*"|^ *#.*$/gm;
  assertEquals(unmatched(POWERSHELL, strings), []);
  assertEquals(POWERSHELL.replace(strings, "").match(/['"]/g), null);
});

Deno.test("the script for PowerShell inserts no name of a file as it is", () => {
  // It types for the user what a completer hands over, and obeys a $(...) in it.
  const [made] = POWERSHELL.match(/CompletionResult\]::new\(\s*\S+/)!;
  assert(made.endsWith("$typed,"), made);
  const [, plain] = POWERSHELL.match(/cmatch '(\^\[.*?\\z)'/)!;
  const isPlain = new RegExp(plain!.replace("\\z", "$"));
  for (const name of ["--pct", "adr-01", "junit=", "a/b.txt", "C:\\x_y"]) {
    assert(isPlain.test(name), name);
  }
  for (
    const name of ["a b", "$(id)", "a;b", "it's", "@x", "a\nb", "`n", "#x"]
  ) {
    assert(!isPlain.test(name), name);
  }
});

Deno.test("the script for nushell closes what it opens", () => {
  const strings = /"(?:[^"\\\n]|\\.)*"|^ *#.*$| {2}# .*$/gm;
  assertEquals(unmatched(NUSHELL, strings), []);
  assertEquals(NUSHELL.replace(strings, "").match(/['"]/g), null);
});

Deno.test("the script for nushell declares every command and option", async () => {
  for (const command of COMMANDS) {
    const [, declared] = new RegExp(
      `^export extern "ptrack ${command.name}" \\[\\n([^]*?)^\\]`,
      "m",
    )
      .exec(NUSHELL)!;
    for (const name of (await optionsOf(command)).flatMap(spellingsOf)) {
      if (name.startsWith("--")) assertStringIncludes(declared!, `  ${name}`);
      else assertStringIncludes(declared!, `(${name})`);
    }
  }
  const lines = NUSHELL.split("\n").filter((line) => line.startsWith("  --"));
  const flag =
    /^ {2}--[a-z-]+(\(-[a-zA-Z]\))?(: (string|path|directory)(@"[^"]+")?)? {2}# \S/;
  assertEquals(lines.filter((line) => !flag.test(line)), []);
});

Deno.test("bash gets the end of a word that it has broken", async () => {
  const offered = (...words: string[]) =>
    output("__complete", "bash", ...words);
  assertEquals(
    await offered("start", "--color", "=", "al"),
    "words\nalways\n",
  );
  assertEquals(await offered("start", "--color=al"), "words\n--color=always\n");
  assertEquals(
    await offered("start", "--color", "="),
    "words\nauto\nalways\nnever\n",
  );
  assertEquals(await offered("fail", "--output", "=", "a"), "files \n");
  assertEquals(await offered("fail", "--output=a"), "files --output=\n");
  assertEquals(
    await offered("wait", "--report", "=", "html", "=", "a"),
    "files \n",
  );
  // The program is where bash has it, whatever ptrack has joined.
  assertEquals(
    await offered("run", "--every", "=", "5s", "make", "t"),
    "program 4\n",
  );
});

Deno.test("quotes do not become part of a word", async () => {
  for (const shell of ["bash", "zsh"]) {
    const text = await output("__complete", shell, '"start"', "--color", "'al");
    assertStringIncludes(text, "always");
  }
  assertEquals(
    await output("__complete", "nushell", `ptrack start -d "a b" --color `),
    await output("__complete", "nushell", `ptrack start --color `),
  );
});

Deno.test("the last argument of PowerShell has a sign before it", async () => {
  assertStringIncludes(
    await output("__complete", "powershell", "start", "--color", "="),
    "never\t",
  );
});
