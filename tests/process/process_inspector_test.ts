/** What the system says of a process, and what is made of it. */
import { assertEquals } from "@std/assert";
import type { Platform, SystemCalls } from "../../lib/platform/platform.ts";
import { processInspector } from "../../lib/process/owners.ts";
import { FakeProcesses, statLine } from "../support/fake_processes.ts";

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
    readText() {
      if (stat === null) throw new Error("ENOENT");
      return stat;
    },
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

Deno.test("a file of another form tells neither an end nor a start", () => {
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

const PS = "    1 Ss   Mon Nov  2 08:00:00 2026\n" +
  "    7 S+   Sun Nov 22 10:11:12 2026\n   77 Z    Sun Nov 22 10:11:13 2026\n";

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
  assertEquals(asked, ["env LC_ALL=C TZ=UTC ps -axo pid=,state=,lstart="]);
  atMs = 1_001;
  inspector.inspect(7);
  assertEquals(asked.length, 2);
});

Deno.test("a line of ps is read alone, without the next one", () => {
  const platform = mac("   77 Z\n   78 Z    \n    7 S\n    8 R+ T\n");
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
    output() {
      throw new Error("ENOENT");
    },
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

Deno.test("a machine that hides one of them is not told from others at all", () => {
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
