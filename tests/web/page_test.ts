/** What the page makes of sessions, and how it is put together. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { documentText, loadParts } from "../../lib/web/document.ts";
import { reportData } from "../../lib/web/html_report.ts";
import { duration, elapsedMs, etaMs } from "../../lib/web/page/format_time.ts";
import {
  announcementOf,
  counts,
  filtered,
  grouped,
  NO_FILTER,
  titleOf,
} from "../../lib/web/page/sessions.ts";
import {
  lanesOf,
  loadOf,
  mostAtOnce,
  rangeOf,
  ticksOf,
  timelineSummary,
} from "../../lib/web/page/timeline_data.ts";
import type { PageSession } from "../../lib/web/page_session.ts";
import { resultsOf } from "../support/sample_results.ts";
import { after, viewOf } from "../support/session_views.ts";

function session(
  id: string,
  changes: Partial<PageSession> = {},
): PageSession {
  return {
    key: `w/${id}`,
    workspace: "w",
    id,
    word: "running",
    reason: "",
    task: "",
    message: "",
    percent: 0,
    startedMs: 0,
    endedMs: null,
    heartbeatMs: 0,
    attempt: 1,
    batch: null,
    errorsTotal: 0,
    lastError: "",
    outputsTotal: 0,
    history: { runs: [], waits: [], errorsMs: [] },
    ...changes,
  };
}

/** A session that ran, in seconds. */
function ran(id: string, from: number, to: number | null): PageSession {
  return session(id, {
    word: to === null ? "running" : "completed",
    startedMs: from * 1000,
    endedMs: to === null ? null : to * 1000,
    history: {
      runs: [[from * 1000, to === null ? null : to * 1000]],
      waits: [],
      errorsMs: [],
    },
  });
}

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

Deno.test("the timeline counts the sessions that ran at the same moment", () => {
  const lanes = lanesOf(
    [ran("b", 5, 20), ran("a", 0, 10), ran("c", 20, 30)],
    0,
  );
  assertEquals(lanes.map(({ session }) => session.id), ["a", "b", "c"]);
  assertEquals(mostAtOnce(lanes), 2);
  const range = rangeOf(lanes, null)!;
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
  assertEquals(rangeOf([], null), null);
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

Deno.test("no text of a session can end the element that it is kept in", async () => {
  const text = "</script><script>alert(1)</script><!-- \u2028";
  const view = viewOf(text, { message: text, errors: [text] });
  const data = reportData([resultsOf([view])], "one");
  const html = documentText(await loadParts(), data);
  const [, json] = /<script id="data"[^>]*>([^]*?)<\/script>/.exec(html)!;
  assert(!json!.includes("<") && !json!.includes("\u2028"));
  assertEquals(JSON.parse(json!).state.sessions[0].message, text);
});

Deno.test("only the page's own style and program may run, by their hashes", async () => {
  const html = documentText(await loadParts(), { kind: "live" });
  const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(html)!;
  for (
    const [element, source] of [["style", "style-src"], [
      'script type="module"',
      "script-src",
    ]] as const
  ) {
    const [tag] = element.split(" ");
    const [, text] = new RegExp(`<${element}>([^]*?)</${tag}>`).exec(html)!;
    const bytes = new TextEncoder().encode(text);
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
    assertStringIncludes(policy!, `${source} 'sha256-${hash}'`);
  }
});

Deno.test("a report has failures first, and a note on each missing session", () => {
  const views = [
    viewOf("a", { state: "completed" }),
    viewOf("b", { state: "failed", message: "FAILED: no" }),
  ];
  const { state, details, notes } = reportData([
    resultsOf(views, {
      missing: [{ sessionId: "c", kind: "missing", reason: "It never began" }],
    }),
  ], "all");
  assertEquals(state.sessions.map(({ id }) => id), ["b", "a"]);
  assertEquals(Object.keys(details), ["adrs/b", "adrs/a"]);
  assertEquals(notes, [{ id: "c", text: "It never began" }]);
  assertEquals(state.workspace, null);
});

Deno.test("a report notes that the wait ended before its sessions", () => {
  const views = [{ last_heartbeat: after(390) }, { last_heartbeat: after(390) }]
    .map((status, index) => viewOf(`s${index}`, status));
  const notesOf = (unfinished: "error" | "warning" | "accepted") =>
    reportData([resultsOf(views, { unfinished })], "one").notes;
  const text = "2 sessions had not finished when the wait ended";
  assertEquals(notesOf("error"), [{ id: "", text }]);
  assertEquals(notesOf("warning"), []);
  assertEquals(notesOf("accepted"), []);
});
