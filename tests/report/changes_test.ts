import { assert, assertEquals } from "@std/assert";
import { dashboard } from "../../lib/report/dashboard.ts";
import {
  changeJson,
  Changes,
  changeText,
  type Transition,
} from "../../lib/report/changes.ts";
import type { SessionView, Snapshot } from "../../lib/session/types.ts";
import {
  after,
  emptyView,
  snapshotOf,
  TEN,
  viewOf,
} from "../support/session_views.ts";

/** The differences between two snapshots. */
function changeBetween(before: Snapshot | null, now: Snapshot) {
  const changes = new Changes();
  changes.next(before);
  return changes.next(now)!;
}

function transitions(before: Snapshot | null, now: Snapshot): Transition[] {
  return changeBetween(before, now).transitions;
}

function lines(before: Snapshot | null, now: Snapshot): string[] {
  return transitions(before, now).map(changeText);
}

/** A transition at half past ten. */
function said(detail: string, sessionId = "adr-01"): string {
  return changeText({
    type: "transition",
    from: "running",
    to: "completed",
    detail,
    atUs: TEN + 1_800e6,
    report: snapshotOf([viewOf(sessionId)]).sessions[0]!,
  });
}

Deno.test("a transition is one short line", () => {
  assertEquals(
    said("ADR-001 complete"),
    "10:30:00 adr-01 completed: ADR-001 complete",
  );
  assertEquals(said(""), "10:30:00 adr-01 completed");
});

Deno.test("the detail is cut and harmless, the session and its state are whole", () => {
  assertEquals(
    said("a\nb\x1b[2J" + "x".repeat(300)),
    `10:30:00 adr-01 completed: a b␛[2J${"x".repeat(192)}…`,
  );
  const sessionId = "s".repeat(120);
  assertEquals(said("x", sessionId), `10:30:00 ${sessionId} completed: x`);
  assertEquals(said("", "x\ny"), '10:30:00 "x\\ny" completed');
});

Deno.test("the JSON form is one object on one line", () => {
  const [transition] = transitions(
    null,
    snapshotOf([viewOf("a", { task_description: "x\n" })]),
  );
  const text = changeJson(transition!);
  assert(!text.includes("\n"));
  assertEquals(JSON.parse(text), {
    type: "transition",
    workspace: "adrs",
    session_id: "a",
    from: null,
    to: "running",
    detail: "x\n",
    at: after(60),
  });
});

Deno.test("the first snapshot reports each session, the next only changes", () => {
  const ended = { state: "failed", message: "FAILED: no disk" } as const;
  const first = snapshotOf([
    viewOf("a", { task_description: "Draft" }),
    viewOf("b", ended),
    emptyView("c"),
  ]);
  assertEquals(lines(null, first), [
    "10:01:00 a running: Draft",
    "10:01:00 b failed: no disk",
    "10:01:00 c pending",
  ]);
  const moved = viewOf("a", { progress_pct: 50, message: "Further" });
  const second = snapshotOf([moved, viewOf("b", ended), emptyView("c")], 70);
  assertEquals(lines(first, second), []);
});

Deno.test("a session that ends without a message tells its task", () => {
  const task_description = "make test";
  const before = snapshotOf([viewOf("a", { task_description })]);
  const now = snapshotOf([viewOf("a", {
    task_description,
    state: "completed",
  })]);
  assertEquals(lines(before, now), ["10:01:00 a completed: make test"]);
});

Deno.test("each verdict gives its reason", () => {
  const running = snapshotOf([viewOf("a")], 10);
  const waits = snapshotOf([
    viewOf("a", {}, { waiting: { reason: "May I?", since: null } }),
  ], 20);
  const hangs = snapshotOf([viewOf("a")], 200);
  const gone = snapshotOf([viewOf("a")], 301);
  assertEquals(lines(running, waits), ["10:00:20 a waiting: May I?"]);
  assertEquals(lines(waits, running), ["10:00:10 a running"]);
  assertEquals(lines(running, hangs), [
    "10:03:20 a stale: No heartbeat for 3m 20s",
  ]);
  assertEquals(lines(hangs, gone), [
    "10:05:01 a timed_out: No heartbeat for 5m 01s (limit 5m)",
  ]);
});

