/** Commands in turn: whose run is whose, and what their ratios are. */
import { assertEquals } from "@std/assert";
import { needs } from "../support/needs.ts";
import { Stopwatch } from "./measure.ts";

/** Prints runs of two rounds: of "fast", "empty" and, third, "fast" before. */
const RUNS = `#!/bin/sh
echo "$*" > words
echo "1 2000000 1024"
echo "0 6000000 2048"
echo "2 3000000 2048"
echo "2 8000000 2048"
echo "1 4000000 1024"
echo "0 8000000 2048"
`;

Deno.test({
  name: "a command is held against another, and against the ptrack before",
  ...needs("unix"),
  async fn() {
    const directory = Deno.makeTempDirSync();
    const program = `${directory}/stopwatch`;
    Deno.writeTextFileSync(program, RUNS, { mode: 0o755 });
    const known = { ptrack: "/new/ptrack", before: "/old/ptrack" };
    const stopwatch = new Stopwatch({ program, directory, ...known });
    const found = await stopwatch.compare({
      fast: {
        args: ["taskset", "-c", "0", "/new/ptrack", "hook"],
        input: "in",
      },
      empty: { args: ["/empty"] },
    }, 2);
    assertEquals(found.wallMs("fast"), 7);
    assertEquals(found.ratio("fast", "empty"), 2.5);
    assertEquals(found.peakMb("empty"), 1);
    assertEquals(found.toBefore("fast"), 1.5);
    assertEquals(found.toBefore("empty"), null);
    assertEquals(
      Deno.readTextFileSync(`${directory}/words`),
      "2 -i in taskset -c 0 /new/ptrack hook --- /empty " +
        "--- -i in taskset -c 0 /old/ptrack hook\n",
    );
    Deno.removeSync(directory, { recursive: true });
  },
});
