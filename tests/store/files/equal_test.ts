/**
 * Whatever reaches the files, the same events leave the same bytes: random
 * sequences, in memory, by system calls and by node:fs.
 */
import { assertEquals } from "@std/assert";
import { FileStore } from "../../../lib/store/files/file_store.ts";
import { SessionTracker } from "../../../lib/tracker.ts";
import { outcomeOf } from "../../model/writer.ts";
import { onDisk } from "../../support/disk_files.ts";
import {
  FakePlatform,
  type PlatformParts,
} from "../../support/fake_platform.ts";
import { ACCESSES } from "../../support/linux_access.ts";
import { MemoryFiles } from "../../support/memory_files.ts";

const SEQUENCES = 20;
const EVENTS = 25;
const TEXTS = ["", "half", "Größe – ✓", "x".repeat(20_000), '"\n\t\u001b[31m'];

/** Numbers that look random and are the same each time. */
function* numbers(seed: number): Generator<number> {
  for (let at = seed;;) yield (at = at * 48_271 % 2_147_483_647);
}

/** Reports a random sequence of events; each moment has its own time. */
async function report(
  machine: PlatformParts,
  seed: number,
): Promise<string[]> {
  const platform = new FakePlatform(machine);
  const store = new FileStore(platform, "/desk/.parallel");
  const random = numbers(seed);
  const pick = <T>(items: readonly T[]): T =>
    items[random.next().value! % items.length]!;
  const outcomes: string[] = [];
  for (let at = 0; at < EVENTS; at++) {
    platform.time.pause(1_234.567);
    const ref = { workspace: "w", sessionId: pick(["a", "b"]) };
    const tracker = new SessionTracker(ref, { store, platform });
    const text = pick(TEXTS);
    const metadata = { text, list: [1, { text }], at };
    const verb = pick([
      () => tracker.start(text, { restart: true, metadata }),
      () => tracker.start(text, { force: true, batch: "b" }),
      () => tracker.heartbeat({ progressPct: at * 4, message: text }),
      () => tracker.heartbeat({ metadata }),
      () => tracker.waiting(text),
      () => tracker.error(text),
      () => tracker.complete({ message: text, outputFiles: ["out", text] }),
      () => tracker.fail(text),
    ]);
    const { kind } = await outcomeOf(verb);
    outcomes.push(kind);
  }
  return outcomes;
}

function contentsOf(memory: MemoryFiles, path = "/desk"): [string, string][] {
  return memory.list(path).toSorted((a, b) => a.name < b.name ? -1 : 1)
    .flatMap(({ name, kind }) =>
      kind === "directory"
        ? contentsOf(memory, `${path}/${name}`)
        : [[`${path}/${name}`, memory.text(`${path}/${name}`)!]]
    );
}

for (const [by, access] of ACCESSES) {
  Deno.test(`random events by ${by} leave the bytes that they leave in memory`, async () => {
    for (let seed = 1; seed <= SEQUENCES; seed++) {
      const memory = new MemoryFiles();
      memory.makeDirectories("/desk");
      const empty = memory.fork();
      const expected = await report({ files: memory }, seed);
      let outcomes: string[] = [];
      const left = await onDisk(access, empty, async (files) => {
        outcomes = await report({ files, uid: Deno.uid() ?? 0 }, seed);
      });
      assertEquals(outcomes, expected);
      assertEquals(contentsOf(left), contentsOf(memory));
    }
  });
}