Deno.test("a session that is gone has vanished", () => {
  const before = snapshotOf([viewOf("a"), viewOf("b")]);
  const [vanished, ...others] = transitions(before, snapshotOf([viewOf("b")]));
  const { from, to, report: { view } } = vanished!;
  assertEquals([view.sessionId, from, to], ["a", "running", "vanished"]);
  assertEquals(others, []);
});

Deno.test("a new attempt is a change although the state is the same", () => {
  const status = { task_description: "Draft" };
  const before = snapshotOf([viewOf("a", status, { attempt: 1 })]);
  const now = snapshotOf([viewOf("a", status, { attempt: 2 })]);
  assertEquals(lines(before, now), ["10:01:00 a running: attempt 2, Draft"]);
});

Deno.test("progress is told of sessions that run, as text and as JSON", () => {
  const before = snapshotOf([
    viewOf("a", { progress_pct: 5 }),
    viewOf("b", { message: "same" }),
    viewOf("c", { progress_pct: 5 }, { attempt: 1 }),
  ]);
  const { progress } = changeBetween(
    before,
    snapshotOf([
      viewOf("a", { progress_pct: 5, message: "x\n" }),
      viewOf("b", { message: "same" }),
      viewOf("c", { progress_pct: 0 }, { attempt: 2 }),
      viewOf("d", { progress_pct: 7 }),
    ], 70),
  );
  assertEquals(progress.map(changeText), ["10:01:10 a 5%: x"]);
  assertEquals(JSON.parse(changeJson(progress[0]!)), {
    type: "progress",
    workspace: "adrs",
    session_id: "a",
    progress_pct: 5,
    message: "x\n",
    at: after(70),
  });
});

Deno.test("a workspace that goes away and comes back is not new", () => {
  const changes = new Changes();
  assertEquals(changes.next(null), null);
  const snapshot = snapshotOf([viewOf("a")]);
  assertEquals(changes.next(snapshot)!.isFirst, true);
  const gone = changes.next(null)!;
  assertEquals(gone.transitions.map(({ to }) => to), ["vanished"]);
  const back = changes.next(snapshot)!;
  assertEquals([back.isFirst, back.transitions.length], [false, 1]);
});

/** Four sessions at one point of an hour in which each waits twice. */
function hour(point: number): SessionView[] {
  return [1, 2, 3, 4].map((number) => {
    const sessionId = `adr-0${number}`;
    const status = {
      task_description: `ADR-00${number}: Authentication strategy of it all`,
      last_heartbeat: after(point * 600),
      progress_pct: point * 20,
    };
    const reason = "Which of the two databases do you want to keep?";
    const waiting = { reason, since: after(point * 600) };
    if (point === 1 || point === 3) {
      return viewOf(sessionId, status, { waiting });
    }
    return point < 5 ? viewOf(sessionId, status) : viewOf(sessionId, {
      ...status,
      state: "completed",
      message: `ADR-00${number} complete, with all sections reviewed`,
      completed_at: after(3_000),
    });
  });
}

Deno.test("an hour's wait on four sessions prints less than two and a half kilobytes", () => {
  let before: Snapshot | null = null;
  let output = "";
  for (let point = 0; point <= 5; point++) {
    const now = snapshotOf(hour(point), point * 600 + 1);
    output += lines(before, now).map((line) => `${line}\n`).join("");
    before = now;
  }
  assertEquals(output.split("\n").length - 1, 24);
  output += dashboard(before!);
  const bytes = new TextEncoder().encode(output).length;
  assert(bytes < 2_560, `${bytes} bytes`);
});
