import { assertEquals } from "@std/assert";
import { assess, type Limits, verdictWord } from "../../lib/session/verdict.ts";
import { isBad, isDone, totals } from "../../lib/session/snapshot.ts";
import type {
  Owner,
  SessionLiveness,
  SessionView,
  Verdict,
  VerdictState,
} from "../../lib/session/types.ts";
import {
  after,
  emptyView,
  snapshotOf,
  TEN,
  unreadableView,
  viewOf,
} from "../support/session_views.ts";

interface Judging {
  limits?: Limits;
  /** Seconds after ten. */
  grace?: number;
  /** What has become of the session's processes. */
  liveness?: SessionLiveness;
}

/** The verdict so many seconds after ten. */
function judge(
  view: SessionView,
  seconds: number,
  { limits, grace, liveness }: Judging = {},
): Verdict {
  return assess(view, {
    livenessOf: () => liveness ?? null,
    nowUs: TEN + seconds * 1e6,
    limits,
    wokeUs: grace === undefined ? null : TEN + grace * 1e6,
  });
}

function said(verdict: Verdict): string {
  const reason = verdict.reason === "" ? "" : `: ${verdict.reason}`;
  return verdictWord(verdict) + reason;
}

Deno.test("a session is running until half the heartbeat timeout, then stale, then timed out", () => {
  const view = viewOf("a");
  const at = [10, 150, 180, 300, 330].map((s) => said(judge(view, s)));
  assertEquals(at, [
    "running",
    "running",
    "stale: No heartbeat for 3m",
    "stale: No heartbeat for 5m",
    "timed_out: No heartbeat for 5m 30s (limit 5m)",
  ]);
  assertEquals(judge(view, 330).since, after(300));
  assertEquals(judge(view, 330).stale, false);
});

Deno.test("a late heartbeat brings a session back", () => {
  const view = viewOf("a", { last_heartbeat: after(400) });
  assertEquals(said(judge(view, 410)), "running");
});

Deno.test("a session times out after its session timeout even with heartbeats", () => {
  const view = viewOf("a", { last_heartbeat: after(14_390) });
  assertEquals(judge(view, 14_400).state, "running");
  const verdict = judge(view, 14_460);
  assertEquals(said(verdict), "timed_out: Running for 4h 01m (limit 4h)");
  assertEquals(verdict.since, after(14_400));
});

Deno.test("the monitor's limit overrides the session's own, which overrides the default", () => {
  const own = viewOf("a", {}, { heartbeat_timeout: 60, session_timeout: 600 });
  assertEquals(judge(own, 61).state, "timed_out");
  const typed = { heartbeatTimeoutS: 1_000 };
  assertEquals(judge(own, 61, { limits: typed }).state, "running");
  assertEquals(
    said(judge(own, 660, { limits: typed })),
    "timed_out: Running for 11m (limit 10m)",
  );
});

Deno.test("waiting stops the clocks of heartbeats and progress, but not of the session", () => {
  const waiting = { reason: "May I delete it?", since: after(5) };
  const view = viewOf("a", {}, { waiting, progress_at: after(0) });
  const verdict = judge(view, 10_000);
  assertEquals(said(verdict), "waiting: May I delete it?");
  assertEquals([verdict.waiting, verdict.stale, verdict.since], [
    true,
    false,
    after(5),
  ]);
  assertEquals(judge(view, 14_401).state, "timed_out");
  assertEquals(judge(view, 14_401).waiting, false);
});

Deno.test("the time that was measured comes before the difference of two timestamps", () => {
  const ended = { state: "completed" as const, completed_at: after(-3_600) };
  assertEquals(judge(viewOf("a", ended), 0).elapsed_s, 0);
  const measured = viewOf("a", ended, { elapsed_s: 12.5 });
  assertEquals(judge(measured, 0).elapsed_s, 12.5);
});

Deno.test("heartbeats without progress make a session stale", () => {
  const view = viewOf("a", { last_heartbeat: after(1_855) }, {
    progress_at: after(0),
  });
  assertEquals(said(judge(view, 1_860)), "stale: No progress for 31m");
  const patient = { limits: { stallAfterS: 3_600 } };
  assertEquals(said(judge(view, 1_860, patient)), "running");
});

Deno.test("a foreign session has no progress clock", () => {
  const view = viewOf("a", { last_heartbeat: after(9_990) }, null);
  assertEquals(said(judge(view, 10_000)), "running");
  assertEquals(judge(view, 10_000).progress_age_s, null);
});

