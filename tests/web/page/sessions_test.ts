/** Sorting, counting and choosing sessions for the page. */
import { assertEquals } from "@std/assert";
import {
  announcementOf,
  counts,
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
