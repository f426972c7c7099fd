/**
 * Random ways of many writers at once through the real store: at every step a
 * reader's answer is the fold of the log, and at rest status.json is the fold
 * of all of it. Seeded: a way that fails can be walked again.
 */
import { assertEquals } from "@std/assert";
import { times } from "../support/program.ts";
import { walk } from "./explore.ts";
import { ALL_CALLS, filesAfter, type Past, writersOf } from "./situations.ts";

const WAYS = times({ soak: 400, test: 20 });
const WRITERS = 5;
const PASTS: Past[] = ["running", "completed", "second attempt"];

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

for (const kills of [0, 1]) {
  Deno.test(`${WRITERS} writers agree on ${WAYS} random ways, ${kills} killed`, async () => {
    for (let seed = 1; seed <= WAYS; seed++) {
      const random = randomFrom(seed * 2 + kills);
      const choose = (count: number) => Math.floor(random() * count);
      const calls = Array.from(
        { length: WRITERS },
        () => ALL_CALLS[choose(ALL_CALLS.length)],
      );
      const past = PASTS[choose(PASTS.length)];
      const files = await filesAfter(past);
      const programs = writersOf(calls);
      const { violations } = await walk({ files, programs, kills }, choose);
      assertEquals(
        [...violations],
        [],
        `seed ${seed}: ${calls.join(", ")} after ${past}`,
      );
    }
  });
}
