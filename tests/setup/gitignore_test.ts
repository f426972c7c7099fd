/** The lines that ptrack adds to a .gitignore. */
import { assertEquals } from "@std/assert";
import { addLine, removeBlocks } from "../../lib/setup/gitignore.ts";

Deno.test("adding and removing lines restores every byte of a .gitignore", () => {
  for (
    const text of ["", "a", "a\n", "a\r\nb\r\n", "\n\n", "# x\n*.o\n", "a\n\nb"]
  ) {
    let changed = addLine(text, ".parallel/");
    assertEquals(addLine(changed, ".parallel/"), changed);
    assertEquals(removeBlocks(changed), text);
    changed = addLine(changed, ".claude/settings.local.json*");
    assertEquals(removeBlocks(changed), text);
    assertEquals(changed.match(/added by/g)?.length, 1);
  }
  assertEquals(removeBlocks(addLine(null, ".parallel/")), null);
  const grown = `${addLine(null, ".parallel/")}mine\n`;
  assertEquals(removeBlocks(grown), "mine\n");
});
