/** Words for POSIX shells. */
import { assert, assertEquals } from "@std/assert";
import { shellQuote } from "../../lib/session/shell_quote.ts";

Deno.test("what is quoted for the shell stays one word", () => {
  assertEquals(shellQuote("adr-01"), "adr-01");
  assertEquals(shellQuote(""), "''");
  assertEquals(shellQuote("$(rm x) `y` \n"), "'$(rm x) `y` \n'");
  assertEquals(shellQuote("it's"), `'it'\\''s'`);
  assert(!shellQuote("a b").startsWith("a"));
});
