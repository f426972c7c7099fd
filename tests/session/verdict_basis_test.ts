import { assert, assertEquals } from "@std/assert";
import type {
  SessionLiveness,
  SessionView,
  Verdict,
} from "../../lib/session/types.ts";
import {
  agesLater,
  assess,
  type AssessContext,
} from "../../lib/session/verdict.ts";
import { VerdictBasis } from "../../lib/session/verdict_basis.ts";
import { after, emptyView, TEN, viewOf } from "../support/session_views.ts";

const OWNER = { pid: 7, started: "1", host: "h", boot: "b", ns: "n" };
const IDLE = { kind: "idle", reason: "done", since: after(3) } as const;

/** Sessions whose verdicts time makes others, each in a way of its own. */
const VIEWS: SessionView[] = [
  viewOf("silent"),
  viewOf("half", { progress_pct: 50 }, { progress_at: after(0) }),
  viewOf("beats", { last_heartbeat: after(40) }, { heartbeat_timeout: 7 }),
  viewOf("long", { last_heartbeat: after(60) }, { session_timeout: 90 }),
  viewOf("ahead", { last_heartbeat: after(35) }),
  viewOf("owned", {}, { owner: OWNER, heartbeat_timeout: 30 }),
  viewOf("idle", {}, { waiting: IDLE }),
  viewOf("late idle", {}, { waiting: { ...IDLE, since: after(70) } }),
  viewOf("asks", {}, { waiting: { reason: "?", since: after(1) } }),
  viewOf("foreign", { last_heartbeat: null, started_at: null }, null),
  viewOf("done", { state: "completed", completed_at: after(5) }),
  { ...viewOf("touched later", { last_heartbeat: null }), modifiedUs: at(45) },
  { ...emptyView("empty"), modifiedUs: at(2) },
];

const CONTEXTS: Omit<AssessContext, "nowUs">[] = [
  {},
  { limits: { heartbeatTimeoutS: 20, stallAfterS: 15 } },
  { limits: { heartbeatTimeoutS: 4.5, sessionTimeoutS: 60 }, wokeUs: at(50) },
];

/** So many seconds after ten. */
function at(seconds: number): number {
  return TEN + Math.round(seconds * 1e6);
}

/** What a verdict says besides ages. */
function said({ state, reason, since, stale, waiting }: Verdict) {
  return { state, reason, since, stale, waiting };
}

Deno.test("while its basis holds, a verdict is the same but for its ages", () => {
  let held = 0;
  for (const view of VIEWS) {
    for (const context of CONTEXTS) {
      for (let seconds = 0; seconds < 120; seconds += 0.5) {
        const nowUs = at(seconds);
        const basis = new VerdictBasis();
        const verdict = assess(view, basis.noting({ ...context, nowUs }));
        for (const laterS of [0.25, 0.5, 1, 4, 9.5, 30, 200]) {
          const then = { ...context, nowUs: nowUs + laterS * 1e6 };
          if (!basis.holds(then)) continue;
          held++;
          const anew = assess(view, then);
          const what = `${view.sessionId} at ${seconds}, ${laterS} later`;
          assertEquals(said(verdict), said(anew), what);
          const older = agesLater({ view, verdict }, laterS);
          assertEquals({ ...verdict, ...older }, anew, what);
        }
      }
    }
  }
  // Most of the time nothing changes.
  assert(held > 20_000, String(held));
});

Deno.test("a basis holds until just before a session is stale", () => {
  const basis = new VerdictBasis();
  const view = viewOf("a", {}, { progress_at: after(0) });
  assess(view, basis.noting({ nowUs: at(1) }));
  assert(basis.holds({ nowUs: at(150) }));
  assert(!basis.holds({ nowUs: at(150) + 1 }));
});

Deno.test("a basis does not hold once a process has gone", () => {
  const basis = new VerdictBasis();
  const view = viewOf("a", {}, { owner: OWNER });
  let liveness: SessionLiveness = { owner: "alive", child: null };
  const context = (seconds: number): AssessContext => ({
    nowUs: at(seconds),
    livenessOf: () => liveness,
  });
  assess(view, basis.noting(context(20)));
  assert(basis.holds(context(25)));
  liveness = { owner: "gone", child: null };
  assert(!basis.holds(context(30)));
});

Deno.test("a basis does not hold if the clock was set back", () => {
  const basis = new VerdictBasis();
  assess(viewOf("a"), basis.noting({ nowUs: at(20) }));
  assert(!basis.holds({ nowUs: at(19) }));
});
