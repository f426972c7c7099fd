/** The processes that sessions live and die with, and what the system says. */
import { assertEquals, assertRejects } from "@std/assert";
import { RefusedError } from "../../lib/errors.ts";
import { SessionMonitor } from "../../lib/monitor.ts";
import type { Platform, SystemCalls } from "../../lib/platform/platform.ts";
import {
  cachedProcessInspector,
  livenessOfOwner,
  livenessOfSession,
  processInspector,
  type ProcessState,
} from "../../lib/process/owners.ts";
import type { Owner } from "../../lib/session/types.ts";
import { FileStore } from "../../lib/store/files/file_store.ts";
import { SessionTracker, type TrackerContext } from "../../lib/tracker.ts";
import { FakePlatform } from "../support/fake_platform.ts";
import { FakeProcesses, statLine } from "../support/fake_processes.ts";
import { eventually } from "../support/program.ts";
import { viewOf } from "../support/session_views.ts";

const OWNER: Owner = {
  pid: 7,
  started: "100",
  host: "fake",
  boot: "boot-1",
  ns: "pid:[1]",
};

function hostWith(state: ProcessState): FakePlatform {
  const platform = new FakePlatform();
  platform.processStates.set(7, state);
  return platform;
}

Deno.test("an owner is alive while a process of its id and start is there", () => {
  const at = (started: string | null): ProcessState => ({
    kind: "alive",
    started,
  });
  assertEquals(
    livenessOfOwner(processInspector(hostWith(at("100"))), OWNER),
    "alive",
  );
  // A system that does not say when it started cannot tell it apart.
  assertEquals(
    livenessOfOwner(processInspector(hostWith(at(null))), OWNER),
    "alive",
  );
  const unknownStart = { ...OWNER, started: null };
  assertEquals(
    livenessOfOwner(processInspector(hostWith(at("200"))), unknownStart),
    "alive",
  );
});

Deno.test("an owner is gone without a process, or with another of its id", () => {
  assertEquals(
    livenessOfOwner(processInspector(hostWith({ kind: "gone" })), OWNER),
    "gone",
  );
  const another = hostWith({ kind: "alive", started: "200" });
  assertEquals(livenessOfOwner(processInspector(another), OWNER), "gone");
});

Deno.test("of an owner elsewhere nothing is known", () => {
  const elsewhere: Partial<Owner>[] = [
    { host: "other" },
    { boot: "boot-0" },
    { ns: "pid:[2]" },
    { host: null },
    { host: null, boot: null, ns: null, started: null },
  ];
  for (const difference of elsewhere) {
    const owner = { ...OWNER, ...difference };
    assertEquals(
      livenessOfOwner(processInspector(hostWith({ kind: "gone" })), owner),
      "unknown",
    );
  }
  assertEquals(
    livenessOfOwner(processInspector(hostWith({ kind: "unknown" })), OWNER),
    "unknown",
  );
});

Deno.test("an owner that another program wrote without facts is never gone", () => {
  const foreign = { pid: 7, host: "fake" } as Owner;
  assertEquals(
    livenessOfOwner(processInspector(hostWith({ kind: "gone" })), foreign),
    "unknown",
  );
});

Deno.test("only a session that runs and has an owner is inspected", () => {
  const platform = hostWith({ kind: "gone" });
  const running = viewOf("a", {}, { owner: OWNER });
  assertEquals(livenessOfSession(processInspector(platform), running), {
    owner: "gone",
    child: null,
  });
  assertEquals(
    livenessOfSession(processInspector(platform), viewOf("a")),
    null,
  );
  const ended = viewOf("a", { state: "completed" }, { owner: OWNER });
  assertEquals(livenessOfSession(processInspector(platform), ended), null);
});

