import { assert, assertEquals, assertRejects } from "@std/assert";
import { NotFoundError, UsageError } from "../lib/errors.ts";
import {
  SessionMonitor,
  type SessionMonitorOptions,
  type WaitForAllOptions,
  type WaitOutcome,
} from "../lib/monitor.ts";
import { select } from "../lib/session/snapshot.ts";
import { blankBookkeeping, blankStatus } from "../lib/session/status.ts";
import { formatTimestamp } from "../lib/session/times.ts";
import type {
  SessionRef,
  SessionView,
  Snapshot,
  Status,
} from "../lib/session/types.ts";
import { verdictWord } from "../lib/session/verdict.ts";
import type { Feed, SessionStore } from "../lib/store/store.ts";
import { FakeClock } from "./support/fake_platform.ts";
import { FakeProcesses } from "./support/fake_processes.ts";

const MINUTE_MS = 60_000;
const OWNER = { pid: 7, started: "1", host: "h", boot: "b", ns: "n" };

/** Sessions that a test sets, and a feed that hears of it at once. */
class FakeSessions {
  readonly clock = new FakeClock();
  readonly #workspaces = new Map<string, Map<string, SessionView>>();
  readonly #waiting = new Set<() => void>();
  feeds = 0;
  /** How long a feed reads. */
  readMs = 0;
  /** How often a single session was read. */
  reads = 0;
  /** What feeds still have of a session that has changed meanwhile. */
  readonly late = new Map<string, SessionView>();
  /** What feeds give until something changes. */
  #lists = new Map<string, readonly SessionView[]>();

