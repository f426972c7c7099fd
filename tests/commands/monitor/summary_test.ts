/** The summary of many sessions, whose parts two threads may make. */
import { assert, assertEquals } from "@std/assert";
import { runCommandLine } from "../../../lib/cli/command_line.ts";
import { PTRACK } from "../../../lib/commands/index.ts";
import {
  countParts,
  PartMaker,
  type SharedWork,
} from "../../../lib/commands/monitor/summary_parts.ts";
import type { Thread } from "../../../lib/platform/platform.ts";
import { blankStatus } from "../../../lib/session/status.ts";
import { MemoryStore, ROOT } from "../../support/memory_store.ts";

/** Enough for a second thread, and a last part that is not full. */
const MANY = 5_050;
const FEW = 1_000;

const encoder = new TextEncoder();

/** Sessions of others, of which a few cannot be read. */
function manySessions(count: number): MemoryStore {
  const memory = new MemoryStore();
  const { files } = memory;
  files.makeDirectory(`${ROOT}/w`);
  for (let n = 0; n < count; n++) {
    const sessionId = `session-${n}`;
    const directory = `${ROOT}/w/${sessionId}`;
    files.makeDirectory(directory);
    const state = n % 3 === 0 ? "completed" : "running";
    const status = { ...blankStatus({ workspace: "w", sessionId }), state };
    const text = n % 100 === 7 ? "{" : JSON.stringify(status);
    files.createNew(`${directory}/status.json`, encoder.encode(text));
  }
  files.makeDirectories(`${ROOT}/v/only`);
  // What was broken just now might be whole in a moment, and is read again.
  memory.pass(60_000);
  return memory;
}

/** What a second thread does: it takes parts at once, and sends some of them. */
interface Fate {
  takes: number;
  sends: number;
}

/** A second thread in this one. */
class FakeThread implements Thread {
  readonly #maker: PartMaker;
  readonly #toSend: number[] = [];

  constructor(
    memory: MemoryStore,
    { taken, entries, ...work }: SharedWork,
    { takes, sends }: Fate,
  ) {
    const whole = { ...structuredClone(work), entries: entries.split("\0") };
    this.#maker = new PartMaker(memory, whole);
    const count = countParts(whole.entries);
    for (let n = 0; n < takes; n++) {
      const at = Atomics.add(taken, 0, 1);
      if (at < count && n < sends) this.#toSend.push(at);
    }
  }

  async receive(): Promise<unknown> {
    const at = this.#toSend.shift();
    return at === undefined ? null : { at, part: await this.#maker.make(at) };
  }

  end(): void {}
}

/** Prints the summary; returns it, and how many threads were started. */
async function summaryOf(memory: MemoryStore, args: string[], fate?: Fate) {
  const { platform } = memory;
  let threads = 0;
  platform.threadFor = fate === undefined ? null : (work) => {
    threads++;
    return new FakeThread(memory, work as SharedWork, fate);
  };
  const line = ["monitor", "--json", `--dir=${ROOT}`, ...args];
  Object.assign(platform, { args: line });
  assertEquals(await runCommandLine(platform, PTRACK), 0);
  return { text: platform.stdout.take(), threads };
}

Deno.test("the summary is the same, whatever becomes of a second thread", async () => {
  const memory = manySessions(MANY);
  for (const args of [["-w", "w"], [], ["-w", "w", "--since", "1h"]]) {
    const alone = await summaryOf(memory, args);
    for (
      const fate of [
        { takes: 8, sends: 8 },
        { takes: 100, sends: 100 },
        { takes: 8, sends: 3 },
        { takes: 8, sends: 0 },
        { takes: 0, sends: 0 },
      ]
    ) {
      const { text, threads } = await summaryOf(memory, args, fate);
      assertEquals(threads, 1);
      assert(text === alone.text, `${args}, ${JSON.stringify(fate)}`);
    }
  }
});

Deno.test("the summary in parts is that of the whole", async () => {
  const memory = manySessions(FEW);
  const { text } = await summaryOf(memory, ["-w", "w"]);
  assertEquals(text, `${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  const { total_sessions, completed, unreadable, running, sessions } = JSON
    .parse(text);
  assertEquals([total_sessions, sessions.length], [FEW, FEW]);
  assertEquals(completed + running + unreadable, FEW);
  const ids = sessions.map((session: { session_id: string }) =>
    session.session_id
  );
  assertEquals(ids, [...ids].sort());
});

Deno.test("where there are few sessions no thread is started", async () => {
  const memory = manySessions(FEW);
  const { threads } = await summaryOf(memory, [], { takes: 1, sends: 1 });
  assertEquals(threads, 0);
});
