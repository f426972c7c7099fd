/** Values of options: the good ones and the bad ones. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  parseCount,
  parseMetadata,
  parsePercent,
  parseSeconds,
} from "../../lib/cli/options.ts";
import { UsageError } from "../../lib/errors.ts";

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

Deno.test("a timeout is more than nothing", () => {
  assertEquals(parseSeconds("5m", "--x"), 300);
  for (const text of ["0", "0s", "-1", "x"]) {
    const error = assertThrows(() => parseSeconds(text, "--x"), UsageError);
    assertStringIncludes(error.message, `Cannot use "${text}" as --x: `);
  }
  for (const unit of ["seconds", "minutes"] as const) {
    assertThrows(
      () => parseSeconds("abc", "--x", unit),
      UsageError,
      `a duration is like 90s, 5m, 2h or 1h30m; a number alone is ${unit}`,
    );
  }
});

Deno.test("a count is a whole number from 1", () => {
  assertEquals(parseCount("20", "--tail"), 20);
  for (const text of ["0", "-1", "1.5", "x", "", "1e3", "9".repeat(16)]) {
    assertThrows(() => parseCount(text, "--tail"), UsageError, "--tail");
  }
});
