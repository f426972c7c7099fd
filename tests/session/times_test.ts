/** Timestamps and durations: the spellings that are read, and how they are shown. */
import { assertEquals } from "@std/assert";
import {
  formatDuration,
  formatTimestamp,
  parseDuration,
  parseTimestamp,
} from "../../lib/session/times.ts";

Deno.test("timestamps of every usual spelling are read as the same moment", () => {
  const moment = parseTimestamp("2026-02-13T10:15:00.123456+00:00");
  for (
    const spelling of [
      "2026-02-13T10:15:00.123456Z",
      "2026-02-13T11:15:00.123456+01:00",
      "2026-02-13T04:45:00.123456-05:30",
      "2026-02-13T10:15:00.123456",
      "2026-02-13 10:15:00.123456",
    ]
  ) assertEquals(parseTimestamp(spelling), moment, spelling);
  assertEquals(
    parseTimestamp("2026-02-13T10:15:00Z"),
    parseTimestamp("2026-02-13T10:15:00.000000+00:00"),
  );
  for (const none of ["", "yesterday", "2026-13-40T99:99:99Z", null, 7, {}]) {
    assertEquals(parseTimestamp(none), null);
  }
  assertEquals(formatTimestamp(moment!), "2026-02-13T10:15:00.123456+00:00");
});

Deno.test("our own form is read as every other is, on every day and time", () => {
  const days = [1, 28, 29, 30, 31, 32, 0, 13].map((day) => two(day));
  const times = ["00:00:00", "23:59:59", "24:00:00", "23:60:00", "23:59:60"];
  for (const year of ["1969", "1970", "2024", "2026", "2100", "1700"]) {
    for (let month = 0; month <= 13; month++) {
      for (const day of days) {
        for (const time of times) {
          const moment = `${year}-${two(month)}-${day}T${time}.123456`;
          const ours = parseTimestamp(`${moment}+00:00`);
          assertEquals(ours, parseTimestamp(`${moment}Z`), moment);
        }
      }
    }
  }
  const noDigit = "2026-02-13T10:15:00.12345x+00:00";
  assertEquals(parseTimestamp(noDigit), null);
});

function two(count: number): string {
  return String(count).padStart(2, "0");
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
  assertEquals(parseDuration("120", "minutes"), 7200);
  assertEquals(parseDuration("0.5", "minutes"), 30);
  assertEquals(parseDuration("90s", "minutes"), 90);
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
