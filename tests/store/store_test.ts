/**
 * What every store must do, told by the interface alone. Another kind of store
 * adds itself to STORES.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { NotFoundError, RefusedError } from "../../lib/errors.ts";
import type { LogLine } from "../../lib/session/types.ts";
import type { LogRange, SessionStore } from "../../lib/store/store.ts";
import { SessionTracker } from "../../lib/tracker.ts";
import type { FakePlatform } from "../support/fake_platform.ts";
import { MemoryStore } from "../support/memory_store.ts";

/** A new and empty store, and a clock to turn. */
interface Bench {
  store: SessionStore;
  platform: FakePlatform;
}

const STORES: Record<string, () => Bench> = { files: () => new MemoryStore() };

const REF = { workspace: "w", sessionId: "s" };

/** A tracker of the one session that most of these are about. */
function trackerOf({ store, platform }: Bench, ref = REF): SessionTracker {
  return new SessionTracker(ref, { store, platform });
}

/** Declares a test for each kind of store. */
function everyStore(name: string, test: (bench: Bench) => Promise<void>): void {
  for (const [kind, open] of Object.entries(STORES)) {
    Deno.test(`${kind}: ${name}`, () => test(open()));
  }
}

everyStore("what does not exist is null or empty", async ({ store }) => {
  assertEquals(await store.workspaces(), []);
  assertEquals(await store.sessionIds("w"), []);
  assertEquals(await store.read(REF), null);
  assertEquals(await store.list("w"), null);
  assertEquals(await store.readLog(REF), null);
  assertEquals(await store.remove(REF, () => true), false);
  assertEquals(await store.removeWorkspace("w"), false);
  assertEquals(await store.survey("w"), []);
});

everyStore("names are sorted", async (bench) => {
  for (const name of ["b", "a", "c"]) {
    await trackerOf(bench, { workspace: name, sessionId: "s" }).start();
    await trackerOf(bench, { workspace: "w", sessionId: name }).start();
  }
  const { store } = bench;
  assertEquals(await store.workspaces(), ["a", "b", "c", "w"]);
  assertEquals(await store.sessionIds("w"), ["a", "b", "c"]);
  const entries = (await store.list("w"))!;
  const idsOf = async (some: readonly string[]) =>
    (await store.readSome("w", some)).map(({ sessionId }) => sessionId);
  assertEquals(await idsOf(entries), ["a", "b", "c"]);
  assertEquals(await idsOf(entries.slice(1)), ["b", "c"]);
});

everyStore("only a start makes a session", async (bench) => {
  await assertRejects(() => trackerOf(bench).heartbeat(), NotFoundError);
  assertEquals(await bench.store.workspaces(), []);
  await trackerOf(bench).start("task");
  const view = (await bench.store.read(REF))!;
  assertEquals([view.condition, view.status.state], ["readable", "running"]);
  assertEquals(view.status.task_description, "task");
});

everyStore(
  "what the decision throws is thrown, and nothing is recorded",
  async (bench) => {
    await trackerOf(bench).start();
    const refusal = new RefusedError("no");
    await assertRejects(
      () =>
        bench.store.record(REF, () => {
          throw refusal;
        }),
      RefusedError,
      "no",
    );
    assertEquals((await bench.store.readLog(REF))!.lines.length, 1);
  },
);

everyStore(
  "an event of an attempt that has ended does not count",
  async (bench) => {
    await trackerOf(bench).start();
    await trackerOf(bench).complete();
    const { counted, status } = await bench.store.record(REF, () => ({
      event: "failed",
      details: { error: "late" },
      attempt: 1,
    }));
    assertEquals([counted, status.state], [false, "completed"]);
  },
);

everyStore(
  "the log is read from its end, and on from a page",
  async (bench) => {
    const { store } = bench;
    await trackerOf(bench).start();
    for (const text of ["one", "two"]) await trackerOf(bench).error(text);
    const page = (await store.readLog(REF, { last: 2 }))!;
    const errors = page.lines.map(({ details }) => details["error"]);
    assertEquals(errors, ["one", "two"]);
    await trackerOf(bench).error("three");
    const next = (await store.readLog(REF, { after: page.cursor }))!;
    assertEquals(next.lines.map(({ details }) => details["error"]), ["three"]);
    assertEquals((await store.readLog(REF))!.lines.length, 4);
  },
);

everyStore(
  "the last lines of a log can be those of one attempt, without some",
  async (bench) => {
    const { store } = bench;
    const errors = async (range: LogRange) =>
      (await store.readLog(REF, range))!.lines
        .map(({ event, details }) => details["error"] ?? event);
    await trackerOf(bench).start();
    await trackerOf(bench).error("old");
    await trackerOf(bench).complete();
    await trackerOf(bench).start("Again", { restart: true });
    for (let count = 0; count < 300; count++) {
      await trackerOf(bench).error(count % 100 === 0 ? `${count}` : "noise");
    }
    const leaveOut = ({ details }: LogLine) => details["error"] === "noise";
    assertEquals(await errors({ last: 2, leaveOut }), ["100", "200"]);
    const second = ["started", "0", "100", "200"];
    assertEquals(await errors({ last: 9, leaveOut, attempt: 2 }), second);
    const first = ["started", "old", "completed"];
    assertEquals(await errors({ last: 9, attempt: 1 }), first);
    assertEquals(await errors({ leaveOut, attempt: 2 }), second);
  },
);

everyStore(
  "a feed shows sessions as they come, change and go",
  async (bench) => {
    const { store, platform } = bench;
    const feed = await store.feed(null, 1_000);
    const states = () =>
      (feed.read().get("w") ?? []).map(({ status }) => status.state);
    assertEquals(states(), []);
    const act = async (change: () => Promise<unknown>) => {
      const changed = feed.changed(5_000);
      await change();
      await platform.time.advance(5_000);
      await changed;
      return states();
    };
    assertEquals(await act(() => trackerOf(bench).start()), ["running"]);
    assertEquals(await act(() => trackerOf(bench).complete()), ["completed"]);
    assertEquals(await act(() => store.remove(REF, () => true)), []);
    feed.close();
  },
);

everyStore("a session is removed only if the caller agrees", async (bench) => {
  const { store } = bench;
  await trackerOf(bench).start();
  assertEquals(await store.remove(REF, () => false), false);
  assertEquals(await store.removeWorkspace("w"), false);
  const [survey] = await store.survey(null);
  assertEquals(survey!.sessions.map(({ view }) => view.sessionId), ["s"]);
  assertEquals(await store.remove(REF, () => true), true);
  assertEquals(await store.read(REF), null);
  assertEquals(await store.removeWorkspace("w"), true);
  assertEquals(await store.workspaces(), []);
});

everyStore("a place that is made can be written to", async ({ store }) => {
  await store.create();
  const check = await store.check("fix");
  const { exists, writeProblem, temporaries, fixProblem } = check;
  assert(exists);
  assertEquals([writeProblem, temporaries, fixProblem], ["", 0, ""]);
});
