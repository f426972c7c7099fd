/** The live view without a terminal: lines, keys and scrolling. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Board,
  dashboardBoard,
  onKey,
  render,
  settle,
  textBoard,
} from "../../lib/watch/view.ts";
import { byUrgency, renderDashboard } from "../../lib/report/dashboard.ts";
import { agesLater } from "../../lib/session/verdict.ts";
import { board } from "../support/board.ts";
import { FakeClock } from "../support/fake_platform.ts";
import {
  after,
  emptyView,
  snapshotOf,
  TEN,
  unreadableView,
  viewOf,
} from "../support/session_views.ts";

const SIZE = { columns: 80, rows: 12 };

Deno.test("a text is shown in the place of a dashboard", () => {
  const lines = render(0, textBoard("Waiting"), SIZE);
  assertEquals(lines, ["  Waiting", "  q quits"]);
});

Deno.test("the head and the foot stay, the sessions between them scroll", () => {
  const first = render(0, board(20), SIZE);
  assertEquals(first.length, 12);
  assertEquals(first.slice(4, 9), [0, 1, 2, 3, 4].map((i) => `  [~] s${i}`));
  assertStringIncludes(first[11]!, "sessions 1 to 5 of 20");
  assertEquals(settle(99, board(20), SIZE), 15);
  const last = render(15, board(20), SIZE);
  assertEquals(last[8], "  [~] s19");
});

Deno.test("all sessions of two lines can be scrolled to", () => {
  const high = board(6, "", 2);
  assertEquals(settle(99, high, SIZE), 4);
  const last = render(4, high, SIZE);
  assertEquals(last.slice(4, 8), [
    "  [~] s4",
    "      error of s4",
    "  [~] s5",
    "      error of s5",
  ]);
  const tiny = { columns: 80, rows: 3 };
  assertEquals(settle(99, high, tiny), 5);
});

Deno.test("only the sessions in view are painted", () => {
  let painted = 0;
  const huge: Board = {
    ...board(10_000),
    paint(columns, window) {
      painted = window.end - window.first;
      return board(10_000).paint(columns, window);
    },
  };
  render(5_000, huge, SIZE);
  assertEquals(painted, 5);
});

Deno.test("keys scroll, but not beyond the sessions", () => {
  const after = (keys: string[]) =>
    keys.reduce((top, key) => {
      const effect = onKey(top, key, 5);
      assert(typeof effect === "number", `${key}: ${effect}`);
      return settle(effect, board(20), SIZE);
    }, 0);
  assertEquals(after(["j", "j", "\x1b[B"]), 3);
  assertEquals(after(["k"]), 0);
  assertEquals(after([" ", "\x1b[6~", "\x1b[5~"]), 5);
  assertEquals(after(["G"]), 15);
  assertEquals(after(["G", "g"]), 0);
  assertEquals(after(["x"]), 0);
});

Deno.test("the keys that quit, interrupt and suspend are told apart", () => {
  assertEquals(onKey(0, "q", 5), "quit");
  assertEquals(onKey(0, "\x03", 5), "interrupt");
  assertEquals(onKey(0, "\x1a", 5), "suspend");
});

/** Sessions of each kind, with and without ages, errors and an end. */
const SESSIONS = [
  viewOf("a", { progress_pct: 30, message: "Drafting" }),
  viewOf("b", { last_heartbeat: after(900), errors: [`[${after(9)}] Bad`] }),
  viewOf("c", { progress_pct: 50, message: "设计 ".repeat(20) }),
  viewOf("d", { state: "completed", completed_at: after(60) }),
  viewOf("e", {}, { waiting: { reason: "Which one?", since: after(5) } }),
  { ...emptyView("f"), modifiedUs: TEN + 990e6 },
  unreadableView("g", "its status.json is no JSON"),
];
/** Of the wide ones some have no room for each age. */
const WIDTHS = [1, 20, 40, 64, 80, 90, 100, 120, 200];

Deno.test("a board shows at each moment what a dashboard of then would", () => {
  const clock = new FakeClock(TEN + 1_000e6);
  const snapshot = snapshotOf(SESSIONS, 1_000);
  for (const color of [false, true]) {
    const shown = dashboardBoard(snapshot, { color, clock });
    for (const laterS of [0, 1, 59, 86_400]) {
      const nowUs = TEN + (1_000 + laterS) * 1e6;
      clock.set(nowUs);
      // Only ages are older: what time does to verdicts is told by a snapshot.
      const sessions = snapshot.sessions.toSorted(byUrgency)
        .map(({ view, verdict }) => ({
          view,
          verdict: { ...verdict, ...agesLater({ view, verdict }, laterS) },
        }));
      const then = { ...snapshot, takenUs: nowUs, sessions };
      for (const columns of WIDTHS) {
        for (const range of [{ first: 0, end: 7 }, { first: 2, end: 5 }]) {
          const some = sessions.slice(range.first, range.end);
          const expected = renderDashboard({ ...then, sessions: some }, {
            columns,
            color,
          })(nowUs);
          assertEquals(shown.paint(columns, range), expected);
        }
      }
    }
  }
});

Deno.test("a second later a board differs only in ages and in the time", () => {
  const clock = new FakeClock(TEN + 1_000e6);
  const snapshot = snapshotOf(SESSIONS, 1_000);
  const shown = dashboardBoard(snapshot, { color: false, clock });
  const before = render(0, shown, { columns: 100, rows: 40 });
  clock.set(TEN + 1_001e6);
  const after = render(0, shown, { columns: 100, rows: 40 });
  const changed = after.filter((line, at) => line !== before[at])
    .map((line) => line.slice(0, 8));
  assertEquals(changed, [
    "  [!] a ",
    "  [!] c ",
    "  [w] e ",
    "  [~] b ",
    "  Polled",
  ]);
});
