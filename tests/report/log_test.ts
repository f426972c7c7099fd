import { assert, assertEquals } from "@std/assert";
import { jsonLine } from "../../lib/report/json.ts";
import { logLineText, logText } from "../../lib/report/log.ts";
import { parseLine } from "../../lib/session/event.ts";
import type { LogLine } from "../../lib/session/types.ts";
import { referenceLog, referenceOutput } from "../support/session_views.ts";

function line(parts: Record<string, unknown>): LogLine {
  return parseLine(JSON.stringify({
    timestamp: "2026-02-13T10:00:00.5+00:00",
    event: "heartbeat",
    state: "running",
    progress_pct: 7,
    details: {},
    ...parts,
  }))!;
}

const HEAD =
  "  [2026-02-13T10:00:00] heartbeat    state=running    pct=  7% | ";

function detailsOf(details: unknown): string {
  const text = logLineText(line({ details }), 0);
  assert(text.startsWith(HEAD), text);
  return text.slice(HEAD.length);
}

for (const sessionId of ["a-running", "b-completed", "c-failed", "d-stale"]) {
  Deno.test(`the log of ${sessionId} is printed as the original did`, () => {
    assertEquals(
      logText({ workspace: "adrs", sessionId }, referenceLog(sessionId), 0),
      referenceOutput(`log-${sessionId}.out`),
    );
  });
}

Deno.test("the last lines of a log are printed as the original did", () => {
  assertEquals(
    logText(
      { workspace: "adrs", sessionId: "a-running" },
      referenceLog("a-running").slice(-2),
      0,
    ),
    referenceOutput("log-a-running-tail2.out"),
  );
});

Deno.test("details are ASCII JSON with spaces, as Python writes it", () => {
  assertEquals(
    detailsOf({ a: [1, 2.5, null, true], b: {}, c: { d: "é" } }),
    '{"a": [1, 2.5, null, true], "b": {}, "c": {"d": "\\u00e9"}}',
  );
  assertEquals(
    detailsOf({ m: '\x1b[2J\x7f\n"\\😱' }),
    '{"m": "\\u001b[2J\\u007f\\n\\"\\\\\\ud83d\\ude31"}',
  );
});

Deno.test("details are cut at sixty characters, wherever that is", () => {
  const whole = `{"k": "${"v".repeat(80)}"}`;
  assertEquals(detailsOf({ k: "v".repeat(80) }), whole.slice(0, 60));
  for (let length = 45; length < 60; length++) {
    const text = `{"k": "${"v".repeat(length)}", "l": [1, "é"]}`
      .replace("é", "\\u00e9");
    const details = { k: "v".repeat(length), l: [1, "é"] };
    assertEquals(detailsOf(details), text.slice(0, 60));
  }
});

Deno.test("large and deeply nested details are cut", () => {
  let deep: unknown = [];
  for (let level = 0; level < 60; level++) deep = [deep];
  assertEquals(detailsOf({ deep }), `{"deep": ${"[".repeat(51)}`);
  assertEquals(detailsOf({ m: "漢".repeat(60_000) }).length, 60);
});

Deno.test("foreign values stay in their columns", () => {
  const text = logLineText(
    line({
      timestamp: "now\n",
      event: "\x1b[2J" + "e".repeat(500),
      state: "a\nb",
    }),
    0,
  );
  assertEquals(
    text,
    `  [?                  ] ␛[2J${"e".repeat(20)} state=a b` +
      "        pct=  7% | {}",
  );
});

Deno.test("times are local, and the head says how far they are from UTC", () => {
  const noon = [line({ timestamp: "2026-02-13T12:00:00+02:00" })];
  const ref = { workspace: "adrs", sessionId: "a" };
  const shown = (offset: number) => logText(ref, noon, offset).split("\n");
  assertEquals(shown(0)[1], "Log for adrs/a (last 1 entries):");
  assert(shown(0)[3]!.startsWith("  [2026-02-13T10:00:00] "));
  const [, head, , row] = shown(-210);
  assertEquals(head, "Log for adrs/a (last 1 entries, times are UTC-03:30):");
  assert(row!.startsWith("  [2026-02-13T06:30:00] "), row);
});

Deno.test("a log without lines says so", () => {
  assertEquals(
    logText({ workspace: "adrs", sessionId: "a\nb" }, [], 0),
    `\nLog for adrs/"a\\nb" (last 0 entries):\n${"-".repeat(70)}\n\n`,
  );
});

Deno.test("the JSON form is the line as it stands, on one line", () => {
  const given = line({ details: { m: "a\n\x9b漢" }, id: "x1", attempt: 2 });
  const text = jsonLine(given);
  assert(!text.includes("\n") && !text.includes("\x9b"));
  assertEquals(JSON.parse(text), given);
});
