/** What a system says of processes, and what is made of it. */
import { assertEquals } from "@std/assert";
import {
  machineOf,
  type ProcessSource,
  processState,
} from "../../lib/platform/process_facts.ts";

/** A Linux on which process 7 has this state and name, and nothing else is. */
function linux(
  { stat, found = "there" }: {
    stat: string | null;
    found?: ReturnType<ProcessSource["probe"]>;
  },
): ProcessSource {
  const files: Record<string, string | null> = {
    "/proc/7/stat": stat,
    "/proc/sys/kernel/hostname": "box\n",
    "/proc/sys/kernel/random/boot_id": "b-1\n",
  };
  return {
    system: "linux",
    read(path) {
      const text = files[path] ?? null;
      if (text === null) throw new Error("ENOENT");
      return text;
    },
    readLink: () => "pid:[4026531836]",
    hostName: () => "unused",
    nowMs: () => 0,
    probe: () => found,
    output: () => {
      throw new Error("nothing is spawned here");
    },
  };
}

/** /proc/PID/stat: the number of threads is its 20th field, 4242 the 22nd. */
function stat(name: string, state: string, threads = 1): string {
  const between = Array.from({ length: 16 }, (_, i) => i).join(" ");
  return `7 (${name}) ${state} ${between} ${threads} 0 4242 0 0\n`;
}

Deno.test("a process that is there is alive, and has a start time", () => {
  for (const name of ["sh", "a b", "x) Z (y", "((", ") R 1 2"]) {
    assertEquals(
      processState(linux({ stat: stat(name, "S") }), 7),
      { kind: "alive", started: "4242" },
      name,
    );
  }
});

Deno.test("a zombie and a dead process are gone", () => {
  for (const state of ["Z", "X"]) {
    const source = linux({ stat: stat("sh", state) });
    assertEquals(processState(source, 7), { kind: "gone" });
  }
});

Deno.test("a process whose first thread has ended is alive while another runs", () => {
  const source = linux({ stat: stat("sh", "Z", 2) });
  assertEquals(processState(source, 7), { kind: "alive", started: "4242" });
});

Deno.test("a file of another form tells neither an end nor a start", () => {
  for (const text of ["", "\n", "7", "7 (sh)", "7 (sh) ", "garbage", ")"]) {
    assertEquals(
      processState(linux({ stat: text }), 7),
      { kind: "alive", started: null },
      JSON.stringify(text),
    );
  }
});

Deno.test("no process of that id is gone, whatever /proc has", () => {
  const source = linux({ stat: stat("sh", "S"), found: "gone" });
  assertEquals(processState(source, 7), { kind: "gone" });
});

Deno.test("somebody else's process is alive, also where /proc hides it", () => {
  const open = linux({ stat: stat("sh", "S"), found: "denied" });
  assertEquals(processState(open, 7), { kind: "alive", started: "4242" });
  const hidden = linux({ stat: null, found: "denied" });
  assertEquals(processState(hidden, 7), { kind: "alive", started: null });
});

Deno.test("what cannot be asked is unknown", () => {
  const source = linux({ stat: null, found: "unknown" });
  assertEquals(processState(source, 7), { kind: "unknown" });
  const windows: ProcessSource = { ...source, system: "windows" };
  assertEquals(processState(windows, 7), { kind: "unknown" });
});

Deno.test("an id that no process can have is not asked of", () => {
  const source = linux({ stat: null, found: "gone" });
  assertEquals(processState(source, 2 ** 31 - 1), { kind: "gone" });
  assertEquals(processState(source, 2 ** 31), { kind: "unknown" });
  assertEquals(processState(source, 2 ** 32 + 7), { kind: "unknown" });
});

/** A macOS whose `ps` prints this, and what it was asked. */
function mac(output: string, found: ReturnType<ProcessSource["probe"]>) {
  const asked: string[] = [];
  const source: ProcessSource & { asked: string[]; atMs: number } = {
    ...linux({ stat: null, found }),
    asked,
    atMs: 0,
    nowMs: () => source.atMs,
    system: "darwin",
    hostName: () => "mac",
    output: (command) => {
      asked.push(command.join(" "));
      return output;
    },
  };
  return source;
}

const PS = "    1 Ss   Mon Nov  2 08:00:00 2026\n" +
  "    7 S+   Sun Nov 22 10:11:12 2026\n   77 Z    Sun Nov 22 10:11:13 2026\n";

Deno.test("macOS is asked by ps, once for many, and only for what is there", () => {
  const source = mac(PS, "there");
  const started = "Sun Nov 22 10:11:12 2026";
  assertEquals(processState(source, 7), { kind: "alive", started });
  assertEquals(processState(source, 77), { kind: "gone" });
  // One that began after the list was made.
  assertEquals(processState(source, 8), { kind: "alive", started: null });
  assertEquals(source.asked, [
    "env LC_ALL=C TZ=UTC ps -axo pid=,state=,lstart=",
  ]);
  source.atMs = 1_001;
  processState(source, 7);
  assertEquals(source.asked.length, 2);
  const gone = mac(PS, "gone");
  assertEquals(processState(gone, 7), { kind: "gone" });
  assertEquals(gone.asked, []);
});

Deno.test("a line of ps says what it says, and nothing of the next one", () => {
  const source = mac("   77 Z\n   78 Z    \n    7 S\n    8 R+ T\n", "there");
  assertEquals(processState(source, 77), { kind: "gone" });
  assertEquals(processState(source, 78), { kind: "gone" });
  assertEquals(processState(source, 7), { kind: "alive", started: null });
  assertEquals(processState(source, 8), { kind: "alive", started: "T" });
  const mute = mac("ps: not permitted\n", "there");
  assertEquals(processState(mute, 7), { kind: "alive", started: null });
});

Deno.test("a ps that cannot be run leaves a process alive", () => {
  const source = mac("", "denied");
  source.output = () => {
    throw new Error("ENOENT");
  };
  assertEquals(processState(source, 7), { kind: "alive", started: null });
});

Deno.test("macOS has a name, and neither boot nor namespace", () => {
  const machine = { host: "mac", boot: null, ns: null };
  assertEquals(machineOf(mac("", "there")), machine);
});

Deno.test("a machine is its name, its boot and its namespace of ids", () => {
  assertEquals(machineOf(linux({ stat: null })), {
    host: "box",
    boot: "b-1",
    ns: "pid:[4026531836]",
  });
});

Deno.test("a machine that hides one of them is not told from others at all", () => {
  const told = linux({ stat: null });
  const blind = () => {
    throw new Error("EACCES");
  };
  const hiding = (hidden: string): ProcessSource => ({
    ...told,
    read: (path) => path.endsWith(hidden) ? blind() : told.read(path),
  });
  const nowhere = { host: null, boot: null, ns: null };
  assertEquals(machineOf(hiding("hostname")), nowhere);
  assertEquals(machineOf(hiding("boot_id")), nowhere);
  assertEquals(machineOf({ ...told, readLink: blind }), nowhere);
  assertEquals(machineOf({ ...told, read: () => "\n" }), nowhere);
});
