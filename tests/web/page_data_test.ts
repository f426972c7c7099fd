/** When a session ran, waited and reported errors, from the lines of its log. */
import { assertEquals } from "@std/assert";
import type { LogLine } from "../../lib/session/types.ts";
import { History } from "../../lib/web/page_data.ts";
import { after, TEN } from "../support/session_views.ts";

const MS = TEN / 1000;

function line(
  seconds: number,
  event: string,
  attempt: number | null = 1,
): LogLine {
  return {
    timestamp: after(seconds),
    event,
    session_id: "s",
    state: "running",
    progress_pct: 0,
    details: {},
    id: `${seconds}`,
    attempt,
  };
}

function historyOf(...lines: LogLine[]) {
  const history = new History().add(lines);
  const seconds = (spans: readonly (readonly [number, number | null])[]) =>
    spans.map(([from, to]) => [
      (from - MS) / 1000,
      to === null ? null : (to - MS) / 1000,
    ]);
  return {
    runs: seconds(history.runs),
    waits: seconds(history.waits),
    errors: history.errorsMs.map((ms) => (ms - MS) / 1000),
  };
}

Deno.test("a session runs from its start to its end, and waits until a heartbeat", () => {
  assertEquals(
    historyOf(
      line(0, "started"),
      line(10, "waiting"),
      line(15, "waiting"),
      line(20, "heartbeat"),
      line(25, "error"),
      line(30, "waiting"),
      line(40, "completed"),
    ),
    { runs: [[0, 40]], waits: [[10, 20], [30, 40]], errors: [25] },
  );
});

Deno.test("a run and a wait that go on have no end", () => {
  assertEquals(historyOf(line(0, "started"), line(5, "waiting")), {
    runs: [[0, null]],
    waits: [[5, null]],
    errors: [],
  });
});

Deno.test("an attempt that did not report its end ended with its last event", () => {
  assertEquals(
    historyOf(
      line(0, "started"),
      line(10, "heartbeat"),
      line(60, "started", 2),
      line(90, "failed", 2),
    ).runs,
    [[0, 10], [60, 90]],
  );
});

Deno.test("late events of a replaced attempt change nothing", () => {
  assertEquals(
    historyOf(
      line(0, "started"),
      line(10, "started", 2),
      line(12, "waiting", 2),
      line(13, "heartbeat", 1),
      line(14, "completed", 1),
    ),
    { runs: [[0, 0], [10, null]], waits: [[12, null]], errors: [] },
  );
});

Deno.test("foreign lines, and lines without a time, are left out", () => {
  const timeless = { ...line(5, "waiting"), timestamp: null };
  assertEquals(
    historyOf(line(0, "started", null), timeless, line(9, "<b>", null)),
    { runs: [[0, null]], waits: [], errors: [] },
  );
});

Deno.test("the history is bounded, however long the log", () => {
  const history = new History();
  for (let at = 0; at < 1000; at++) {
    history.add([
      line(at * 10, "started", at),
      line(at * 10 + 1, "waiting", at),
      line(at * 10 + 2, "error", at),
    ]);
  }
  const { runs, waits, errorsMs } = history;
  assertEquals([runs.length, waits.length, errorsMs.length], [20, 60, 60]);
  assertEquals(runs.at(-1)![0], MS + 9990 * 1000);
});
