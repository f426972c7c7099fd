/** The live view without a terminal: lines, keys and scrolling. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Board,
  onKey,
  render,
  settle,
  textBoard,
} from "../../lib/watch/view.ts";
import { board } from "../support/board.ts";

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
