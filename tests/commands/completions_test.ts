/**
 * The scripts of completions: whole, and quoted so that no text of the table
 * ends a string. PowerShell is held to its structure here, and nushell, which few
 * machines have; what the shells make of it is in tests/e2e/completions_test.ts.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { bashScript } from "../../lib/commands/completions/bash.ts";
import { fishScript } from "../../lib/commands/completions/fish.ts";
import {
  BEFORE,
  COMMANDS,
  sourceOf,
  spellings,
  valued,
} from "../../lib/commands/completions/model.ts";
import { nushellScript } from "../../lib/commands/completions/nushell.ts";
import { powershellScript } from "../../lib/commands/completions/powershell.ts";
import { zshScript } from "../../lib/commands/completions/zsh.ts";
import { SHARED } from "../../lib/cli/options.ts";

const SCRIPTS: [shell: string, script: string][] = [
  ["bash", bashScript()],
  ["zsh", zshScript()],
  ["fish", fishScript()],
  ["powershell", powershellScript()],
  ["nushell", nushellScript()],
];

for (const [shell, script] of SCRIPTS) {
  Deno.test(`the script for ${shell} knows every command and option`, () => {
    for (const command of COMMANDS) {
      assertStringIncludes(script, command.name);
      for (const option of [...command.options, ...SHARED]) {
        const long = shell === "fish"
          ? `-l ${option.name}`
          : `--${option.name}`;
        assertStringIncludes(script, long);
      }
    }
  });

  Deno.test(`the script for ${shell} is plain text`, () => {
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
  assertEquals(unmatched(powershellScript(), strings), []);
  const quotes = powershellScript().replace(strings, "").match(/['"]/g);
  assertEquals(quotes, null);
});

Deno.test("the script for PowerShell has a row of four cells for an option", () => {
  const cell = "'(?:[^']|'')*'";
  const row = new RegExp(`^ {4},@\\(${cell}, ${cell}, ${cell}, ${cell}\\)$`);
  const options = powershellScript().split("\n")
    .filter((line) => line.startsWith("    ,@('-"));
  const count =
    [...COMMANDS.map(({ options }) => [...options, ...SHARED]), BEFORE, BEFORE]
      .flat()
      .flatMap(spellings).length;
  assertEquals(options.length, count);
  assertEquals(options.filter((line) => !row.test(line)), []);
});

Deno.test("the script for PowerShell inserts no name of a file as it is", () => {
  // It types for the user what a completer hands over, and obeys a $(...) in it.
  const [made] = powershellScript().match(/CompletionResult\]::new\(\s*\S+/)!;
  assert(made.endsWith("$typed,"), made);
  const [, plain] = powershellScript().match(/cmatch '(\^\[.*?\\z)'/)!;
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
  assertEquals(unmatched(nushellScript(), strings), []);
  assertEquals(nushellScript().replace(strings, "").match(/['"]/g), null);
});

Deno.test("every completer that the script for nushell names is there, once", () => {
  const script = nushellScript();
  const made = [...script.matchAll(/^def "(nu-complete[^"]*)"/gm)]
    .map(([, name]) => name);
  assertEquals(made.length, new Set(made).size);
  for (const [, name] of script.matchAll(/@"([^"]*)"/g)) {
    assert(made.includes(name), name);
  }
  const lines = script.split("\n").filter((line) => line.startsWith("  --"));
  const flag =
    /^ {2}--[a-z-]+(\(-[a-zA-Z]\))?(: (string|path|directory)(@"[^"]+")?)? {2}# \S/;
  assertEquals(lines.filter((line) => !flag.test(line)), []);
});

Deno.test("no option takes a value in one command and none in another", () => {
  // fish goes along a line before it knows the command.
  const takes = new Set(valued());
  for (const command of COMMANDS) {
    for (const option of [...command.options, ...SHARED]) {
      if (sourceOf(option) !== null) continue;
      for (const word of spellings(option)) assert(!takes.has(word), word);
    }
  }
});