Deno.test("a process is inspected once in five seconds, however often it is asked for", async () => {
  const platform = hostWith({ kind: "alive", started: "100" });
  let looks = 0;
  const plain = processInspector(platform);
  const inspector = cachedProcessInspector({
    machine: () => plain.machine(),
    inspect(pid) {
      looks++;
      return plain.inspect(pid);
    },
  }, platform.clock);
  for (let i = 0; i < 100; i++) livenessOfOwner(inspector, OWNER);
  assertEquals(looks, 1);
  platform.processStates.set(7, { kind: "gone" });
  await platform.time.advance(4_999);
  assertEquals(livenessOfOwner(inspector, OWNER), "alive");
  await platform.time.advance(1);
  assertEquals(livenessOfOwner(inspector, OWNER), "gone");
  platform.processStates.set(7, { kind: "alive", started: "100" });
  platform.time.set(platform.time.nowUs() - 3_600e6);
  assertEquals(livenessOfOwner(inspector, OWNER), "alive");
});

/** A session that process 7 owns, and a monitor of it. */
async function ownedSession() {
  const platform = hostWith({ kind: "alive", started: "100" });
  platform.memory.makeDirectory("/desk");
  const store = new FileStore(platform, "/desk/.parallel");
  const open = (
    attempt?: number,
    context: Partial<TrackerContext> = {},
  ) =>
    new SessionTracker({ workspace: "w", sessionId: "a", attempt }, {
      store,
      platform,
      ...context,
    });
  const tracker = open();
  await tracker.start("Work", { ownerPid: 7 });
  const monitor = new SessionMonitor({ workspace: "w" }, { store, platform });
  const verdict = async () => (await monitor.pollAll()).sessions[0]!.verdict;
  return { platform, store, open, monitor, verdict };
}

Deno.test("a start stores what is known of its owner", async () => {
  const { store } = await ownedSession();
  const view = await store.read({ workspace: "w", sessionId: "a" });
  assertEquals(view?.status.ptrack?.owner, OWNER);
});

Deno.test("a session whose owner is gone has crashed, once it was silent for 10 s", async () => {
  const { platform, verdict } = await ownedSession();
  platform.processStates.set(7, { kind: "gone" });
  await platform.time.advance(9_999);
  assertEquals((await verdict()).state, "running");
  await platform.time.advance(1);
  const { state, reason } = await verdict();
  assertEquals([state, reason], ["crashed", "Its process 7 is gone"]);
});

Deno.test("a wait ends within 20 s of its session's crash", async () => {
  const { platform, monitor } = await ownedSession();
  const waiting = monitor.waitForAll();
  await eventually(() => platform.time.sleepers > 0);
  platform.processStates.set(7, { kind: "gone" });
  const beganUs = platform.time.nowUs();
  let exitCode: number | null = null;
  waiting.then((outcome) => exitCode = outcome.exitCode);
  while (exitCode === null && platform.time.nowUs() - beganUs < 20e6) {
    await platform.time.advance(500);
  }
  assertEquals(exitCode, 1);
});

Deno.test("a heartbeat from elsewhere drops an owner that is gone", async () => {
  for (const verb of ["heartbeat", "waiting", "error"] as const) {
    const { platform, store, open, verdict } = await ownedSession();
    platform.processStates.set(7, { kind: "gone" });
    await platform.time.advance(60_000);
    assertEquals((await verdict()).state, "crashed");
    const tracker = open();
    if (verb === "heartbeat") await tracker.heartbeat({ message: "here" });
    else await tracker[verb]("still here");
    const view = await store.read({ workspace: "w", sessionId: "a" });
    assertEquals(view?.status.ptrack?.owner, null, verb);
    await platform.time.advance(60_000);
    assertEquals((await verdict()).state, "running", verb);
  }
});

Deno.test("a heartbeat keeps an owner that is alive or unknown", async () => {
  for (const kind of ["alive", "unknown"] as const) {
    const { platform, store, open } = await ownedSession();
    platform.processStates.set(
      7,
      kind === "alive" ? { kind, started: "100" } : { kind },
    );
    await open().heartbeat();
    const view = await store.read({ workspace: "w", sessionId: "a" });
    assertEquals(view?.status.ptrack?.owner?.pid, 7);
  }
});

