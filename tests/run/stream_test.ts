/**
 * Streams: the driver against a clock that is turned, and random streams
 * against the same verbs one by one.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runStream, type StreamOptions } from "../../lib/run/stream.ts";

import type { Status } from "../../lib/session/types.ts";
import { openStore } from "../../lib/store/open.ts";
import { SessionTracker } from "../../lib/tracker.ts";
import { FakePlatform, settled } from "../support/fake_platform.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** A stream whose input a test writes. */
class Fed {
  readonly platform = new FakePlatform();
  readonly tracker: SessionTracker;
  #chunks: Uint8Array[] = [];
  #isOver = false;
  #wake = () => {};

  constructor() {
    const platform = this.platform;
    platform.memory.makeDirectory("/desk");
    platform.memory.makeDirectory("/desk/.parallel");
    this.tracker = new SessionTracker({ sessionId: "s", workspace: "w" }, {
      store: openStore(platform, "/desk/.parallel"),
      platform,
    });
    platform.stdin.chunks = () => this.#read();
  }

  async *#read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) yield chunk;
      else if (this.#isOver) return;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  async run(changes: Partial<StreamOptions> = {}) {
    await this.tracker.start("t", { ownerPid: 42 });
    const { tracker } = this;
    const running = runStream(this.platform, {
      tracker,
      owner: null,
      withoutEnd: "fail",
      stopAt: "input-end",
      ...changes,
    });
    await this.rest();
    // Not resolved by who waits for this function.
    return { running };
  }

  async write(text: string | Uint8Array) {
    this.#chunks.push(typeof text === "string" ? encode(text) : text);
    this.#wake();
    await this.rest();
  }

  async close() {
    this.#isOver = true;
    this.#wake();
    await this.rest();
  }

  async rest() {
    for (let turn = 0; turn < 5; turn++) await settled();
  }

  status(): Status {
    return JSON.parse(
      this.platform.files.readText("/desk/.parallel/w/s/status.json", 1e9),
    );
  }

  events(): string[] {
    return this.platform.files.readText("/desk/.parallel/w/s/log.jsonl", 1e9)
      .trim().split("\n").map((line) => JSON.parse(line).event);
  }
}

Deno.test("the first heartbeat is written at once, the next within 100 ms", async () => {
  const fed = new Fed();
  const { running } = await fed.run();
  await fed.write("1 a\n");
  assertEquals(fed.status().message, "a");
  for (let turn = 2; turn < 50; turn++) await fed.write(`${turn} b${turn}\n`);
  assertEquals(fed.events().length, 2, "gathered");
  await fed.platform.time.advance(100);
  await fed.rest();
  assertEquals(fed.status().message, "b49");
  assertEquals(fed.events().length, 3);
  await fed.platform.time.advance(1000);
  await fed.write("60 c\n");
  assertEquals(fed.status().message, "c", "at once after a quiet time");
  await fed.close();
  await running;
});

Deno.test("a quiet producer gets no heartbeats from the stream", async () => {
  const fed = new Fed();
  const { running } = await fed.run();
  await fed.write("1 a\n");
  await fed.platform.time.advance(600_000);
  assertEquals(fed.events(), ["started", "heartbeat"]);
  await fed.close();
  await running;
});

Deno.test("errors, waits and ends are written at once, after what came before", async () => {
  const fed = new Fed();
  const { running } = await fed.run();
  await fed.write("1 a\n");
  await fed.write("2 b\nerror e\n3 c\nwaiting w\n4 d\ncomplete x\n");
  assertEquals(
    fed.events().join(" "),
    "started heartbeat heartbeat error heartbeat waiting heartbeat completed",
  );
  await fed.close();
  const { outcome, isComplete } = await running;
  assertEquals([outcome.kind, isComplete], ["completed", true]);
  assertEquals(fed.platform.stderr.text, "");
});

Deno.test("lines after the end are read, warned of once, and change nothing", async () => {
  const fed = new Fed();
  const { running } = await fed.run();
  await fed.write("complete\n\n");
  assertEquals(fed.platform.stderr.take(), "");
  await fed.write("5\n");
  await fed.write("fail no\nnonsense\n");
  await fed.close();
  assertEquals((await running).outcome.kind, "completed");
  assertEquals(
    fed.platform.stderr.text,
    "warning: Cannot record what comes after the session's end\n",
  );
  assertEquals(fed.status().state, "completed");
});

Deno.test("until its end: the stream leaves although the input goes on", async () => {
  const fed = new Fed();
  const { running } = await fed.run({ stopAt: "session-end" });
  await fed.write("fail no\n5\n");
  assertEquals((await running).outcome.kind, "failed");
});