Deno.test("a heartbeat in the reader's future counts as the log's time, with a note", () => {
  const ahead = { last_heartbeat: after(100_000) };
  const view = { ...viewOf("a", ahead), modifiedUs: TEN + 50e6 };
  const fresh = judge(view, 60);
  assertEquals(
    said(fresh),
    "running: Its clock runs ahead: judged by the time of its log",
  );
  assertEquals(fresh.heartbeat_age_s, 10);
  assertEquals(
    said(judge(view, 380)),
    "timed_out: No heartbeat for 5m 30s (limit 5m); " +
      "Its clock runs ahead: judged by the time of its log",
  );
});

Deno.test("a log with a time in the future counts as written now", () => {
  const ahead = { last_heartbeat: after(100_000) };
  const view = { ...viewOf("a", ahead), modifiedUs: TEN + 90_000e6 };
  assertEquals(judge(view, 60).heartbeat_age_s, 0);
});

Deno.test("a session whose times are all far in the future is stale, until it reports again", () => {
  const ahead = { last_heartbeat: after(100_000) };
  const view = { ...viewOf("a", ahead), modifiedUs: TEN + 90_000e6 };
  assertEquals(
    said(judge(view, 80)),
    "stale: Its heartbeat and its log are 1d in the future: whether it " +
      "still reports cannot be told until its next heartbeat",
  );
  const near = { ...view, modifiedUs: TEN + 300e6 };
  // Within one heartbeat timeout it is hardly more than a clock that is late.
  assertEquals(judge(near, 60).stale, false);
  const reported = { ...view, modifiedUs: TEN + 60e6 };
  assertEquals(judge(reported, 60).stale, false);
  const waiting = { ...view, status: { ...view.status } };
  waiting.status.ptrack = {
    ...view.status.ptrack!,
    waiting: { reason: "Shall I?", since: after(100_000) },
  };
  assertEquals(said(judge(waiting, 60)), "waiting: Shall I?");
});

Deno.test("a running session that never sent a heartbeat is judged by its start, else its files", () => {
  const started = viewOf("a", { last_heartbeat: "yesterday" }, null);
  assertEquals(judge(started, 20).heartbeat_age_s, 20);
  const bare = viewOf("a", { last_heartbeat: null, started_at: null }, null);
  const verdict = judge({ ...bare, modifiedUs: TEN + 5e6 }, 20);
  assertEquals([verdict.heartbeat_age_s, verdict.elapsed_s], [15, null]);
});

Deno.test("an empty directory is pending, and timed out when nothing comes", () => {
  assertEquals(said(judge(emptyView("a"), 300)), "pending");
  const verdict = judge(emptyView("a"), 360);
  assertEquals(
    said(verdict),
    "timed_out: Nothing reported for 6m (limit 5m)",
  );
  assertEquals(verdict.since, after(300));
});

Deno.test("after a sleep of the machine every clock has one heartbeat timeout of grace", () => {
  const view = viewOf("a", {}, { progress_at: after(0) });
  const late = 30_000;
  const grace = { grace: late };
  assertEquals(said(judge(view, late + 100, grace)), "running");
  assertEquals(judge(emptyView("a"), late + 100, grace).state, "pending");
  assertEquals(judge(view, late + 200, grace).stale, true);
  const verdict = judge(view, late + 301, {
    ...grace,
    limits: { sessionTimeoutS: 90_000 },
  });
  assertEquals(
    said(verdict),
    "timed_out: No heartbeat for 8h 25m (limit 5m)",
  );
  assertEquals(verdict.since, after(late + 300));
});

Deno.test("a recorded end is kept", () => {
  const ended = { completed_at: after(90), last_heartbeat: after(90) };
  const states = ["completed", "failed", "timed_out"] as const;
  const verdicts = states.map((state) =>
    judge(viewOf("a", { ...ended, state }, null), 1_000_000)
  );
  assertEquals(verdicts.map((verdict) => verdict.state), [...states]);
  for (const verdict of verdicts) {
    assertEquals(verdict.since, after(90));
    assertEquals(verdict.elapsed_s, 90);
    assertEquals([verdict.heartbeat_age_s, verdict.eta_s], [null, null]);
  }
  assertEquals(verdicts[2]!.reason, "Recorded as timed out");
});

Deno.test("a session that cannot be read is unreadable, with the reason", () => {
  const verdict = judge(unreadableView("a", "Cannot read it: a link"), 5);
  assertEquals(said(verdict), "unreadable: Cannot read it: a link");
});

Deno.test("ages and the estimate are seconds with three decimals", () => {
  const verdict = judge(
    viewOf("a", { progress_pct: 60, last_heartbeat: after(1) }, {
      progress_at: after(0.25),
    }),
    2.3456,
  );
  assertEquals(verdict.heartbeat_age_s, 1.346);
  assertEquals(verdict.progress_age_s, 2.096);
  assertEquals(verdict.elapsed_s, 2.346);
  assertEquals(verdict.eta_s, 1.564);
});

