/** The progress that is read out of a command's output. */
import { assert, assertEquals } from "@std/assert";
import { percentIn, ProgressReader } from "../../lib/run/progress.ts";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

Deno.test("a percentage is the group, the match, or part and whole", () => {
  const cases: [string, RegExp, number | null][] = [
    ["copied 42% of it", /(\d+)%/, 42],
    ["7/20 tests", /\d+\/\d+/, 35],
    ["[7 of 20]", /(\d+) of (\d+)/, 35],
    ["29/100", /(\d+)\/(\d+)/, 29],
    ["pct=250", /pct=(\d+)/, 100],
    ["3.9%", /([\d.]+)%/, 3],
    ["1/0", /(\d+)\/(\d+)/, null],
    ["nothing", /(\d+)%/, null],
    ["a word", /word/, null],
  ];
  for (const [line, pattern, percent] of cases) {
    assertEquals(percentIn(line, pattern), percent, line);
  }
});

Deno.test("progress is found where a line comes in pieces", () => {
  const reader = new ProgressReader(/(\d+)% done/, () => 0);
  assertEquals(reader.read(bytes("at 1")), null);
  assertEquals(reader.read(bytes("2% do")), null);
  assertEquals(reader.read(bytes("ne\n")), 12);
});

Deno.test("the newest of several percentages counts", () => {
  const reader = new ProgressReader(/(\d+)%/, () => 0);
  assertEquals(reader.read(bytes("10%\r20%\r30%\rwait")), 30);
  assertEquals(reader.read(bytes("\nno number\n")), null);
});

Deno.test("progress is found however much follows it, and the newest of it", () => {
  for (const after of [0, 100, 8_000, 9_000, 200_000]) {
    const reader = new ProgressReader(/^at (\d+)%$/, () => 0);
    const text = `at 10%\nat 20%\r\n${"y\n".repeat(after)}`;
    assertEquals(reader.read(bytes(text)), 20, `${after} lines after it`);
    assertEquals(reader.read(bytes("nothing\n")), null);
  }
});

Deno.test("of a line without end only its last part is searched, however near", () => {
  for (const after of [0, 9_000]) {
    const reader = new ProgressReader(/(\d+)%/, () => 0);
    const text = `5% ${"x".repeat(5_000)}\n${"y\n".repeat(after)}`;
    assertEquals(reader.read(bytes(text)), null, `${after} lines after it`);
  }
});

Deno.test("a pattern that takes too long is searched for now and then, and at the end", () => {
  const time = { ms: 0 };
  const pattern = /(\d+)%/;
  const { exec } = pattern;
  pattern.exec = (line) => {
    time.ms += 100;
    return exec.call(pattern, line);
  };
  const reader = new ProgressReader(pattern, () => time.ms);
  const told: number[] = [];
  for (let i = 1; i <= 100; i++) {
    const percent = reader.read(bytes(`${i}%\n`));
    if (percent !== null) told.push(percent);
    time.ms += 10;
  }
  assertEquals(told, [1, 2]);
  assert(time.ms < 3_000, `${time.ms} ms`);
  assertEquals(reader.readRest(), 100);
  assertEquals(reader.readRest(), null);
});

Deno.test("a machine that sleeps while a pattern is searched for costs little", () => {
  const times = [0, 0, 1e12, 1e12];
  const reader = new ProgressReader(
    /(\d+)%/,
    () => times.shift() ?? 1e12 + 3e4,
  );
  assertEquals(reader.read(bytes("10%\n")), 10);
  assertEquals(reader.read(bytes("20%\n")), null);
  assertEquals(reader.read(bytes("30%\n")), 30);
});
