import { assertEquals } from "@std/assert";
import { blankStatus } from "../../lib/session/status.ts";
import type {
  SessionReport,
  Snapshot,
  State,
  Totals,
  Verdict,
  VerdictState,
} from "../../lib/session/types.ts";
import {
  decideWait,
  type WaitDecision,
  type WaitGoal,
} from "../../lib/session/wait_condition.ts";

type Told = VerdictState | "waiting";

const NO_TOTALS = {} as Totals;

function report(sessionId: string, told: Told, endedAt: string | null) {
  const waiting = told === "waiting";
  const state: VerdictState = waiting ? "running" : told;
  const ref = { workspace: "w", sessionId };
  const verdict: Verdict = {
    state,
    recorded_state:
      (state === "crashed" || state === "unreadable"
        ? "running"
        : state) as State,
    reason: "",
    since: null,
    stale: false,
    waiting,
    heartbeat_age_s: null,
    progress_age_s: null,
    elapsed_s: null,
    eta_s: null,
  };
  const status = { ...blankStatus(ref), completed_at: endedAt };
  return {
    view: {
      ...ref,
      condition: "readable",
      status,
      problem: "",
      note: "",
      modifiedUs: 0,
    },
    verdict,
  } as SessionReport;
}

/** A snapshot from `id=verdict` words, `@n` for when it ended. */
function snapshotFrom(words: string): Snapshot {
  const sessions = words.split(" ").filter((word) => word !== "").map(
    (word) => {
      const [id, told, minute] = word.split(/[=@]/);
      const endedAt = minute === undefined
        ? null
        : `2026-02-13T10:${minute}:00.000000+00:00`;
      return report(id!, told as Told, endedAt);
    },
  );
  return { workspace: "w", takenUs: 0, sessions, totals: NO_TOTALS };
}

/** What a wait says to each of several snapshots, one after the other. */
function says(goal: WaitGoal, ...snapshots: (string | null)[]): string[] {
  let before: WaitDecision | null = null;
  return snapshots.map((words) => {
    const snapshot = words === null ? null : snapshotFrom(words);
    const { end, sessions } = before = decideWait(goal, before, snapshot);
    return end === null ? "goes on" : [end, ...sessions].join(" ");
  });
}

Deno.test("a wait ends when all sessions are done", () => {
  assertEquals(
    says(
      {},
      "a=running b=pending",
      "a=completed b=running",
      "a=completed b=completed",
    ),
    ["goes on", "goes on", "completed a b"],
  );
});

Deno.test("a wait with a failed session goes on until the others are done", () => {
  assertEquals(
    says({}, "a=failed b=running", "a=failed b=completed"),
    ["goes on", "failed a"],
  );
});

Deno.test("crashed, timed-out and unreadable sessions are done, and no success", () => {
  for (const state of ["crashed", "timed_out", "unreadable"]) {
    assertEquals(says({}, `a=${state} b=completed`), ["failed a"]);
  }
});

Deno.test("a timed-out session that comes back is waited for again", () => {
  assertEquals(
    says(
      {},
      "a=timed_out b=running",
      "a=running b=completed",
      "a=completed b=completed",
    ),
    ["goes on", "goes on", "completed a b"],
  );
});

Deno.test("a session that waits for input is not done", () => {
  assertEquals(says({}, "a=waiting b=completed"), ["goes on"]);
});

Deno.test("with nothing there and nothing expected a wait ends at once", () => {
  assertEquals(says({}, null), ["nothing"]);
  assertEquals(says({}, ""), ["nothing"]);
});

Deno.test("with an expected number a wait may begin before the sessions", () => {
  assertEquals(
    says(
      { expect: 2 },
      null,
      "a=completed",
      "a=completed b=running",
      "a=completed b=completed",
    ),
    ["goes on", "goes on", "goes on", "completed a b"],
  );
});

Deno.test("more sessions than expected are all waited for", () => {
  assertEquals(
    says({ expect: 1 }, "a=completed b=running"),
    ["goes on"],
  );
});

Deno.test("expected names must all come, and the others are waited for too", () => {
  assertEquals(
    says(
      { expect: ["a", "b"] },
      "a=completed c=completed",
      "a=completed b=completed c=running",
      "a=completed b=completed c=completed",
    ),
    ["goes on", "goes on", "completed a b c"],
  );
});

