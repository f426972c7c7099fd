/** Values of options, and durations: the good ones and the bad ones. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  parseCount,
  parseMetadata,
  parsePercent,
  parseSeconds,
} from "../../lib/cli/options.ts";
import { UsageError } from "../../lib/errors.ts";
import { formatDuration, parseDuration } from "../../lib/session/times.ts";

const PERCENTAGES: [text: string, percent: number][] = [
  ["0", 0],
  ["60", 60],
  ["60%", 60],
  [" 60 % ", 60],
  ["007", 7],
  ["99.9", 99],
  ["150", 100],
  ["-5", 0],
  ["3/5", 60],
  ["29/100", 29],
  ["1/3", 33],
  ["999/1000", 99],
  ["7/5", 100],
  ["-1/5", 0],
  ["0/5", 0],
  ["150 / 600", 25],
];

for (const [text, percent] of PERCENTAGES) {
  Deno.test(`progress "${text}" is ${percent} %`, () => {
    assertEquals(parsePercent(text, "--pct"), percent);
  });
}

for (
  const text of [
    ..."many 5/0 0/0 1/-5 1/2/3 5%% % / NaN Infinity 0x10 1e2 5,5 ٣".split(" "),
    "",
    " ",
    "5 6",
  ]
) {
  Deno.test(`progress "${text}" is a usage error`, () => {
    assertThrows(() => parsePercent(text, "--pct"), UsageError, "as --pct: ");
  });
}

const METADATA: [text: string, value: unknown][] = [
  ["5", 5],
  ["-1.5", -1.5],
  ["true", true],
  ["null", null],
  ['{"a":[1]}', { a: [1] }],
  ["[1,2]", [1, 2]],
  ["007", "007"],
  ['"quoted"', '"quoted"'],
  ["main", "main"],
  ["a=b", "a=b"],
  ["", ""],
  ["{broken", "{broken"],
  ["1e999", "1e999"],
  ["12345678901234567890", "12345678901234567890"],
  ["1.10", "1.10"],
  ["12e5", "12e5"],
  ["-0", "-0"],
  ["1e21", "1e21"],
  [" 5", " 5"],
  ["9007199254740991", 9007199254740991],
  ["9007199254740993", "9007199254740993"],
];

for (const [text, value] of METADATA) {
  Deno.test(`metadata key=${text} is stored as ${JSON.stringify(value)}`, () => {
    assertEquals(parseMetadata([`key=${text}`]), { key: value });
  });
}

Deno.test("numbers in metadata of objects and arrays keep their text", () => {
  const written = '{"id":12345678901234567890,"versions":[1.10,2]}';
  const metadata = parseMetadata([`key=${written}`]);
  assertEquals(JSON.stringify(metadata["key"]), written);
});

Deno.test("metadata keeps every key, and the last value of each", () => {
  assertEquals(parseMetadata(["a=1", "b=2", "a=3"]), { a: 3, b: 2 });
});

Deno.test("a key of __proto__ is a key like any other", () => {
  const metadata = parseMetadata(['__proto__={"polluted":1}', "constructor=x"]);
  assertEquals(
    JSON.stringify(metadata),
    '{"__proto__":{"polluted":1},"constructor":"x"}',
  );
  assertEquals(metadata["polluted"], undefined);
  assertEquals(({} as Record<string, unknown>)["polluted"], undefined);
});

for (const text of ["novalue", "=5", ""]) {
  Deno.test(`metadata "${text}" is a usage error`, () => {
    assertThrows(() => parseMetadata([text]), UsageError, "KEY=VALUE");
  });
}

const DURATIONS: [text: string, seconds: number | null][] = [
  ["90s", 90],
  ["5m", 300],
  ["2h", 7200],
  ["1h30m", 5400],
  ["1d", 86_400],
  ["1d2h3m4s", 93_784],
  ["1.5h", 5400],
  ["0.2s", 0.2],
  [".5", 0.5],
  ["5M", 300],
  ["300", 300],
  ["0", 0],
  ["", null],
  [" ", null],
  ["-5", null],
  ["-5m", null],
  ["+5", null],
  ["5 m", null],
  ["30m1h", null],
  ["5m5m", null],
  ["1h30", null],
  ["5ms", null],
  ["m", null],
  ["..h", null],
  ["1.2.3s", null],
  ["1e3", null],
  ["Infinity", null],
  ["soon", null],
  ["99999999999999999999", null],
];

for (const [text, seconds] of DURATIONS) {
  Deno.test(`duration "${text}" is ${seconds ?? "none"}`, () => {
    assertEquals(parseDuration(text), seconds);
  });
}

Deno.test("a bare number may be minutes, a number with a unit never is", () => {
  assertEquals(parseDuration("120", { bareNumber: "minutes" }), 7200);
  assertEquals(parseDuration("0.5", { bareNumber: "minutes" }), 30);
  assertEquals(parseDuration("90s", { bareNumber: "minutes" }), 90);
});

const FORMATTED: [seconds: number, text: string][] = [
  [-3, "0s"],
  [0, "0s"],
  [45.9, "45s"],
  [60, "1m 00s"],
  [330, "5m 30s"],
  [3599, "59m 59s"],
  [3900, "1h 05m"],
  [86_399, "23h 59m"],
  [93_784, "1d 02h"],
  [40 * 86_400, "40d 00h"],
];

for (const [seconds, text] of FORMATTED) {
  Deno.test(`${seconds} seconds are shown as ${text}`, () => {
    assertEquals(formatDuration(seconds), text);
  });
}

Deno.test("a timeout is more than nothing", () => {
  assertEquals(parseSeconds("5m", "--x"), 300);
  for (const text of ["0", "0s", "-1", "x"]) {
    const error = assertThrows(() => parseSeconds(text, "--x"), UsageError);
    assertStringIncludes(error.message, `Cannot use "${text}" as --x: `);
  }
});

Deno.test("a count is a whole number from 1", () => {
  assertEquals(parseCount("20", "--tail"), 20);
  for (const text of ["0", "-1", "1.5", "x", "", "1e3", "9".repeat(16)]) {
    assertThrows(() => parseCount(text, "--tail"), UsageError, "--tail");
  }
});
