import { assert, assertEquals } from "@std/assert";
import { jsonText } from "../../lib/report/json.ts";
import {
  sessionsText,
  summaryCounts,
  summaryLine,
  summaryObject,
  summaryPieces,
  summaryText,
  workspacesJson,
} from "../../lib/report/summary.ts";
import type { Snapshot } from "../../lib/session/types.ts";
import {
  after,
  emptyView,
  moment,
  referenceOutput,
  referenceView,
  snapshotOf,
  TEN,
  viewOf,
} from "../support/session_views.ts";
import { VERDICT_KEYS } from "../support/contract.ts";

const COUNTS = [
  "workspace",
  "total_sessions",
  "pending",
  "running",
  "completed",
  "failed",
  "timed_out",
  "stale",
  "crashed",
  "waiting",
  "unreadable",
];

function summaryOf(snapshot: Snapshot) {
  return JSON.parse(summaryText([snapshot], "one"));
}

Deno.test("the keys of the summary come in their order, the original's first", () => {
  const summary = summaryOf(snapshotOf([viewOf("a")]));
  assertEquals(Object.keys(summary), [...COUNTS, "sessions"]);
  assertEquals(Object.keys(summary.sessions[0]).slice(-2), [
    "ptrack",
    "verdict",
  ]);
  assertEquals(Object.keys(summary.sessions[0].verdict), VERDICT_KEYS);
});

Deno.test("sessions of the original are in the JSON as the original wrote it", () => {
  const original = JSON.parse(referenceOutput("json-notimeouts.out"));
  const ids = ["a-running", "b-completed", "c-failed", "g-unicode"];
  const at = moment("2026-11-22T11:13:34.5+00:00");
  const snapshot = snapshotOf(ids.map(referenceView), (at - TEN) / 1e6);
  const summary = summaryOf(snapshot);
  for (const { verdict: _, ...session } of summary.sessions) {
    const same = original.sessions.find((one: { session_id: string }) =>
      one.session_id === session.session_id
    );
    assertEquals(Object.entries(session), Object.entries(same));
  }
  assertEquals(summary.sessions.length, 4);
});

Deno.test("the state is the verdict's, beside what is recorded", () => {
  const [session] = summaryObject(snapshotOf([viewOf("a")], 400)).sessions;
  assertEquals(session!.state, "timed_out");
  assertEquals(session!.verdict.recorded_state, "running");
  assertEquals(session!.verdict.state, "timed_out");
});

Deno.test("unknown keys are kept, and the view is not changed", () => {
  const view = viewOf("a", { zeal: 11 }, { future: [1] });
  const [session] = summaryOf(snapshotOf([view], 400)).sessions;
  assertEquals(session.zeal, 11);
  assertEquals(session.ptrack, view.status.ptrack);
  assertEquals(view.status.state, "running");
});

Deno.test("hostile text is data in JSON and harmless in a terminal", () => {
  const message = "\x1b[2J\x9b\x7f\u202e\u2028 </script> 漢 🎉";
  const text = summaryText([snapshotOf([viewOf("a", { message })])], "one");
  assertEquals(JSON.parse(text).sessions[0].message, message);
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]/.test(text));
});

Deno.test("the summary of a stream is one line", () => {
  const snapshot = snapshotOf([viewOf("a"), viewOf("b")]);
  const text = summaryLine(snapshot);
  assertEquals(text.indexOf("\n"), text.length - 1);
  const { type, ...summary } = JSON.parse(text);
  assertEquals(type, "summary");
  assertEquals(summary, summaryOf(snapshot));
});

Deno.test("several workspaces are one object", () => {
  const one = snapshotOf([viewOf("a")]);
  const { workspaces } = JSON.parse(summaryText([one, one], "all"));
  assertEquals(workspaces, [summaryOf(one), summaryOf(one)]);
});

Deno.test("the parts of a summary make the whole, wherever it is cut", () => {
  const texts = ["plain", '"sessions": []', "{", "}", "##[x]", "\x7f漢"];
  const views = texts.map((message, n) => viewOf(`s-${n}`, { message }));
  const one = snapshotOf(views);
  const none = snapshotOf([]);
  for (const coverage of ["one", "all"] as const) {
    const snapshots = coverage === "one" ? [one] : [none, one, one, none];
    const whole = summaryText(snapshots, coverage);
    const object = coverage === "one"
      ? summaryObject(one)
      : { workspaces: snapshots.map(summaryObject) };
    assertEquals(whole, jsonText(object));
    for (let cut = 0; cut <= views.length; cut++) {
      const summaries = snapshots.map(({ workspace, totals, sessions }) => {
        const cuts = [sessions.slice(0, cut), sessions.slice(cut)];
        const parts = cuts.map((some) => sessionsText(some, coverage));
        return { workspace, totals, parts };
      });
      assertEquals(summaryPieces(summaries, coverage).join(""), whole);
    }
  }
  assertEquals(summaryText([none], "one"), jsonText(summaryObject(none)));
});

Deno.test("ten thousand sessions are in the summary", () => {
  const views = Array.from({ length: 10_000 }, (_, n) => viewOf(`s-${n}`));
  const summary = summaryOf(snapshotOf(views));
  assertEquals(summary.sessions.length, 10_000);
  assertEquals(summary.running, 10_000);
});

const ADRS = snapshotOf([
  viewOf("a", { last_heartbeat: after(50) }),
  viewOf("b", { state: "completed" }),
  viewOf("c", { state: "failed" }),
]);
const OTHER = {
  ...snapshotOf([{ ...emptyView("e"), modifiedUs: TEN + 50e6 }]),
  workspace: "設計",
};

Deno.test("the list as JSON has the counts of the summary", () => {
  assertEquals(JSON.parse(workspacesJson([ADRS, OTHER])), {
    workspaces: [summaryCounts(ADRS), summaryCounts(OTHER)],
  });
  assertEquals(Object.keys(summaryCounts(ADRS)), COUNTS);
});