Deno.test("a session asked for by name that is not there ends the wait", () => {
  assertEquals(says({ named: ["a", "b"] }, "a=completed"), ["nothing b"]);
});

Deno.test("a session asked for by name may come later if something is expected", () => {
  assertEquals(
    says(
      { named: ["a", "b"], expect: 1 },
      "a=completed",
      "a=completed b=completed",
    ),
    ["goes on", "completed a b"],
  );
});

Deno.test("a session that vanishes before its end is no success", () => {
  assertEquals(
    says({}, "a=running b=running", "b=running", "b=completed"),
    ["goes on", "goes on", "failed a"],
  );
  assertEquals(says({}, "a=running", null), ["goes on", "failed a"]);
});

Deno.test("a session that vanished and came back is waited for", () => {
  assertEquals(
    says(
      {},
      "a=running b=running",
      "b=running",
      "a=running b=completed",
      "a=completed b=completed",
    ),
    ["goes on", "goes on", "goes on", "completed a b"],
  );
});

Deno.test("a session that was removed after its end keeps its verdict", () => {
  assertEquals(
    says({}, "a=completed b=running", "b=completed"),
    ["goes on", "completed b a"],
  );
  assertEquals(
    says({}, "a=failed b=running", "b=completed"),
    ["goes on", "failed a"],
  );
});

Deno.test("a removed session still counts as expected", () => {
  assertEquals(
    says({ expect: 2 }, "a=completed", "b=completed"),
    ["goes on", "completed b a"],
  );
});

Deno.test("any: the first that ended is enough", () => {
  assertEquals(
    says({ any: true }, "a=running b=running", "a=running b=completed@10"),
    ["goes on", "completed b"],
  );
  assertEquals(
    says({ any: true }, "a=failed@07 b=completed@09"),
    ["failed a"],
  );
  assertEquals(
    says({ any: true }, "a=failed@09 b=completed@07"),
    ["completed b"],
  );
});

Deno.test("any: excepted sessions do not count; if no other is there, the wait ends", () => {
  const goal = { any: true, except: ["a"] };
  assertEquals(
    says(goal, "a=completed@01 b=running", "a=completed@01 b=failed@02"),
    ["goes on", "failed b"],
  );
  assertEquals(says(goal, "a=completed@01"), ["nothing"]);
  assertEquals(
    says(
      { ...goal, expect: 2 },
      "a=completed@01",
      "a=completed@01 b=completed@02",
    ),
    ["goes on", "completed b"],
  );
});

Deno.test("any: an empty workspace does not end a wait that expects sessions", () => {
  assertEquals(
    says({ any: true, expect: 4 }, null, "a=completed"),
    ["goes on", "completed a"],
  );
});

Deno.test("first failure: a wait is left while others still run", () => {
  const goal = { firstFailure: true };
  assertEquals(
    says(goal, "a=running b=completed", "a=running b=completed c=failed"),
    ["goes on", "failed c"],
  );
  assertEquals(says(goal, "a=running b=crashed"), ["failed b"]);
  assertEquals(
    says(goal, "a=running b=running", "a=running"),
    ["goes on", "failed b"],
  );
});

Deno.test("until waiting: a wait is left when a session asks", () => {
  assertEquals(
    says({ untilWaiting: true }, "a=running", "a=running b=waiting"),
    ["goes on", "waiting b"],
  );
  assertEquals(
    says({ untilWaiting: true, except: ["b"] }, "a=running b=waiting"),
    ["goes on"],
  );
});

Deno.test("a decision tells which sessions were never there, and how many lack", () => {
  const goal = { named: ["a"], expect: ["b", "c"] };
  const first = decideWait(goal, null, snapshotFrom("b=completed"));
  assertEquals([first.missing, first.lacking], [["a", "c"], 0]);
  // One that was there and was removed has begun all the same.
  const second = decideWait(goal, first, snapshotFrom("a=running"));
  assertEquals(second.missing, ["c"]);
  const four = { expect: 4 };
  const third = decideWait(four, null, snapshotFrom("a=running"));
  assertEquals([third.missing, third.lacking], [[], 3]);
});
