/** The live view without a terminal: lines, keys and scrolling. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Board,
  FIRST_VIEW,
  onKey,
  render,
  settle,
  textBoard,
} from "../../lib/watch/view.ts";
import { board } from "../support/board.ts";

const SIZE = { columns: 80, rows: 12 };

Deno.test("a text is shown in the place of a dashboard", () => {
  const lines = render(FIRST_VIEW, textBoard("Waiting"), SIZE);
  assertEquals(lines, ["  Waiting", "  q quits"]);
});

Deno.test("the head and the foot stay, the sessions between them scroll", () => {
  const first = render(FIRST_VIEW, board(20), SIZE);
  assertEquals(first.length, 12);
  assertEquals(first.slice(4, 9), [0, 1, 2, 3, 4].map((i) => `  [~] s${i}`));
  assertStringIncludes(first[11]!, "sessions 1 to 5 of 20");
  const last = render({ top: 99 }, board(20), SIZE);
  assertEquals(last[8], "  [~] s19");
  assertEquals(settle({ top: 99 }, board(20), SIZE), { top: 15 });
});

Deno.test("all sessions of two lines can be scrolled to", () => {
  const high = board(6, "", 2);
  assertEquals(settle({ top: 99 }, high, SIZE), { top: 4 });
  const last = render({ top: 4 }, high, SIZE);
  assertEquals(last.slice(4, 8), [
    "  [~] s4",
    "      error of s4",
    "  [~] s5",
    "      error of s5",
  ]);
  const tiny = { columns: 80, rows: 3 };
  assertEquals(settle({ top: 99 }, high, tiny), { top: 5 });
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
  render({ top: 5_000 }, huge, SIZE);
  assertEquals(painted, 5);
});

Deno.test("keys scroll, but not beyond the sessions", () => {
  const after = (keys: string[]) =>
    keys.reduce((state, key) => {
      const effect = onKey(state, key, 5);
      assertEquals(effect.kind, "view");
      return effect.kind === "view"
        ? settle(effect.state, board(20), SIZE)
        : state;
    }, FIRST_VIEW).top;
  assertEquals(after(["j", "j", "\x1b[B"]), 3);
  assertEquals(after(["k"]), 0);
  assertEquals(after([" ", "\x1b[6~", "\x1b[5~"]), 5);
  assertEquals(after(["G"]), 15);
  assertEquals(after(["G", "g"]), 0);
  assertEquals(after(["x"]), 0);
});

Deno.test("the keys that quit, interrupt and suspend are told apart", () => {
  assertEquals(onKey(FIRST_VIEW, "q", 5).kind, "quit");
  assertEquals(onKey(FIRST_VIEW, "\x03", 5).kind, "interrupt");
  assertEquals(onKey(FIRST_VIEW, "\x1a", 5).kind, "suspend");
});