Deno.test("there is no estimate at 0 % and at 100 %", () => {
  const at = (progress_pct: number) =>
    judge(viewOf("a", { progress_pct }), 10).eta_s;
  assertEquals([at(0), at(50), at(100)], [null, 10, null]);
});

Deno.test("times that cannot be parsed are null", () => {
  const view = viewOf("a", { started_at: "soon", completed_at: "later" }, null);
  assertEquals(judge(view, 10).elapsed_s, null);
});

Deno.test("stale and waiting sessions count as running too", () => {
  const { sessions } = snapshotOf([
    viewOf("fine", { last_heartbeat: after(199) }),
    viewOf("stale"),
    viewOf("waits", {}, { waiting: { reason: "", since: null } }),
    viewOf("done", { state: "completed" }),
    viewOf("failed", { state: "failed" }),
    unreadableView("odd", "?"),
    { ...emptyView("empty"), modifiedUs: TEN + 150e6 },
  ], 200);
  assertEquals(totals(sessions), {
    total: 7,
    pending: 1,
    running: 3,
    completed: 1,
    failed: 1,
    timed_out: 0,
    stale: 1,
    crashed: 0,
    waiting: 1,
    unreadable: 1,
  });
});

Deno.test("sessions that have ended are done, and bad unless they completed", () => {
  const of = (state: VerdictState): Verdict => ({
    ...judge(viewOf("a"), 1),
    state,
  });
  const states: VerdictState[] = [
    "pending",
    "running",
    "completed",
    "failed",
    "timed_out",
    "crashed",
    "unreadable",
  ];
  assertEquals(states.filter((state) => !isDone(of(state))), [
    "pending",
    "running",
  ]);
  assertEquals(states.filter((state) => isBad(of(state))), [
    "failed",
    "timed_out",
    "crashed",
    "unreadable",
  ]);
});

const OWNER: Owner = { pid: 7, started: "1", host: "h", boot: "b", ns: "n" };
const GONE: SessionLiveness = { owner: "gone", child: null };

Deno.test("a session has crashed when its owner is gone and it was silent for 10 s", () => {
  const view = viewOf("a", { last_heartbeat: after(60) }, { owner: OWNER });
  const at = (seconds: number) => judge(view, seconds, { liveness: GONE });
  assertEquals(said(at(69)), "running");
  assertEquals(said(at(70)), "crashed: Its process 7 is gone");
  assertEquals(at(70).since, after(60));
  assertEquals(at(70).stale, false);
  // It says more than that time ran out.
  assertEquals(at(5 * 3600).state, "crashed");
});

Deno.test("a session whose owner is alive or unknown has not crashed", () => {
  const view = viewOf("a", {}, { owner: OWNER });
  for (const owner of ["alive", "unknown"] as const) {
    const liveness = { owner, child: null };
    assertEquals(said(judge(view, 60, { liveness })), "running");
    assertEquals(judge(view, 3600, { liveness }).state, "timed_out");
  }
});

Deno.test("the process of a session with a recent heartbeat is not inspected", () => {
  const view = viewOf("a", {}, { owner: OWNER });
  let looks = 0;
  const at = (seconds: number) =>
    assess(view, {
      nowUs: TEN + seconds * 1e6,
      livenessOf() {
        looks++;
        return GONE;
      },
    }).state;
  assertEquals([at(9), looks], ["running", 0]);
  assertEquals([at(10), looks], ["crashed", 1]);
});

Deno.test("a session that waits can crash; one without an owner cannot", () => {
  const waiting = { reason: "Which one?", since: after(0) };
  const view = viewOf("a", {}, { owner: OWNER, waiting });
  const verdict = judge(view, 60, { liveness: GONE });
  assertEquals([verdict.state, verdict.waiting], ["crashed", false]);
  assertEquals(judge(viewOf("a"), 60, { liveness: GONE }).state, "running");
});

Deno.test("the reason for a crash says whether the command still runs", () => {
  const child = { pid: 8, started: "2" };
  const view = viewOf("a", {}, { owner: OWNER, child });
  const reason = (fate: SessionLiveness["child"]) =>
    judge(view, 60, { liveness: { owner: "gone", child: fate } }).reason;
  assertEquals(
    reason("alive"),
    "Owner gone; command 8 still running (owner 7)",
  );
  assertEquals(reason("gone"), "Its processes 7 and 8 are gone");
  assertEquals(reason("unknown"), "Its process 7 is gone");
});
