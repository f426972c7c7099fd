/** The end of a captured stream. */
import { assert, assertEquals } from "@std/assert";
import { Tail } from "../../lib/run/capture.ts";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("the tail of a stream equals the end of all of it, in any pieces", () => {
  const lines = Array.from({ length: 3_000 }, (_, i) => `line ${i} ${i % 7}`);
  const all = bytes(`${lines.join("\n")}\n`);
  for (const size of [1, 7, 1_000, 16_384, 16_385, 60_000]) {
    const tail = new Tail();
    for (let at = 0; at < all.length; at += size) {
      tail.add(all.subarray(at, at + size));
    }
    const kept = tail.lines();
    assertEquals(kept, lines.slice(-kept.length), `pieces of ${size}`);
    const length = kept.join("\n").length;
    assert(length > 16_300 && length < 16_384, `${length}`);
  }
});

Deno.test("a tail is short if little was written", () => {
  const tail = new Tail();
  assertEquals(tail.lines(), []);
  tail.add(bytes("one\ntwo"));
  assertEquals(tail.lines(), ["one", "two"]);
});

Deno.test("of a line with carriage returns only the last version is kept", () => {
  const tail = new Tail();
  tail.add(bytes("10%\r20%\r100%\r\ndone\r\n"));
  assertEquals(tail.lines(), ["100%", "done"]);
});

Deno.test("one endless line stays small", () => {
  const tail = new Tail();
  for (let i = 0; i < 100; i++) tail.add(bytes("x".repeat(10_000)));
  const [line, ...others] = tail.lines();
  assertEquals(others, []);
  assert(line!.length <= 1_000);
});