Deno.test("of many bad lines a few are shown, and all are counted", async () => {
  const fed = new Fed();
  const { running } = await fed.run();
  await fed.write("\x1b[31mred\n".repeat(10_000) + "5 on\n");
  const lines = fed.platform.stderr.take().trim().split("\n");
  assertEquals(lines.length, 5);
  assert(lines[0]!.startsWith('warning: Cannot read line 1, "␛[31mred": '));
  await fed.platform.time.advance(1500);
  await fed.write("bad\n");
  assertStringIncludes(fed.platform.stderr.take(), "line 10002");
  assertEquals(fed.status().message, "on");
  await fed.close();
  await running;
  assertEquals(
    fed.platform.stderr.text,
    "warning: 10001 lines could not be read; 9995 of them are not shown\n",
  );
});

Deno.test("standard error that is closed does not end a stream", async () => {
  const fed = new Fed();
  fed.platform.stderr.write = () => {
    throw new Error("closed");
  };
  const { running } = await fed.run();
  await fed.write("bad\ncomplete\n");
  await fed.close();
  assertEquals((await running).outcome.kind, "completed");
});

Deno.test("an input that ends without an end fails the session, or leaves it running", async () => {
  for (const withoutEnd of ["fail", "detach"] as const) {
    const fed = new Fed();
    const { running } = await fed.run({ withoutEnd });
    await fed.write("1 a\n");
    await fed.write("2 b");
    await fed.close();
    await running;
    const { state, progress_pct, message } = fed.status();
    assertEquals([state, progress_pct], [
      withoutEnd === "fail" ? "failed" : "running",
      2,
    ]);
    assertEquals(
      message,
      withoutEnd === "detach"
        ? "b"
        : 'FAILED: the input ended without "complete" or "fail": its ' +
          "producer is gone",
    );
  }
});

const OWNER = {
  pid: 7,
  started: "1",
  host: "fake",
  boot: "boot-1",
  ns: "pid:[1]",
};

Deno.test("an owner that is gone ends the session, after its last lines", async () => {
  const fed = new Fed();
  const states = fed.platform.processStates;
  states.set(7, { kind: "alive", started: "1" });
  const { running } = await fed.run({ owner: OWNER });
  await fed.platform.time.advance(5_000);
  assertEquals(fed.status().state, "running");
  states.set(7, { kind: "alive", started: "2" });
  await fed.platform.time.advance(520);
  await fed.write("9 last\n");
  await fed.platform.time.advance(100);
  const { outcome, signal } = await running;
  assertEquals([outcome.kind, signal], ["failed", null]);
  const { message, progress_pct } = fed.status();
  assertEquals(progress_pct, 9);
  assertStringIncludes(message, "process 7 is gone");
});

Deno.test("a signal fails the session unless the producer still ends it", async () => {
  for (const last of ["", "complete\n"]) {
    const fed = new Fed();
    const { running } = await fed.run();
    assert(fed.platform.signal("SIGINT"));
    if (last !== "") await fed.write(last);
    await fed.platform.time.advance(500);
    const { outcome, signal } = await running;
    assertEquals(
      [outcome.kind, signal],
      last === "" ? ["failed", "SIGINT"] : [
        "completed",
        null,
      ],
    );
    assert(!fed.platform.signal("SIGINT"), "the handler is gone");
  }
});

Deno.test("an owner decides itself what Ctrl-C does to it", async () => {
  const fed = new Fed();
  fed.platform.processStates.set(7, { kind: "alive", started: "1" });
  const { running } = await fed.run({ owner: OWNER });
  fed.platform.signal("SIGINT");
  fed.platform.signal("SIGHUP");
  await fed.platform.time.advance(2_000);
  await fed.write("complete\n");
  await fed.close();
  assertEquals((await running).outcome.kind, "completed");
});

Deno.test("a session that began anew elsewhere is left alone, with one warning", async () => {
  const fed = new Fed();
  const { running } = await fed.run();
  const other = new SessionTracker({ sessionId: "s", workspace: "w" }, {
    store: openStore(fed.platform, "/desk/.parallel"),
    platform: fed.platform,
  });
  await other.start("again", { force: true });
  await fed.write("error a\n");
  await fed.write("error b\ncomplete\n");
  await fed.close();
  const { outcome } = await running;
  assertEquals(outcome, { kind: "lost", exitCode: 1 });
  assertEquals(
    fed.platform.stderr.text.match(/attempt 1 was superseded by 2/g)?.length,
    1,
  );
  assertEquals(fed.status().errors, []);
});