Deno.test("a crashed session is begun again with --restart", async () => {
  const { platform, open, verdict } = await ownedSession();
  platform.processStates.set(7, { kind: "gone" });
  await platform.time.advance(60_000);
  const { status } = await open().start("Again", { restart: true });
  assertEquals(status.ptrack?.attempt, 2);
  assertEquals((await verdict()).state, "running");
});

Deno.test("a start of a session that has crashed is refused with that reason", async () => {
  const { platform, open } = await ownedSession();
  platform.processStates.set(7, { kind: "gone" });
  await platform.time.advance(60_000);
  await assertRejects(() => open().start("Again"), RefusedError, "has crashed");
});

Deno.test("under a wrapper that lives, complete is a heartbeat of 100 %", async () => {
  for (const kind of ["alive", "unknown", "gone"] as const) {
    const { platform, open, store } = await ownedSession();
    await open(undefined, { endedBy: "run" })
      .start("Run", { force: true, ownerPid: 7 });
    platform.processStates.set(
      7,
      kind === "alive" ? { kind, started: "100" } : { kind },
    );
    await open().complete({ message: "made", outputFiles: ["x"] });
    const view = await store.read({ workspace: "w", sessionId: "a" });
    const { state, progress_pct, message, output_files } = view!.status;
    assertEquals(
      [state, progress_pct, message, output_files],
      [kind === "gone" ? "completed" : "running", 100, "made", ["x"]],
      kind,
    );
  }
});

Deno.test("an end that the work did not see coming keeps its owner", async () => {
  const { platform, open, store } = await ownedSession();
  platform.processStates.set(7, { kind: "gone" });
  await open().fail("no more");
  const view = await store.read({ workspace: "w", sessionId: "a" });
  assertEquals(view?.status.ptrack?.owner, OWNER);
});

type Inspected = Pick<Platform, "system" | "systemCalls">;
type Found = ReturnType<SystemCalls["kill"]>;

/** A system whose calls are those of a fake, but for some. */
function platformWith(
  system: Platform["system"],
  calls: Partial<SystemCalls>,
): Inspected {
  return { system, systemCalls: Object.assign(new FakeProcesses(), calls) };
}

/** A Linux that says this of process 7; null: it hides it. */
function linux(stat: string | null, found: Found = "sent"): Inspected {
  return platformWith("linux", {
    kill: () => found,
    readText: () => stat ?? "",
  });
}

function stateOf(platform: Inspected, pid = 7) {
  return processInspector(platform).inspect(pid);
}

Deno.test("a process that is there is alive, and has a start time", () => {
  for (const name of ["sh", "a b", "x) Z (y", "((", ") R 1 2"]) {
    assertEquals(
      stateOf(linux(statLine({ pid: 7, name }))),
      { kind: "alive", started: "4242" },
      name,
    );
  }
});

Deno.test("a zombie and a dead process are gone", () => {
  for (const state of ["Z", "X"]) {
    const platform = linux(statLine({ pid: 7, state }));
    assertEquals(stateOf(platform), { kind: "gone" });
  }
});

Deno.test("a process whose first thread has ended is alive while another runs", () => {
  const platform = linux(statLine({ pid: 7, state: "Z", threads: 2 }));
  assertEquals(stateOf(platform), { kind: "alive", started: "4242" });
});

Deno.test("a file of another form gives neither an end nor a start", () => {
  for (const text of ["", "\n", "7", "7 (sh)", "7 (sh) ", "garbage", ")"]) {
    assertEquals(
      stateOf(linux(text)),
      { kind: "alive", started: null },
      JSON.stringify(text),
    );
  }
});

Deno.test("a process of which there is no such id is gone, whatever /proc has", () => {
  const platform = linux(statLine({ pid: 7 }), "gone");
  assertEquals(stateOf(platform), { kind: "gone" });
});

Deno.test("another user's process is alive, also where /proc hides it", () => {
  const open = linux(statLine({ pid: 7 }), "denied");
  assertEquals(stateOf(open), { kind: "alive", started: "4242" });
  const hidden = linux(null, "denied");
  assertEquals(stateOf(hidden), { kind: "alive", started: null });
});

