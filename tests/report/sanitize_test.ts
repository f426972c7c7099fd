/** Text of sessions, made harmless. */
import { assert, assertEquals } from "@std/assert";
import { displayName, sanitize } from "../../lib/report/sanitize.ts";

const HARMFUL =
  // deno-lint-ignore no-control-regex
  /[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/u;

Deno.test("controls and escapes are shown, line breaks and tabs become a space", () => {
  assertEquals(
    sanitize("a\r\nb\tc\x1b[31mR\x07\0\x7f\x9b2J\u2028d\x85e\vf"),
    "a b c␛[31mR␇␀␡<9b>2J d e f",
  );
});

Deno.test("direction overrides are shown, invisible characters are removed", () => {
  assertEquals(sanitize("a\u202eb\u2066c"), "a<202e>b<2066>c");
  assertEquals(sanitize("a\u200b\u200e\ufeff\u2060\u3164\u{e0041}b"), "ab");
});

Deno.test("a joiner is kept only inside an emoji", () => {
  const family = "👩‍👩‍👧 ❤️‍🔥 👍🏽";
  assertEquals(sanitize(family), family);
  assertEquals(sanitize("pay\u200dpal"), "paypal");
});

Deno.test("lone surrogates are replaced", () => {
  assertEquals(sanitize("a\ud83db\udc00"), "a\ufffdb\ufffd");
});

Deno.test("combining marks do not pile up", () => {
  assertEquals(sanitize("a" + "\u0301".repeat(500)), "a" + "\u0301".repeat(4));
});

Deno.test("no text is a command to the runner of a CI system", () => {
  for (
    const command of [
      "##[stop-commands]x",
      "##[ERROR]x",
      "##[add-mask]x",
      "##[set-output name=a]x",
      "##vso[task.setvariable variable=a]x",
      "##teamcity[testFailed name='a']",
      "####[error]x",
      "#\u200b#[error]x",
    ]
  ) {
    assert(!/##(\[|vso|teamcity)/i.test(sanitize(`a: ${command}`)), command);
  }
  for (const command of ["::error title=x::y", "\t ::add-mask::y"]) {
    assert(/^\s*: :[a-z]/.test(sanitize(command)), command);
  }
  for (const text of ["std::vector<std::pair>", "::before { }", "a ::b:: c"]) {
    assertEquals(sanitize(text), text);
  }
  const shell = "echo ${a##[0-9]} ${b##[a-z]*} ## [error] #[error]";
  assertEquals(sanitize(shell), shell);
});

Deno.test("no character that a terminal obeys gets through", () => {
  for (let code = 0; code < 0x11_00_00; code++) {
    if (code > 0x3_00_00 && code < 0xe_00_00) continue;
    const shown = sanitize(String.fromCodePoint(code));
    if (HARMFUL.test(shown)) throw new Error(`U+${code.toString(16)}`);
  }
});

Deno.test("a text of megabytes is cut before it is cleaned", () => {
  const shown = sanitize("漢".repeat(4_000_000));
  assert(shown.length < 10_000);
  assert(sanitize("x".repeat(4_000_000)).length < 10_000);
});

Deno.test("a name that breaks the rule is shown in quotes", () => {
  assertEquals(displayName("adr-01"), "adr-01");
  assertEquals(displayName('a "b"'), '"a \\"b\\""');
  assertEquals(displayName("x\n\x1b[2J"), '"x\\n\\u001b[2J"');
  assertEquals(displayName("日本"), '"日本"');
});
