/**
 * What the schemas of the format refuse, and what they have to let pass: keys
 * and events that nobody knows yet.
 */
import { assertEquals, assertNotEquals } from "@std/assert";
import { parseTimestamp } from "../lib/session/times.ts";
import {
  type Check,
  checkBy,
  type Kind,
  readSchema,
} from "./support/schemas.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

const KINDS: Kind[] = ["status", "log"];
const check: Record<Kind, Check> = {
  status: checkBy(readSchema("status")),
  log: checkBy(readSchema("log")),
};

const GOOD = [
  "2026-02-13T10:15:00.123456+00:00",
  "2026-02-13T10:15:00Z",
  "2026-02-13 10:15",
  "2026-02-13T10:15:00.5",
  "2026-02-13T10:15:00,123456789-0330",
];
const BAD = [
  "",
  "now",
  "2026-02-13",
  "2026-13-13T10:15:00Z",
  "2026-02-13T25:15:00Z",
  "2026-02-13T10:15:00+1",
  "13.02.2026 10:15",
  " 2026-02-13T10:15:00Z",
];

Deno.test("the schemas take the timestamps that readers take, and no others", () => {
  const { $defs } = readSchema("log");
  const isTimestamp = checkBy($defs.timestamp);
  for (const text of GOOD) {
    assertEquals(isTimestamp(text), null, text);
    assertNotEquals(parseTimestamp(text), null, text);
  }
  for (const text of BAD) {
    assertNotEquals(isTimestamp(text), null, text);
    assertEquals(parseTimestamp(text), null, text);
  }
});

/** A copy of a schema's first example with a value put at a path. */
function changed(kind: Kind, path: string, value: unknown): Json {
  const whole = structuredClone(readSchema(kind).examples[0]);
  const keys = path.split(".");
  const last = keys.pop()!;
  const inner = keys.reduce((one, key) => one[key], whole);
  if (value === undefined) delete inner[last];
  else inner[last] = value;
  return whole;
}

const WRONG: [Kind, path: string, ...values: unknown[]][] = [
  ["status", "state", "done", "crashed", "Running", null, 1, undefined],
  ["status", "session_id", "", ".x", "a/b", "x.", "nul", "Com1.log", 7],
  ["status", "session_id", "x".repeat(129)],
  ["status", "progress_pct", -1, 101, 0.5, "50", null, undefined],
  ["status", "message", null, 3, undefined],
  ["status", "task_description", null, undefined],
  ["status", "errors", null, "no", [1], ["no"], undefined],
  ["status", "output_files", null, [null], {}, undefined],
  ["status", "metadata", null, [], "a=b", undefined],
  ["status", "started_at", ...BAD, 0, undefined],
  ["status", "last_heartbeat", ...BAD, 1.5],
  ["status", "completed_at", ...BAD, false],
  ["status", "ptrack", null, [], {}, 1],
  ["status", "ptrack.version", 0, "1", undefined],
  ["status", "ptrack.attempt", -1, 1.5, undefined],
  ["status", "ptrack.log_bytes", -1, null],
  ["status", "ptrack.log_tail", null, "x", {}, undefined],
  ["status", "ptrack.log_tail.bytes", 0, "238"],
  ["status", "ptrack.log_tail.timestamp", "now", undefined],
  ["status", "ptrack.errors_total", -1, null],
  ["status", "ptrack.elapsed_s", "1s", -1],
  ["status", "ptrack.progress_at", "now", 0],
  ["status", "ptrack.waiting", true, {}, { reason: null, since: null }],
  ["status", "ptrack.waiting.kind", "asleep", null],
  ["status", "ptrack.heartbeat_timeout", 0, -1, "5m", undefined],
  ["status", "ptrack.session_timeout", 0, "1h"],
  ["status", "ptrack.batch", 7, undefined],
  ["status", "ptrack.owner", 4711, {}, { pid: 0 }, { pid: 1, host: 1 }],
  ["status", "ptrack.child", "make", { pid: 1.5 }, { pid: 1, started: 5 }],
  ["status", "ptrack.ended_by", null, "cron"],
  ["status", "ptrack.agent", null, {}],
  ["log", "timestamp", ...BAD, null, 0, undefined],
  ["log", "event", null, 1, undefined],
  ["log", "state", "done", null],
  ["log", "progress_pct", -1, 101, 0.5],
  ["log", "details", null, [], "x", {}, undefined],
  ["log", "details.message", null, 1, "x".repeat(16385), undefined],
  ["log", "details.pct", -1, 101, 0.5, "50%"],
  ["log", "details.auto", "true", null],
  ["log", "details.metadata", null, []],
  ["log", "details.child", null, {}, { pid: "1" }],
  ["log", "details.owner", {}, { pid: 1 }],
  ["log", "details.agent", null, { tasks: { 1: "done" } }],
  ["log", "details.agent", { subagent: {} }, { all_tasks: 1 }],
  ["log", "id", "", 7, null],
  ["log", "attempt", 0, -1, "1", null, undefined],
];

for (const [kind, path, ...values] of WRONG) {
  Deno.test(`the schema refuses a ${kind} whose ${path} is wrong`, () => {
    for (const value of values) {
      const said = JSON.stringify(value) ?? "nothing";
      assertNotEquals(check[kind](changed(kind, path, value)), null, said);
    }
  });
}

const WRONG_DETAILS: [event: string, ...details: Json[]][] = [
  ["started", {}, { task: null }, { task: "", over: "bored" }],
  ["started", { task: "", ended_by: "x" }, { task: "", session_timeout: 0 }],
  ["waiting", {}, { reason: 1 }, { reason: "", kind: "asleep" }],
  ["error", {}, { error: null }, { error: "x", tail: "x" }],
  ["completed", {}, { output_files: "x" }, { output_files: [], by: "me" }],
  ["failed", {}, { error: 1 }, { error: "x", exit_code: "1" }],
  ["failed", { error: "x", signal: 9 }, { error: "x", signal: "kill" }],
];

for (const [event, ...list] of WRONG_DETAILS) {
  Deno.test(`the schema refuses a line whose details of ${event} are wrong`, () => {
    for (const details of list) {
      const line = { ...changed("log", "event", event), details };
      assertNotEquals(check.log(line), null, JSON.stringify(details));
    }
  });
}

Deno.test("unknown keys and unknown events are taken, wherever they are", () => {
  const grow = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(grow);
    if (typeof value !== "object" || value === null) return value;
    const pairs = Object.entries(value).map(([key, one]) => [key, grow(one)]);
    return { ...Object.fromEntries(pairs), of_tomorrow: [{}] };
  };
  for (const kind of KINDS) {
    for (const example of readSchema(kind).examples) {
      assertEquals(check[kind](grow(example)), null);
    }
  }
  const agent = { session: "", process: null, tasks: {}, subagents: {} };
  const known = { ...agent, subagents_total: 0, of_tomorrow: 1 };
  assertEquals(check.status(changed("status", "ptrack.agent", known)), null);
  const other = changed("log", "event", "compacted");
  assertEquals(check.log({ ...other, details: { error: 1 } }), null);
  assertEquals(check.log(changed("log", "details.x", 1)), null);
});
