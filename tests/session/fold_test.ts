/** The fold: what counts, what it sets, and what is kept and ignored. */
import { assert, assertEquals } from "@std/assert";
import {
  type Folded,
  foldLine,
  type FoldMode,
} from "../../lib/session/fold.ts";
import { blankBookkeeping, blankStatus } from "../../lib/session/status.ts";
import { formatTimestamp, parseTimestamp } from "../../lib/session/times.ts";
import type { JsonObject, LogLine } from "../../lib/session/types.ts";
import { NO_PROCESSES, OWNER } from "../support/odd_values.ts";

const BEGIN = parseTimestamp("2026-02-13T10:00:00+00:00")!;

let serial = 0;

function line(
  event: string,
  details: JsonObject = {},
  more: Partial<LogLine> = {},
): LogLine {
  serial++;
  return {
    timestamp: formatTimestamp(BEGIN + serial * 1_000_000),
    event,
    session_id: "s",
    state: "running",
    progress_pct: 0,
    details,
    id: `id-${serial}`,
    attempt: 1,
    ...more,
  };
}

function blank(): Folded {
  const ref = { workspace: "w", sessionId: "s" };
  return { ...blankStatus(ref), ptrack: blankBookkeeping() };
}

function fold(lines: LogLine[], mode: FoldMode = "onward"): Folded {
  return lines.reduce(
    (status, one) => foldLine(status, one, mode) ?? status,
    blank(),
  );
}

const begun = () => line("started", { task: "T" });

Deno.test("started sets everything anew", () => {
  const second = line("started", {
    task: "again",
    batch: "b",
    heartbeat_timeout: 60,
  }, {
    attempt: 2,
  });
  const status = fold([
    begun(),
    line("heartbeat", { pct: 50, message: "half", metadata: { a: 1 } }),
    line("error", { error: "bad" }),
    line("failed", { error: "worse", output_files: ["x"] }),
    second,
  ]);
  assertEquals(status.state, "running");
  assertEquals(status.progress_pct, 0);
  assertEquals(status.message, "");
  assertEquals(status.errors, []);
  assertEquals(status.output_files, []);
  assertEquals(status.metadata, {});
  assertEquals(status.completed_at, null);
  assertEquals(status.started_at, second.timestamp);
  assertEquals(status.last_heartbeat, second.timestamp);
  assertEquals(status.ptrack.attempt, 2);
  assertEquals(status.ptrack.errors_total, 0);
  assertEquals(status.ptrack.batch, "b");
  assertEquals(status.ptrack.heartbeat_timeout, 60);
});

Deno.test("an end says how long its attempt took, and the next one forgets it", () => {
  const ended = fold([begun(), line("completed", { elapsed_s: 1.5 })]);
  assertEquals(ended.ptrack.elapsed_s, 1.5);
  const again = foldLine(ended, line("started", {}, { attempt: 2 }), "onward");
  assertEquals(again?.ptrack.elapsed_s, undefined);
  const odd = fold([begun(), line("completed", { elapsed_s: -1 })]);
  assertEquals(odd.ptrack.elapsed_s, undefined);
});

Deno.test("a running attempt is replaced only where the line says why", () => {
  const one = fold([begun()]);
  const bare = line("started", {}, { attempt: 2 });
  assertEquals(foldLine(one, bare, "onward"), null);
  const forced = line("started", { over: "forced" }, { attempt: 2 });
  assert(foldLine(one, forced, "onward") !== null);
  const skipped = line("started", { over: "forced" }, { attempt: 3 });
  assertEquals(foldLine(one, skipped, "onward"), null);
});

Deno.test("the first end of an attempt wins, and nothing counts after it", () => {
  const status = fold([begun(), line("completed", { output_files: ["o"] })]);
  for (
    const event of ["failed", "completed", "heartbeat", "error", "waiting"]
  ) {
    assertEquals(foldLine(status, line(event), "onward"), null, event);
  }
});

Deno.test("a line of another attempt never counts", () => {
  const status = fold([begun()]);
  const late = line("completed", {}, { attempt: 7 });
  assertEquals(foldLine(status, late, "onward"), null);
});

Deno.test("a heartbeat changes only what it names", () => {
  const first = fold([
    begun(),
    line("heartbeat", { pct: 40, message: "m", metadata: { a: 1, b: 1 } }),
  ]);
  const beat = line("heartbeat", { message: "", metadata: { b: 2 } });
  const status = foldLine(first, beat, "onward")!;
  assertEquals(status.progress_pct, 40);
  assertEquals(status.message, "m");
  assertEquals(status.metadata, { a: 1, b: 2 });
  assertEquals(status.last_heartbeat, beat.timestamp);
  assertEquals(status.ptrack.progress_at, first.ptrack.progress_at);
});

Deno.test("progress_at follows percentage and message, not heartbeats", () => {
  const status = fold([begun(), line("heartbeat", { pct: 40 })]);
  const same = foldLine(status, line("heartbeat", { pct: 40 }), "onward")!;
  assertEquals(same.ptrack.progress_at, status.ptrack.progress_at);
  const further = line("heartbeat", { pct: 41 });
  const moved = foldLine(same, further, "onward")!;
  assertEquals(moved.ptrack.progress_at, further.timestamp);
});

Deno.test("an automatic heartbeat ends no wait and is no progress", () => {
  const status = fold([begun(), line("waiting", { reason: "which?" })]);
  const auto = line("heartbeat", {
    auto: true,
    pct: 90,
    message: "x",
    child: { pid: 7 },
  });
  const next = foldLine(status, auto, "onward")!;
  assertEquals(next.ptrack.waiting?.reason, "which?");
  assertEquals(next.progress_pct, 0);
  assertEquals(next.message, "");
  assertEquals(next.last_heartbeat, auto.timestamp);
  assertEquals(next.ptrack.child?.pid, 7);
});

