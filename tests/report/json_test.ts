/** JSON for programs, safe to show. */
import { assert, assertEquals } from "@std/assert";
import { jsonLine, jsonText } from "../../lib/report/json.ts";

Deno.test("JSON for programs keeps the value and holds nothing that a terminal obeys", () => {
  const value = { "k\x9b": "a\x7f\u2028\u202e\ufeff\ud800é日" };
  const text = jsonLine(value);
  assertEquals(
    text,
    '{"k\\u009b":"a\\u007f\\u2028\\u202e\\ufeff\\ud800é日"}',
  );
  assertEquals(JSON.parse(text), value);
});

Deno.test("JSON holds no command that the runner of a CI system obeys", () => {
  for (const command of ["##[error]", "##vso[task.x]", "a ##TeamCity[b"]) {
    const value = { [command]: [`###${command}#[`, "##", ["#"]] };
    const text = jsonLine(value);
    assert(!/##(\[|vso\[|teamcity\[)/i.test(text), text);
    assertEquals(JSON.parse(text), value);
  }
});

Deno.test("a value that is nested too deep loses only its deepest part", () => {
  let deep: unknown = 1;
  for (let level = 0; level < 200_000; level++) deep = [deep];
  const read = JSON.parse(jsonText({ deep, beside: "kept" }));
  assertEquals(read.beside, "kept");
  assert(Array.isArray(read.deep));
});
