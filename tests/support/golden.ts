/**
 * Files of tests/data that hold what a formatter has to write, to the byte.
 * PTRACK_GOLDEN=write makes them anew, to be looked at in the diff.
 */
import { assertEquals } from "@std/assert";
import { testData } from "./program.ts";

/** Compares a text with the file of that name. */
export function assertGolden(name: string, text: string): void {
  const path = testData(name);
  if (Deno.env.get("PTRACK_GOLDEN") === "write") {
    Deno.writeTextFileSync(path, text);
  }
  assertEquals(text, Deno.readTextFileSync(path), path);
}
