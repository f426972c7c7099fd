/** Times and durations on the page. */
import { assertEquals } from "@std/assert";
import {
  duration,
  elapsedMs,
  etaMs,
} from "../../../lib/web/page/format_time.ts";
import { session } from "../../support/page_sessions.ts";

Deno.test("durations have two units, and the estimate follows the pace", () => {
  assertEquals(
    [900, 65_000, 3_600_000, 7_501_000, 90_000_000].map(duration),
    ["0s", "1m 05s", "1h 00m", "2h 05m", "1d 01h"],
  );
  const half = session("a", { percent: 50 });
  assertEquals([elapsedMs(half, 4000), etaMs(half, 4000)], [4000, 4000]);
  const ended = session("a", { word: "completed", endedMs: 3000, percent: 50 });
  assertEquals([elapsedMs(ended, 9000), etaMs(ended, 9000)], [3000, null]);
  const silent = session("a", { word: "timed_out", heartbeatMs: 2000 });
  assertEquals(elapsedMs(silent, 9000), 2000);
});
