/** What viewers are told: only what is new, and each change once. */
import { assert, assertEquals } from "@std/assert";
import type { LogLine, SessionView } from "../../lib/session/types.ts";
import type { LogPage, LogRange } from "../../lib/store/store.ts";
import { LiveState } from "../../lib/web/live_state.ts";
import { after, snapshotOf, viewOf } from "../support/session_views.ts";

function line(seconds: number, event: string): LogLine {
  return {
    timestamp: after(seconds),
    event,
    session_id: "s",
    state: "running",
    progress_pct: 0,
    details: {},
    id: "",
    attempt: 1,
  };
}

/** Logs in memory, which count how often they are read. */
class Logs {
  lines: LogLine[] = [line(0, "started")];
  identity = "first";
  reads = 0;

  readLog(_ref: unknown, { after }: LogRange = {}): Promise<LogPage> {
    this.reads++;
    const from = after?.identity === this.identity ? after.offset : 0;
    const cursor = { offset: this.lines.length, identity: this.identity };
    return Promise.resolve({ lines: this.lines.slice(from), cursor });
  }
}

const take = (state: LiveState, views: SessionView[], seconds: number) =>
  state.take([snapshotOf(views, seconds)], seconds * 1000);

Deno.test("a snapshot without changes tells nothing and reads no log", async () => {
  const logs = new Logs();
  const state = new LiveState(logs, "adrs");
  const views = [viewOf("a"), viewOf("b")];
  const first = await take(state, views, 60);
  assertEquals(first?.changed.map(({ id }) => id), ["a", "b"]);
  assertEquals(logs.reads, 2);
  assertEquals(await take(state, views, 65), null);
  assertEquals([logs.reads, first?.version], [2, 1]);
});

Deno.test("only the changed session is told, and its log is read on", async () => {
  const logs = new Logs();
  const state = new LiveState(logs, "adrs");
  const [a, b] = [viewOf("a"), viewOf("b")];
  await take(state, [a, b], 60);
  logs.lines.push(line(61, "waiting"));
  const now = viewOf("b", { message: "News", last_heartbeat: after(61) });
  const delta = await take(state, [a, now], 62);
  assertEquals(delta?.changed.map(({ id }) => id), ["b"]);
  assertEquals(delta?.changed[0]?.history.waits.length, 1);
  assertEquals(delta?.changed[0]?.history.runs.length, 1);
  assertEquals(delta?.version, 2);
});

Deno.test("a verdict that changes with time is told; a growing age is not", async () => {
  const logs = new Logs();
  const state = new LiveState(logs, "adrs");
  const views = [viewOf("a")];
  await take(state, views, 60);
  const stale = await take(state, views, 200);
  assertEquals(stale?.changed[0]?.word, "stale");
  assertEquals(await take(state, views, 205), null);
  const older = await take(state, views, 265);
  assert(
    older?.changed[0]?.reason.includes("4m"),
    "ages are told now and then",
  );
});

Deno.test("a log that was replaced is read from the start", async () => {
  const logs = new Logs();
  const state = new LiveState(logs, "adrs");
  logs.lines.push(line(1, "error"), line(2, "error"));
  await take(state, [viewOf("a")], 60);
  logs.lines = [line(70, "started")];
  logs.identity = "second";
  const delta = await take(state, [viewOf("a", { message: "Again" })], 71);
  assertEquals(delta?.changed[0]?.history.errorsMs, []);
  assertEquals(delta?.changed[0]?.history.runs.length, 1);
});

Deno.test("a session that is gone is told, and has no details any more", async () => {
  const state = new LiveState(new Logs(), "adrs");
  await take(state, [viewOf("a"), viewOf("b")], 60);
  assert(await state.detail("adrs/b"));
  const delta = await take(state, [viewOf("a")], 61);
  assertEquals(delta?.removed, ["adrs/b"]);
  assertEquals(await state.detail("adrs/b"), null);
  const last = await state.take([], 62_000);
  assertEquals(last?.removed, ["adrs/a"]);
});

Deno.test("a session whose log cannot be read stays on the page", async () => {
  const logs = { readLog: () => Promise.reject(new Error("no")) };
  const state = new LiveState(logs, "adrs");
  const delta = await take(state, [viewOf("a")], 60);
  assertEquals(delta?.changed[0]?.history.runs, []);
  assertEquals((await state.detail("adrs/a"))?.lines, []);
});