Deno.test("what could not be written is written when it can be again", async () => {
  const fed = new Fed();
  const { running } = await fed.run();
  const { open } = fed.platform.files;
  fed.platform.files.open = () => {
    throw Object.assign(new Error("full"), { code: "ENOSPC" });
  };
  await fed.write("1 a\nerror e\n2 b\nerror f\n3 c\n");
  await fed.platform.time.advance(10_000);
  assertEquals(
    fed.platform.stderr.text.trim().split("\n").length,
    1,
    "said once",
  );
  assertStringIncludes(fed.platform.stderr.take(), "no space left");
  await fed.write('4\n{"metadata":{"a":1}}\n');
  await fed.platform.time.advance(1_000);
  await fed.write('{"metadata":{"b":2}}\n');
  await fed.platform.time.advance(1_000);
  fed.platform.files.open = open;
  await fed.platform.time.advance(1_000);
  const { errors, message, progress_pct, metadata } = fed.status();
  assertEquals([errors.length, message, progress_pct], [2, "c", 4]);
  assertEquals(metadata, { a: 1, b: 2 });
  await fed.write("complete\n");
  await fed.close();
  assert((await running).isComplete);
});

Deno.test("a stream whose end could not be written is not complete", async () => {
  const fed = new Fed();
  const { running } = await fed.run();
  fed.platform.files.open = () => {
    throw Object.assign(new Error("full"), { code: "ENOSPC" });
  };
  await fed.write("complete\n");
  await fed.close();
  assertEquals((await running).isComplete, false);
  assertStringIncludes(fed.platform.stderr.text, "1 reports were not recorded");
});

/** Pseudo-random numbers that a seed repeats. */
function dice(seed: number): (sides: number) => number {
  let state = seed * 2654435761 >>> 0;
  return (sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * sides);
  };
}

interface Step {
  line: string;
  verb: (tracker: SessionTracker) => Promise<unknown>;
}

function randomStep(roll: (sides: number) => number): Step {
  const text = ["x", "é ü", "\u{1f600} 50", "a  b ", "5/6"][roll(5)]!;
  const pct = roll(101);
  const key = `k${roll(3)}`;
  const steps: Step[] = [
    {
      line: `${pct} ${text}`,
      verb: (t) => t.heartbeat({ progressPct: pct, message: text }),
    },
    { line: `${pct}%`, verb: (t) => t.heartbeat({ progressPct: pct }) },
    {
      line: `heartbeat ${text}`,
      verb: (t) => t.heartbeat({ message: text }),
    },
    {
      line: JSON.stringify({ pct, metadata: { [key]: pct } }),
      verb: (t) => t.heartbeat({ progressPct: pct, metadata: { [key]: pct } }),
    },
    { line: `error ${text}`, verb: (t) => t.error(text) },
    { line: `waiting ${text}`, verb: (t) => t.waiting(text) },
    { line: "no such line", verb: () => Promise.resolve() },
    { line: "", verb: () => Promise.resolve() },
  ];
  return steps[roll(steps.length)]!;
}

function randomEnd(roll: (sides: number) => number): Step | null {
  return [
    null,
    {
      line: "complete a b",
      verb: (t: SessionTracker) => t.complete({ outputFiles: ["a", "b"] }),
    },
    { line: "fail it broke", verb: (t: SessionTracker) => t.fail("it broke") },
  ][roll(3)]!;
}

/** What must be equal: all but times, and the place in the log. */
function essence(status: Status) {
  const { ptrack } = status;
  return {
    state: status.state,
    pct: status.progress_pct,
    message: status.message,
    errors: status.errors.map((text) => text.replace(/^\[.*?\] /, "")),
    metadata: status.metadata,
    outputs: status.output_files,
    waiting: ptrack?.waiting?.reason ?? null,
    total: ptrack?.errors_total,
  };
}

Deno.test("random streams in random pieces end as the same verbs one by one", async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const roll = dice(seed);
    const steps = Array.from({ length: roll(60) }, () => randomStep(roll));
    const end = randomEnd(roll);
    if (end !== null) steps.push(end);
    const ending = () => ["\n", "\r\n"][roll(2)];
    const bytes = encode(steps.map(({ line }) => line + ending()).join(""));

    const fed = new Fed();
    const { running } = await fed.run({ withoutEnd: "detach" });
    for (let at = 0; at < bytes.length;) {
      const size = 1 + roll([3, 40, 400][roll(3)]!);
      await fed.write(bytes.slice(at, at + size));
      at += size;
      if (roll(4) === 0) await fed.platform.time.advance(roll(200));
    }
    await fed.close();
    await running;

    const single = new Fed();
    await single.tracker.start("t");
    for (const { verb } of steps) await verb(single.tracker);
    assertEquals(essence(fed.status()), essence(single.status()), `${seed}`);

    const stored = fed.status();
    fed.platform.files.remove("/desk/.parallel/w/s/status.json");
    const store = openStore(fed.platform, "/desk/.parallel");
    const folded = await store.read({ workspace: "w", sessionId: "s" });
    assertEquals(folded?.status, stored, `${seed}: the fold of the log`);
  }
});
