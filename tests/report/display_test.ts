/** Widths, cuts and padding, counted as a terminal counts. */
import { assertEquals } from "@std/assert";
import { cutToWidth, padToWidth, widthOf } from "../../lib/report/display.ts";

Deno.test("widths are counted as a terminal counts them", () => {
  const widths = {
    "": 0,
    abc: 3,
    "ab…": 3,
    "日本語": 6,
    "한글": 4,
    "é": 1,
    "e\u0301": 1,
    "🎉": 2,
    "👩‍💻": 2,
    "👍🏽": 2,
    "🇩🇪": 2,
    "❤️": 2,
    "␛": 1,
    "ｆ": 2,
  };
  const measured = Object.keys(widths).map((text) => [text, widthOf(text)]);
  assertEquals(Object.fromEntries(measured), widths);
});

Deno.test("a cut never splits what a person sees as one character", () => {
  assertEquals(cutToWidth("hello", 3), "hel");
  assertEquals(cutToWidth("hello", 0), "");
  assertEquals(cutToWidth("日本語", 5), "日本");
  assertEquals(cutToWidth("日本語", 6), "日本語");
  assertEquals(cutToWidth("a👩‍💻b", 2), "a");
  assertEquals(cutToWidth("a👩‍💻b", 3), "a👩‍💻");
  assertEquals(cutToWidth("e\u0301e\u0301", 1), "e\u0301");
});

Deno.test("the cut mark takes its place from the text, and only if text is cut", () => {
  assertEquals(cutToWidth("hello", 5, "…"), "hello");
  assertEquals(cutToWidth("hello!", 5, "…"), "hell…");
  assertEquals(cutToWidth("日本語", 6, "…"), "日本語");
  assertEquals(cutToWidth("日本語", 5, "…"), "日本…");
  assertEquals(cutToWidth("日本語", 4, "…"), "日…");
  assertEquals(cutToWidth("日本語", 1, "…"), "…");
  assertEquals(cutToWidth("日本語", 0, "…"), "");
  assertEquals(cutToWidth("hello", 0, "…"), "");
});

Deno.test("padding counts columns, not characters", () => {
  assertEquals(padToWidth("日本", 6), "日本  ");
  assertEquals(padToWidth("日本", 3), "日本");
});
