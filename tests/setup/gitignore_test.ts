/** The lines that ptrack adds to a .gitignore. */
import { assert, assertEquals } from "@std/assert";
import { isListed } from "../../lib/process/git.ts";
import { addBlock, removeBlocks } from "../../lib/setup/ignoring.ts";

Deno.test("adding and removing lines restores every byte of a .gitignore", () => {
  for (
    const text of ["", "a", "a\n", "a\r\nb\r\n", "\n\n", "# x\n*.o\n", "a\n\nb"]
  ) {
    let changed = addBlock(text, [".parallel/"]);
    assert(isListed(changed, ".parallel/"));
    assertEquals(removeBlocks(changed), text);
    changed = addBlock(changed, [".claude/settings.local.json*"]);
    assertEquals(removeBlocks(changed), text);
    assertEquals(changed.match(/added by/g)?.length, 1);
  }
  assertEquals(removeBlocks(addBlock(null, [".parallel/"])), null);
  const grown = `${addBlock(null, [".parallel/"])}mine\n`;
  assertEquals(removeBlocks(grown), "mine\n");
});