  readonly store = {
    location: "/fake/.parallel",
    workspaces: () => Promise.resolve([...this.#workspaces.keys()].sort()),
    list: (workspace: string) =>
      Promise.resolve(
        this.#views(workspace)?.map(({ sessionId }) => sessionId) ?? null,
      ),
    readSome: (workspace: string) => Promise.resolve(this.#views(workspace)),
    read: ({ workspace, sessionId }: SessionRef) => {
      this.reads++;
      const view = this.#workspaces.get(workspace)?.get(sessionId);
      return Promise.resolve(view ?? null);
    },
    feed: (workspace: string | null) => Promise.resolve(this.#feed(workspace)),
  } as unknown as SessionStore;

  /** Sets a session; the workspace is `w`. */
  set(sessionId: string, status: Partial<Status>, workspace = "w"): void {
    const ref = { workspace, sessionId };
    const at = formatTimestamp(this.clock.nowUs());
    const sessions = this.#workspaces.get(workspace) ?? new Map();
    const before = sessions.get(sessionId)?.status ?? {
      ...blankStatus(ref),
      state: "running",
      started_at: at,
      ptrack: blankBookkeeping(),
    };
    const ended = status.state === "completed" || status.state === "failed";
    sessions.set(sessionId, {
      ...ref,
      condition: "readable",
      status: {
        ...before,
        last_heartbeat: at,
        completed_at: ended ? at : null,
        ...status,
      },
      problem: "",
      note: "",
      modifiedUs: this.clock.nowUs(),
    });
    this.#workspaces.set(workspace, sessions);
    this.#tell();
  }

  /** The session as it is now is all that feeds hear of it. */
  delay(sessionId: string): void {
    this.late.set(sessionId, this.view(sessionId));
  }

  /** A session of the workspace `w`, as it is. */
  view(sessionId: string): SessionView {
    return this.#workspaces.get("w")!.get(sessionId)!;
  }

  remove(sessionId: string): void {
    this.#workspaces.get("w")?.delete(sessionId);
    this.#tell();
  }

  #tell(): void {
    this.#lists.clear();
    for (const wake of [...this.#waiting]) wake();
  }

  #views(workspace: string): SessionView[] | null {
    const sessions = this.#workspaces.get(workspace);
    return sessions === undefined ? null : [...sessions.values()];
  }

  /** As a feed has it whose events are late. */
  #heard(workspace: string): readonly SessionView[] {
    const known = this.#lists.get(workspace);
    if (known !== undefined) return known;
    const views = this.#views(workspace) ?? [];
    const heard = views.map((view) => this.late.get(view.sessionId) ?? view);
    this.#lists.set(workspace, heard);
    return heard;
  }

  #feed(workspace: string | null): Feed {
    this.feeds++;
    return {
      read: () => {
        this.clock.pause(this.readMs);
        const names = workspace === null
          ? [...this.#workspaces.keys()].sort()
          : [workspace].filter((name) => this.#workspaces.has(name));
        return new Map(names.map((name) => [name, this.#heard(name)]));
      },
      changed: async (ms, signal) => {
        const heard = new AbortController();
        const wake = () => heard.abort();
        this.#waiting.add(wake);
        signal?.addEventListener("abort", wake);
        await this.clock.sleep(ms, heard.signal);
        this.#waiting.delete(wake);
      },
      close: () => void this.feeds--,
    };
  }
}

interface Waiting {
  outcome: WaitOutcome | null;
  snapshots: (Snapshot | null)[];
}

/** A monitor of the workspace `w`, or of all. */
function monitorOf(
  { store, clock }: FakeSessions,
  options: Partial<SessionMonitorOptions> = {},
  systemCalls = new FakeProcesses(),
): SessionMonitor {
  const platform = { clock, system: "linux" as const, systemCalls };
  return new SessionMonitor({ workspace: "w", ...options }, {
    store,
    platform,
  });
}

/** Begins a wait, and keeps what comes of it. */
function begin(
  sessions: FakeSessions,
  options: WaitForAllOptions = {},
): Waiting {
  const waiting: Waiting = { outcome: null, snapshots: [] };
  monitorOf(sessions).waitForAll({
    onLook: (snapshot) => void waiting.snapshots.push(snapshot),
    ...options,
  }).then((outcome) => waiting.outcome = outcome);
  return waiting;
}

Deno.test("a wait ends as soon as the last session is done", async () => {
  const sessions = new FakeSessions();
  sessions.set("a", {});
  sessions.set("b", { state: "completed" });
  const waiting = begin(sessions);
  await sessions.clock.advance(MINUTE_MS);
  assertEquals(waiting.outcome, null);
  sessions.set("a", { state: "completed" });
  await sessions.clock.advance(0);
  assertEquals(waiting.outcome?.reason, "completed");
  assertEquals(waiting.outcome?.exitCode, 0);
  assertEquals(sessions.feeds, 0);
});

Deno.test("a wait that runs out of time is never a success", async () => {
  const sessions = new FakeSessions();
  sessions.set("a", { state: "completed" });
  sessions.set("b", {
    ptrack: { ...blankBookkeeping(), waiting: { reason: "?", since: null } },
  });
  const waiting = begin(sessions, { timeoutS: 5 * 60 });
  await sessions.clock.advance(5 * MINUTE_MS - 1);
  assertEquals(waiting.outcome, null);
  await sessions.clock.advance(1);
  assertEquals(waiting.outcome?.exitCode, 124);
});

Deno.test("a wait for what never comes runs out of time", async () => {
  const sessions = new FakeSessions();
  const waiting = begin(sessions, { expect: 1, timeoutS: 60 });
  await sessions.clock.advance(MINUTE_MS);
  assertEquals(waiting.outcome?.exitCode, 124);
  assertEquals(waiting.outcome?.snapshot, null);
});

Deno.test("a wait with a timeout of 0 takes one snapshot", async () => {
  const sessions = new FakeSessions();
  sessions.set("a", { state: "completed" });
  const done = begin(sessions, { timeoutS: 0 });
  await sessions.clock.advance(0);
  assertEquals(done.outcome?.exitCode, 0);
  sessions.set("b", {});
  const open = begin(sessions, { timeoutS: 0 });
  await sessions.clock.advance(0);
  assertEquals(open.outcome?.exitCode, 124);
});

Deno.test("a wait notices a timeout although nobody writes", async () => {
  const sessions = new FakeSessions();
  sessions.set("a", {});
  const waiting = begin(sessions);
  await sessions.clock.advance(299_000);
  assertEquals(waiting.outcome, null);
  await sessions.clock.advance(10_000);
  assertEquals(waiting.outcome?.reason, "failed");
  assertEquals(waiting.outcome?.exitCode, 1);
  assertEquals(waiting.outcome?.sessions, ["a"]);
});

Deno.test("after a sleep of the machine a session has one heartbeat timeout of grace", async () => {
  const sessions = new FakeSessions();
  const { clock } = sessions;
  sessions.set("a", {});
  const waiting = begin(sessions, { timeoutS: 600 * 60 });
  await clock.advance(MINUTE_MS);
  // Two hours pass while nothing runs.
  clock.set(clock.nowUs() + 120 * MINUTE_MS * 1000);
  await clock.advance(10_000);
  assertEquals(waiting.outcome, null);
  assertEquals(waiting.snapshots.at(-1)?.totals.running, 1);
  await clock.advance(280_000);
  assertEquals(waiting.outcome, null);
  await clock.advance(20_000);
  assertEquals(waiting.outcome?.exitCode, 1);
});

Deno.test("a sleep of the machine does not use up a wait's timeout", async () => {
  const sessions = new FakeSessions();
  const { clock } = sessions;
  sessions.set("a", {});
  const waiting = begin(sessions, { timeoutS: 60 * 60 });
  await clock.advance(MINUTE_MS);
  clock.set(clock.nowUs() + 120 * MINUTE_MS * 1000);
  await clock.advance(10_000);
  sessions.set("a", { state: "completed" });
  await clock.advance(0);
  assertEquals(waiting.outcome?.exitCode, 0);
});

for (const [direction, minutes] of [["back", -60], ["forward", 600]] as const) {
  Deno.test(`a clock that is set ${direction} changes no wait's timeout`, async () => {
    const sessions = new FakeSessions();
    const { clock } = sessions;
    sessions.set("a", {});
    const waiting = begin(sessions, { timeoutS: 60 });
    await clock.advance(1_000);
    clock.set(clock.nowUs() + minutes * MINUTE_MS * 1000);
    await clock.advance(58_000);
    assertEquals(waiting.outcome, null);
    await clock.advance(1_000);
    assertEquals(waiting.outcome?.reason, "timed_out");
  });
}

Deno.test("waking up less than half a minute late gives no grace", async () => {
  const sessions = new FakeSessions();
  const { clock } = sessions;
  sessions.set("a", {});
  const waiting = begin(sessions);
  await clock.advance(290_000);
  clock.set(clock.nowUs() + 20_000_000);
  await clock.advance(5_000);
  assertEquals(waiting.outcome?.exitCode, 1);
});

Deno.test("an aborted wait has its own reason and exit code", async () => {
  const sessions = new FakeSessions();
  sessions.set("a", {});
  const abort = new AbortController();
  const waiting = begin(sessions, { signal: abort.signal });
  await sessions.clock.advance(1_000);
  abort.abort();
  await sessions.clock.advance(0);
  assertEquals(waiting.outcome?.reason, "aborted");
  assertEquals(waiting.outcome?.exitCode, 130);
  assertEquals(sessions.feeds, 0);
});

Deno.test("the outcome names a session that vanished", async () => {
  const sessions = new FakeSessions();
  sessions.set("a", {});
  sessions.set("b", { state: "completed" });
  const waiting = begin(sessions);
  await sessions.clock.advance(1_000);
  sessions.remove("a");
  await sessions.clock.advance(0);
  assertEquals(waiting.outcome?.exitCode, 1);
  assertEquals(waiting.outcome?.vanished, ["a"]);
});

Deno.test("a selection narrows each snapshot", async () => {
  const sessions = new FakeSessions();
  const batch = (name: string) => ({
    ptrack: { ...blankBookkeeping(), batch: name },
  });
  const ids: string[][] = [];
  const following = (async () => {
    const selection = { batch: "today", leaveOut: ["self"] };
    const changes = monitorOf(sessions).changes({ selection, timeoutMs: 1 });
    for await (const [snapshot] of changes) {
      ids.push(snapshot?.sessions.map(({ view }) => view.sessionId) ?? []);
    }
  })();
  await sessions.clock.advance(0);
  sessions.set("old", batch("yesterday"));
  sessions.set("self", batch("today"));
  sessions.set("new", batch("today"));
  await sessions.clock.advance(1);
  await following;
  assertEquals(ids, [[], ["new"], ["new"]]);
});

Deno.test("changes come at once, at each change, at each tick and at the end", async () => {
  const sessions = new FakeSessions();
  const seen: string[] = [];
  const abort = new AbortController();
  const monitor = monitorOf(sessions);
  const following = (async () => {
    const options = { tickMs: 1_000, signal: abort.signal };
    for await (const [snapshot] of monitor.changes(options)) {
      seen.push(
        snapshot?.sessions.map(({ view }) => view.status.message).join() ?? "-",
      );
    }
  })();
  await sessions.clock.advance(1_500);
  sessions.set("a", { message: "one" });
  await sessions.clock.advance(500);
  sessions.set("a", { message: "two" });
  await sessions.clock.advance(0);
  abort.abort();
  await following;
  assertEquals(seen, ["-", "-", "one", "two", "two"]);
  assertEquals(sessions.feeds, 0);
});

/** Follows changes that tick once an hour; the words of each snapshot. */
function follow(sessions: FakeSessions, systemCalls?: FakeProcesses) {
  const seen: string[] = [];
  const abort = new AbortController();
  const options = { tickMs: 60 * MINUTE_MS, signal: abort.signal };
  const changes = monitorOf(sessions, {}, systemCalls).changes(options);
  const following = (async () => {
    for await (const [snapshot] of changes) {
      const words = snapshot?.sessions.map(({ verdict }) =>
        verdictWord(verdict)
      );
      seen.push(words?.join(" ") ?? "-");
    }
  })();
  const end = () => {
    abort.abort();
    return following;
  };
  return { seen, end };
}

Deno.test("between ticks, a verdict that time changes brings a snapshot", async () => {
  const sessions = new FakeSessions();
  const ptrack = { ...blankBookkeeping(), heartbeat_timeout: 60 };
  sessions.set("a", { ptrack });
  const { seen, end } = follow(sessions);
  await sessions.clock.advance(30_000);
  assertEquals(seen, ["running"]);
  await sessions.clock.advance(5_000);
  assertEquals(seen, ["running", "stale"]);
  await sessions.clock.advance(30_000);
  assertEquals(seen.at(-1), "timed_out");
  sessions.set("a", { state: "completed" });
  await sessions.clock.advance(30 * MINUTE_MS);
  assertEquals(seen.at(-1), "completed");
  const { length } = seen;
  await sessions.clock.advance(30 * MINUTE_MS);
  assertEquals(seen.length, length + 1);
  await end();
});

Deno.test("between ticks, a crash brings a snapshot within 5 s", async () => {
  const sessions = new FakeSessions();
  const processes = new FakeProcesses();
  processes.machine = { host: "h", boot: "b", ns: "n" };
  processes.states.set(OWNER.pid, { kind: "alive", started: OWNER.started });
  const ptrack = { ...blankBookkeeping(), owner: OWNER };
  sessions.set("a", { ptrack });
  const { seen, end } = follow(sessions, processes);
  await sessions.clock.advance(30_000);
  const { length } = seen;
  await sessions.clock.advance(30_000);
  assertEquals(seen.length, length);
  processes.states.set(OWNER.pid, { kind: "gone" });
  await sessions.clock.advance(5_000);
  assertEquals(seen.slice(length), ["crashed"]);
  await end();
});

Deno.test("between ticks, a sleep of the machine brings a snapshot", async () => {
  const sessions = new FakeSessions();
  const { clock } = sessions;
  sessions.set("a", { state: "completed" });
  const { seen, end } = follow(sessions);
  await clock.advance(30_000);
  assertEquals(seen.length, 1);
  clock.set(clock.nowUs() + 10 * MINUTE_MS * 1000);
  await clock.advance(5_000);
  assertEquals(seen.length, 2);
  await end();
});

Deno.test("leaving the loop closes the feed", async () => {
  const sessions = new FakeSessions();
  sessions.set("a", {});
  sessions.set("x", {}, "v");
  const monitor = monitorOf(sessions, { workspace: null });
  for await (const snapshots of monitor.changes()) {
    assertEquals(snapshots.map(({ workspace }) => workspace), ["v", "w"]);
    break;
  }
  assertEquals(sessions.feeds, 0);
});

Deno.test("a workspace that does not exist is not an empty success", async () => {
  const sessions = new FakeSessions();
  sessions.set("a", {});
  sessions.set("x", {}, "v");
  const nowhere = monitorOf(sessions, { workspace: "nowhere" });
  assertEquals(await nowhere.snapshots(), []);
  await assertRejects(() => nowhere.pollAll(), NotFoundError, '"nowhere"');
  assertEquals((await monitorOf(sessions).pollAll()).totals.running, 1);
  const all = monitorOf(sessions, { workspace: null });
  assertEquals((await all.snapshots()).length, 2);
  await assertRejects(() => all.pollAll(), UsageError, "name one");
});

Deno.test("a limit of the monitor comes before the session's own", async () => {
  const sessions = new FakeSessions();
  sessions.set("a", {
    ptrack: { ...blankBookkeeping(), heartbeat_timeout: 3_600 },
  });
  await sessions.clock.advance(20_000);
  const strict = monitorOf(sessions, { heartbeatTimeoutS: 10 });
  assertEquals((await strict.pollAll()).totals.timed_out, 1);
  assertEquals((await monitorOf(sessions).pollAll()).totals.running, 1);
});

Deno.test("since and batch leave out sessions that have not begun", () => {
  const ref = { workspace: "w", sessionId: "p" };
  const view = (status: Partial<Status>): SessionView => ({
    ...ref,
    condition: "readable",
    status: { ...blankStatus(ref), ...status },
    problem: "",
    note: "",
    modifiedUs: 5_000_000,
  });
  const early = view({ started_at: formatTimestamp(1_000_000) });
  const late = view({ started_at: formatTimestamp(9_000_000) });
  const pending: SessionView = { ...view({}), condition: "empty" };
  const broken: SessionView = { ...view({}), condition: "unreadable" };
  const all = [early, late, pending, broken];
  assertEquals(select(all, { sinceUs: 4_000_000 }), [late, broken]);
  assertEquals(select(all, { sinceUs: 6_000_000 }), [late]);
  assertEquals(select(all, { batch: "x" }), []);
  assert(select(all, {}).length === 4);
});

/** Sessions of a process that is gone, silent for a minute. */
function orphaned(...ids: string[]) {
  const sessions = new FakeSessions();
  const ptrack = { ...blankBookkeeping(), owner: OWNER };
  for (const id of ids) sessions.set(id, { ptrack });
  const inspected: number[] = [];
  sessions.clock.set(sessions.clock.nowUs() + 60e6);
  const processes = new FakeProcesses();
  processes.machine = { host: "h", boot: "b", ns: "n" };
  processes.kill = (pid) => {
    inspected.push(pid);
    return "gone";
  };
  const monitor = monitorOf(sessions, {}, processes);
  return { sessions, monitor, inspected };
}

Deno.test("a session that ended after it was read has not crashed", async () => {
  const { sessions, monitor } = orphaned("a");
  sessions.delay("a");
  sessions.set("a", { state: "completed" });
  const outcome = await monitor.waitForAll({ timeoutS: 60 });
  assertEquals(outcome.reason, "completed");
  assertEquals(outcome.snapshot?.totals.crashed, 0);
});

Deno.test("a session that was removed after it was read has not crashed", async () => {
  const { sessions, monitor } = orphaned("a", "b");
  sessions.delay("a");
  const { store } = sessions;
  store.read = ({ sessionId }) =>
    Promise.resolve(sessionId === "a" ? null : sessions.view("b"));
  const snapshot = await monitor.pollAll();
  assertEquals(snapshot.sessions.map(({ view }) => view.sessionId), ["b"]);
});

Deno.test("a session that was restarted after it was read is judged by its new batch", async () => {
  const { sessions, monitor } = orphaned("a");
  const ptrack = { ...blankBookkeeping(), owner: OWNER };
  sessions.set("a", { ptrack: { ...ptrack, batch: "old" } });
  sessions.clock.set(sessions.clock.nowUs() + 60e6);
  sessions.delay("a");
  sessions.set("a", { ptrack: { ...ptrack, batch: "new" } });
  const changes = monitor.changes({ selection: { batch: "old" } });
  const { value } = await changes.next();
  await changes.return(undefined);
  assertEquals(value?.[0]?.sessions, []);
});

Deno.test("a crash is read once more, and its process is inspected once for all its sessions", async () => {
  const { sessions, monitor, inspected } = orphaned("a", "b", "c");
  const changes = monitor.changes();
  for (let i = 0; i < 4; i++) {
    const next = changes.next();
    await sessions.clock.advance(i === 0 ? 0 : 2_000);
    sessions.set("d", { progress_pct: i });
    const { value } = await next;
    assertEquals(value?.[0]?.totals.crashed, 3);
  }
  await changes.return(undefined);
  assertEquals(sessions.reads, 3);
  assertEquals(inspected, [7, 7]);
});

Deno.test("a crash is not remembered: a heartbeat ends it", async () => {
  const { sessions, monitor } = orphaned("a");
  const state = async () =>
    (await monitor.pollAll()).sessions[0]?.verdict.state;
  assertEquals(await state(), "crashed");
  sessions.set("a", {});
  assertEquals(await state(), "running");
  sessions.clock.set(sessions.clock.nowUs() + 60e6);
  assertEquals(await state(), "crashed");
});

Deno.test("a wait whose first look takes longer than its time ends with that look", async () => {
  const sessions = new FakeSessions();
  sessions.set("a", { state: "running" });
  sessions.readMs = 4_000;
  const beganUs = sessions.clock.nowUs();
  const { reason, snapshot } = await monitorOf(sessions)
    .waitForAll({ timeoutS: 3 });
  assertEquals([reason, snapshot?.sessions.length], ["timed_out", 1]);
  assertEquals(sessions.clock.nowUs() - beganUs, 4_000_000);
});
