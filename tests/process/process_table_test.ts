/** What is read out of a table of all processes, and of our own. */
import { assertEquals } from "@std/assert";
import type { SystemCalls } from "../../lib/platform/platform.ts";
import {
  descendantsOf,
  hasTerminal,
  ignoredSignals,
  inheritedDescriptors,
  originalLimit,
  zombieGroups,
} from "../../lib/process/process_table.ts";
import {
  FakeProcesses,
  type StatFacts,
  statLine,
} from "../support/fake_processes.ts";

/** A system with these files and links below /proc. */
function withFiles(
  files: Record<string, string>,
  calls: Partial<SystemCalls> = {},
): SystemCalls {
  const read = (path: string) => files[path.replace("/proc/", "")] ?? "";
  const names = (path: string) => {
    const directory = `${path.replace("/proc/", "")}/`;
    return Object.keys(files).filter((name) => name.startsWith(directory))
      .map((name) => name.slice(directory.length));
  };
  return Object.assign(new FakeProcesses(), {
    readText: read,
    readLink: read,
    names,
    ...calls,
  });
}

/** A Linux with these processes; each list of them is the next one. */
function linux(...lists: StatFacts[][]): SystemCalls {
  let rows = lists[0]!;
  return Object.assign(new FakeProcesses(), {
    readText(path: string) {
      const row = rows.find(({ pid }) => path === `/proc/${pid}/stat`);
      return row === undefined ? "" : statLine({ name: "a) Z b", ...row });
    },
    names() {
      rows = lists.shift() ?? rows;
      return ["self", ...rows.map(({ pid }) => String(pid)), "uptime"];
    },
  });
}

const LEADER = { pid: 7, group: 7 };
const MEMBER = { pid: 8, group: 7 };
const OTHER = { pid: 9, group: 9 };

Deno.test("a group of which only zombies are left is distinguished from a living one", () => {
  const cases: [StatFacts[], boolean][] = [
    [[{ ...LEADER, state: "Z" }, { ...MEMBER, state: "X" }, OTHER], true],
    [[{ ...LEADER, state: "Z" }, MEMBER], false],
    [[LEADER], false],
    [[{ ...LEADER, state: "T" }], false],
    // Its first thread has ended, another goes on.
    [[{ ...LEADER, state: "Z", threads: 2 }], false],
    // Nothing of it can be seen.
    [[OTHER], false],
    [[], false],
  ];
  for (const [rows, expected] of cases) {
    const hasOnlyZombies = zombieGroups(linux(rows), "linux");
    assertEquals(hasOnlyZombies(7), expected, JSON.stringify(rows));
  }
  const elsewhere = zombieGroups(linux([{ ...LEADER, state: "Z" }]), "darwin");
  assertEquals(elsewhere(7), false);
});

Deno.test("a process that began while the table was read is not overlooked", () => {
  const zombie = { ...LEADER, state: "Z" };
  const calls = linux([zombie], [zombie, MEMBER]);
  assertEquals(zombieGroups(calls, "linux")(7), false);
});

Deno.test("a process that was alive is asked again, and its end is seen", () => {
  const zombies = [{ ...LEADER, state: "Z" }, { ...MEMBER, state: "Z" }];
  const calls = linux([zombies[0]!, MEMBER], zombies, zombies);
  const hasOnlyZombies = zombieGroups(calls, "linux");
  assertEquals(hasOnlyZombies(7), false);
  // Nothing is read but process 8, which has not changed.
  assertEquals(hasOnlyZombies(7), false);
  calls.names("/proc/");
  assertEquals(hasOnlyZombies(7), true);
});

Deno.test("descendants are children and their children, not others", () => {
  const calls = linux([
    { pid: 7 },
    { pid: 8, parent: 7 },
    { pid: 9, parent: 8 },
    { pid: 10, parent: 1 },
  ]);
  assertEquals(descendantsOf(calls, "linux", 7), [8, 9]);
  const lines = "  7 1 S\n  8 7 S T\n 9 8 R+ T\n10 1 Z\n\n";
  const mac = withFiles({}, { output: () => lines });
  assertEquals(descendantsOf(mac, "darwin", 7), [8, 9]);
  assertEquals(descendantsOf(calls, "windows", 7), []);
});

Deno.test("ignored signals are found, except those that runtimes ignore", () => {
  const status = "Name:\tx\nSigIgn:\t0000000001001003\nSigCgt:\t0\n";
  assertEquals(ignoredSignals(withFiles({ "self/status": status })), [1, 2]);
  assertEquals(ignoredSignals(withFiles({})), []);
});

Deno.test("a terminal is recognised by its device, where the system says it", () => {
  const on = (terminal: number) =>
    hasTerminal(withFiles({ "self/stat": statLine({ pid: 7, terminal }) }));
  assertEquals([on(34_816), on(0)], [true, false]);
  assertEquals(hasTerminal(withFiles({})), null);
});

Deno.test("descriptors that were handed to us are handed on, the runtime's are not", () => {
  const files = {
    "self/fd/0": "/dev/null",
    "self/fd/3": "/tmp/list",
    "self/fd/4": "anon_inode:[eventpoll]",
    "self/fd/5": "pipe:[1]",
    "self/fd/6": "pipe:[2]",
    "self/fd/7": "pipe:[2]",
    "self/fd/8": "/proc/self/fd",
    "self/fdinfo/5": "pos:\t0\nflags:\t0100001\n",
    "self/fdinfo/6": "pos:\t0\nflags:\t02000000\n",
    "self/fdinfo/7": "pos:\t0\nflags:\t02000001\n",
    "1/fd/3": "/tmp/list",
  };
  const of = (engine: SystemCalls["engine"], more = {}) =>
    inheritedDescriptors(withFiles({ ...files, ...more }, { engine }));
  assertEquals(of("bun"), [3, 5, 6, 7]);
  // Node holds both ends of its own pipes.
  assertEquals(of("node"), [3, 5]);
  assertEquals(of("node", { "1/fd/9": "pipe:[2]" }), [3, 5, 6, 7]);
  assertEquals(of("deno"), []);
});

Deno.test("descriptors above the limit are not handed on", () => {
  const limits = "Max open files            100      4096     files\n";
  const calls = withFiles({
    "self/fd/90": "/a",
    "self/fd/200": "/b",
    "self/limits": limits,
  });
  assertEquals(inheritedDescriptors(calls), [90]);
});

Deno.test("the limit before the runtime raised it is the parent's", () => {
  const limits = (soft: string, hard: string) =>
    `Limit Soft Hard\nMax open files  ${soft}  ${hard}  files\n`;
  const of = (ours: string, theirs: string) =>
    originalLimit(withFiles({ "self/limits": ours, "1/limits": theirs }));
  const raised = limits("4096", "4096");
  assertEquals(of(raised, limits("1024", "4096")), {
    soft: "1024",
    hard: "4096",
  });
  assertEquals(of(raised, raised), null);
  assertEquals(of(raised, limits("1024", "unlimited")), null);
  assertEquals(of(raised, ""), null);
});
