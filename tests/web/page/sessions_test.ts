/** Sorting, counting and choosing sessions for the page. */
import { assertEquals } from "@std/assert";
import {
  announcementOf,
  counts,
  duration,
  elapsedMs,
  etaMs,
  filtered,
  grouped,
  NO_FILTER,
  titleOf,
} from "../../../lib/web/page/sessions.ts";
import { session } from "../../support/page_sessions.ts";

Deno.test("the title counts what needs attention, else all states", () => {
  const sessions = [
    session("a", { word: "failed" }),
    session("b", { word: "waiting" }),
    session("c", { word: "waiting" }),
    session("d"),
  ];
  assertEquals(titleOf(sessions, "adrs"), "2 waiting · 1 failed · adrs");
  assertEquals(titleOf(sessions.slice(3), "adrs"), "1 running · adrs");
  assertEquals(titleOf([], "adrs"), "adrs");
  assertEquals(counts(sessions), [["waiting", 2], ["failed", 1], [
    "running",
    1,
  ]]);
});

Deno.test("sessions that need attention come first, done ones newest first", () => {
  const groups = grouped([
    session("done-early", { word: "completed", endedMs: 1 }),
    session("crashed", { word: "crashed" }),
    session("runs"),
    session("done-late", { word: "completed", endedMs: 2 }),
    session("waits", { word: "waiting" }),
    session("pending", { word: "pending" }),
  ]);
  assertEquals(
    groups.map((
      { title, sessions },
    ) => [title, ...sessions.map(({ id }) => id)]),
    [
      ["Needs attention", "waits", "crashed"],
      ["Running", "pending", "runs"],
      ["Done", "done-late", "done-early"],
    ],
  );
});

Deno.test("a filter finds all of its words, in any case, in any text", () => {
  const sessions = [
    session("auth", { task: "Login and logout" }),
    session("cache", { word: "failed", message: "Redis is down" }),
  ];
  const ids = (text: string) =>
    filtered(sessions, { ...NO_FILTER, text }).map(({ id }) => id);
  assertEquals(ids(" LOGOUT login "), ["auth"]);
  assertEquals(ids("failed redis"), ["cache"]);
  assertEquals(ids("login redis"), []);
  assertEquals(ids("  "), ["auth", "cache"]);
});

Deno.test("only changes of state are announced, and few at once", () => {
  const before = new Map([["w/a", session("a")]]);
  assertEquals(announcementOf(before, [session("a", { percent: 5 })]), "");
  const changed = ["a", "b", "c", "d", "e"].map((id) =>
    session(id, { word: "waiting", reason: "Why?" })
  );
  assertEquals(
    announcementOf(before, changed),
    "a waiting: Why?. b waiting: Why?. c waiting: Why?. 2 more",
  );
});

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
