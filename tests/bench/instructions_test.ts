/** No command takes many more instructions than when they were last stored. */
import { assert } from "@std/assert";
import { needs } from "../support/needs.ts";
import { PROGRAM } from "../support/program.ts";
import { countInstructions, MORE, storedInstructions } from "./instructions.ts";

const EMPTY = new URL("../../build/bench/empty", import.meta.url).pathname;

Deno.test({
  name: "no command takes many more instructions than it did",
  ...needs("executable", "linux on x64", "valgrind"),
  async fn() {
    const stored = storedInstructions();
    const found = await countInstructions(PROGRAM[0], EMPTY);
    const more = Object.entries(found)
      .filter(([command, times]) => !(times <= stored[command] * MORE))
      .map(([command, times]) =>
        `${command}: ${times} times an empty program, not ${stored[command]}`
      );
    assert(
      more.length === 0,
      `${more.join("\n")}\nIf it has to be, make bench ONLY=instructions`,
    );
  },
});
