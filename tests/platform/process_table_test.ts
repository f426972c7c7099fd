/** What is read out of a table of all processes. */
import { assertEquals } from "@std/assert";
import {
  type TableSource,
  zombieGroups,
} from "../../lib/platform/process_table.ts";

/** A process: its id, its state letter, its group, its number of threads. */
type Row = [pid: number, state: string, group: number, threads?: number];

/** A Linux with these processes; each list of them is the next one. */
function linux(...lists: Row[][]): TableSource {
  let rows: Row[] = lists[0]!;
  return {
    system: "linux",
    read(path) {
      const row = rows.find(([pid]) => path === `/proc/${pid}/stat`);
      if (row === undefined) throw new Error("ENOENT");
      const [pid, state, group, threads = 1] = row;
      const between = Array.from({ length: 14 }, () => 0).join(" ");
      return `${pid} (a) Z b) ${state} 1 ${group} ${between} ${threads} 0 42\n`;
    },
    readLink: () => "",
    names: () => {
      rows = lists.shift() ?? rows;
      return ["self", ...rows.map(([pid]) => String(pid)), "uptime"];
    },
    output: () => "",
  };
}

Deno.test("a group of which only zombies are left is told from one that lives", () => {
  const cases: [Row[], boolean][] = [
    [[[7, "Z", 7], [8, "X", 7], [9, "S", 9]], true],
    [[[7, "Z", 7], [8, "S", 7]], false],
    [[[7, "S", 7]], false],
    [[[7, "T", 7]], false],
    // Its first thread has ended, another goes on.
    [[[7, "Z", 7, 2]], false],
    // Nothing of it can be seen.
    [[[9, "S", 9]], false],
    [[], false],
  ];
  for (const [rows, expected] of cases) {
    assertEquals(zombieGroups(linux(rows))(7), expected, JSON.stringify(rows));
  }
  const elsewhere = { ...linux([[7, "Z", 7]]), system: "darwin" as const };
  assertEquals(zombieGroups(elsewhere)(7), false);
});

Deno.test("a process that began while the table was read is not overlooked", () => {
  const source = linux([[7, "Z", 7]], [[7, "Z", 7], [8, "S", 7]]);
  assertEquals(zombieGroups(source)(7), false);
});

Deno.test("who was alive is asked again, and its end is seen", () => {
  const source = linux(
    [[7, "Z", 7], [8, "S", 7]],
    [[7, "Z", 7], [8, "Z", 7]],
    [[7, "Z", 7], [8, "Z", 7]],
  );
  const hasOnlyZombies = zombieGroups(source);
  assertEquals(hasOnlyZombies(7), false);
  // Nothing is read but process 8, which has not changed.
  assertEquals(hasOnlyZombies(7), false);
  source.names("/proc");
  assertEquals(hasOnlyZombies(7), true);
});