Deno.test("a heartbeat ends the waiting state", () => {
  const status = fold([
    begun(),
    line("waiting", { reason: "r" }),
    line("heartbeat"),
  ]);
  assertEquals(status.ptrack.waiting, null);
});

Deno.test("a failure is a fatal error, counted and shown", () => {
  const end = line("failed", { error: "API timeout" });
  const status = fold([begun(), line("error", { error: "slow" }), end]);
  assertEquals(status.message, "FAILED: API timeout");
  assertEquals(status.errors.at(-1), `[${end.timestamp}] FATAL: API timeout`);
  assertEquals(status.ptrack.errors_total, 2);
  assertEquals(status.completed_at, end.timestamp);
});

Deno.test("only the last 100 errors are kept, and all are counted", () => {
  const errors = Array.from(
    { length: 250 },
    (_, n) => line("error", { error: `e${n}` }),
  );
  const status = fold([begun(), ...errors]);
  assertEquals(status.errors.length, 100);
  assertEquals(status.errors.at(-1)?.endsWith("e249"), true);
  assertEquals(status.ptrack.errors_total, 250);
});

Deno.test("last_heartbeat never moves back within an attempt", () => {
  const start = begun();
  const beat = line("heartbeat");
  const late = line("heartbeat");
  const status = fold([start, beat]);
  const early = formatTimestamp(parseTimestamp(beat.timestamp)! - 1);
  const next = foldLine(status, { ...late, timestamp: early }, "onward")!;
  assertEquals(next.last_heartbeat, beat.timestamp);
});

Deno.test("the original's lines count only in a fold from nothing", () => {
  const lines = [
    line("started", { task: "T" }, { id: "", attempt: null }),
    line("heartbeat", { message: "hi" }, {
      id: "",
      attempt: null,
      progress_pct: 30,
    }),
  ];
  assertEquals(fold(lines).state, "pending");
  const status = fold(lines, "from nothing");
  assertEquals([status.state, status.progress_pct, status.message], [
    "running",
    30,
    "hi",
  ]);
});

Deno.test("a line with an id folds nothing of its own state and percentage", () => {
  const status = fold([
    begun(),
    line("heartbeat", {}, { state: "failed", progress_pct: 99 }),
  ]);
  assertEquals([status.state, status.progress_pct], ["running", 0]);
});

Deno.test("unknown events and invalid values are ignored", () => {
  const status = fold([begun()]);
  assertEquals(foldLine(status, line("frobnicated"), "onward"), null);
  const untimed = line("error", { error: "x" }, { timestamp: "soon" });
  assertEquals(foldLine(status, untimed, "onward"), null);
  const odd = line("heartbeat", {
    pct: "many",
    message: 7,
    metadata: [1],
    output_files: "x",
  });
  const next = foldLine(status, odd, "onward")!;
  assertEquals([next.progress_pct, next.message, next.metadata], [0, "", {}]);
});

Deno.test("an error that a status has already is not counted twice over it", () => {
  const known = line("error", { error: "once" });
  const status = fold([begun(), known]);
  const again = foldLine(status, known, "overlapping");
  assertEquals(again?.ptrack.errors_total, 1);
});

Deno.test("a start says whose session it is and who ends it, each anew", () => {
  const first = line("started", { owner: OWNER, ended_by: "run" });
  const status = fold([first]);
  assertEquals(status.ptrack.owner, OWNER);
  assertEquals(status.ptrack.ended_by, "run");
  const again = [first, line("failed"), line("started", {}, { attempt: 2 })];
  const { ptrack } = fold(again);
  assertEquals([ptrack.owner, "ended_by" in ptrack], [null, false]);
});

Deno.test("an invalid owner or command is ignored", () => {
  for (const owner of NO_PROCESSES) {
    const status = fold([
      line("started", { owner, ended_by: "fate" }),
      line("heartbeat", { child: owner }),
    ]);
    const { ptrack } = status;
    assertEquals(
      [ptrack.owner, ptrack.child, "ended_by" in ptrack],
      [null, null, false],
      JSON.stringify(owner),
    );
  }
});

Deno.test("an event with owner null drops the owner", () => {
  for (const event of ["heartbeat", "waiting", "error"]) {
    const status = fold([line("started", { owner: OWNER })]);
    const kept = foldLine(status, line(event), "onward")!;
    assertEquals(kept.ptrack.owner, OWNER, event);
    const other = line(event, { owner: { ...OWNER, pid: 8 } });
    assertEquals(foldLine(kept, other, "onward")!.ptrack.owner, OWNER);
    const dropped = foldLine(kept, line(event, { owner: null }), "onward");
    assertEquals(dropped?.ptrack.owner, null, event);
    assertEquals(kept.ptrack.owner, OWNER, event);
  }
});

Deno.test("errors are kept as long as they are short together", () => {
  let status = fold([line("started")]);
  for (let n = 0; n < 50; n++) {
    const error = `${n} ${"x".repeat(10_000)}`;
    status = foldLine(status, line("error", { error }), "onward") ?? status;
  }
  assertEquals(status.ptrack.errors_total, 50);
  assertEquals(
    status.errors.map((text) => /\] (\d+) /.exec(text)?.[1]),
    ["44", "45", "46", "47", "48", "49"],
  );
});