Deno.test("a process that cannot be asked about is unknown", () => {
  assertEquals(stateOf(linux(null, "unknown")), { kind: "unknown" });
  const windows = platformWith("windows", { kill: () => "sent" });
  assertEquals(stateOf(windows), { kind: "unknown" });
});

Deno.test("an id that no process can have is not asked about", () => {
  const platform = linux(null, "gone");
  assertEquals(stateOf(platform, 2 ** 31 - 1), { kind: "gone" });
  assertEquals(stateOf(platform, 2 ** 31), { kind: "unknown" });
  assertEquals(stateOf(platform, 2 ** 32 + 7), { kind: "unknown" });
});

/** A macOS whose `ps` prints this. */
function mac(output: string, found: Found = "sent"): Inspected {
  return platformWith("darwin", { kill: () => found, output: () => output });
}

const PS = "    1     0 Ss   Mon Nov  2 08:00:00 2026\n" +
  "    7     1 S+   Sun Nov 22 10:11:12 2026\n" +
  "   77     7 Z    Sun Nov 22 10:11:13 2026\n";

Deno.test("macOS is asked by ps, once for many, and only for what is there", () => {
  const asked: string[] = [];
  let atMs = 0;
  let found: Found = "sent";
  const platform = platformWith("darwin", {
    kill: () => found,
    output(command) {
      asked.push(command.join(" "));
      return PS;
    },
  });
  const inspector = processInspector(platform, () => atMs);
  found = "gone";
  assertEquals(inspector.inspect(7), { kind: "gone" });
  assertEquals(asked, []);
  found = "sent";
  const started = "Sun Nov 22 10:11:12 2026";
  assertEquals(inspector.inspect(7), { kind: "alive", started });
  assertEquals(inspector.inspect(77), { kind: "gone" });
  // One that began after the list was made.
  assertEquals(inspector.inspect(8), { kind: "alive", started: null });
  assertEquals(asked, [
    "env LC_ALL=C TZ=UTC ps -axo pid=,ppid=,state=,lstart=",
  ]);
  atMs = 1_001;
  inspector.inspect(7);
  assertEquals(asked.length, 2);
});

Deno.test("a line of ps is read alone, without the next one", () => {
  const platform = mac("   77 7 Z\n   78 7 Z    \n    7 1 S\n    8 1 R+ T\n");
  assertEquals(stateOf(platform, 77), { kind: "gone" });
  assertEquals(stateOf(platform, 78), { kind: "gone" });
  assertEquals(stateOf(platform, 7), { kind: "alive", started: null });
  assertEquals(stateOf(platform, 8), { kind: "alive", started: "T" });
  const refused = mac("ps: not permitted\n");
  assertEquals(stateOf(refused), { kind: "alive", started: null });
});

Deno.test("a ps that cannot be run leaves a process alive", () => {
  const platform = platformWith("darwin", {
    kill: () => "denied",
    output: () => "",
  });
  assertEquals(stateOf(platform), { kind: "alive", started: null });
});

Deno.test("macOS has a name, and neither boot nor namespace", () => {
  const platform = platformWith("darwin", { hostName: () => "mac" });
  const machine = { host: "mac", boot: null, ns: null };
  assertEquals(processInspector(platform).machine(), machine);
});

Deno.test("a machine is its name, its boot and its namespace of ids", () => {
  const platform = platformWith("linux", {});
  assertEquals(processInspector(platform).machine(), {
    host: "fake",
    boot: "boot-1",
    ns: "pid:[1]",
  });
});

Deno.test("a machine that hides one of them cannot be distinguished from others", () => {
  for (const hidden of ["host", "boot", "ns"] as const) {
    const systemCalls = new FakeProcesses();
    systemCalls.machine[hidden] = null;
    assertEquals(
      processInspector({ system: "linux", systemCalls }).machine(),
      { host: null, boot: null, ns: null },
      hidden,
    );
  }
  const empty = platformWith("linux", { readText: () => "\n" });
  const nowhere = { host: null, boot: null, ns: null };
  assertEquals(processInspector(empty).machine(), nowhere);
});
