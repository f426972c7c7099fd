/** What the timeline shows, and says. */
import { assert, assertEquals } from "@std/assert";
import {
  lanesOf,
  loadOf,
  mostAtOnce,
  rangeOf,
  ticksOf,
  timelineSummary,
} from "../../../lib/web/page/timeline.tsx";
import { ran } from "../../support/page_sessions.ts";

Deno.test("the timeline counts the sessions that ran at the same moment", () => {
  const lanes = lanesOf(
    [ran("b", 5, 20), ran("a", 0, 10), ran("c", 20, 30)],
    0,
  );
  assertEquals(lanes.map(({ session }) => session.id), ["a", "b", "c"]);
  assertEquals(mostAtOnce(lanes), 2);
  const range = rangeOf(lanes, Infinity)!;
  assertEquals(range, [0, 30_000]);
  assertEquals(loadOf(lanes.flatMap(({ runs }) => runs), range, 6), [
    1,
    2,
    2,
    1,
    2,
    1,
  ]);
  assertEquals(rangeOf(lanes, 10_000), [20_000, 30_000]);
  assertEquals(rangeOf([], Infinity), null);
});

Deno.test("the summary names who waited, who is left and who ended last", () => {
  const ended = lanesOf([ran("a", 0, 10), ran("b", 5, 70)], 0);
  assertEquals(
    timelineSummary(ended, 0),
    "Up to 2 at the same time. Last to end: b, 1m 00s after all the others.",
  );
  const waits = ran("c", 6, null);
  waits.history.waits.push([10_000, null]);
  const open = lanesOf([ran("a", 0, 5), { ...waits, word: "waiting" }], 70_000);
  assertEquals(
    timelineSummary(open, 70_000),
    "One at a time. c waited 1m 00s. Only c, waiting: 1m 04s.",
  );
  assertEquals(timelineSummary([], 0), "");
});

Deno.test("a time axis has few ticks, whatever its length", () => {
  for (const seconds of [1, 59, 3600, 86_400, 86_400 * 400]) {
    const ticks = ticksOf([1_000_000, 1_000_000 + seconds * 1000], 6);
    assert(ticks.length <= 7, `${seconds}: ${ticks.length}`);
    assert(seconds < 2 || ticks.length > 0);
  }
});
