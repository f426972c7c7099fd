/**
 * Real processes, killed at random moments: what was acknowledged is there,
 * readers are right at once, and so is the next writer.
 */
import { assert, assertEquals } from "@std/assert";
import { Place, type Result, spin, times } from "../support/program.ts";

/** How long one call takes, milliseconds. */
async function measure(place: Place): Promise<number> {
  await place.ok("start", "-w", "measured", "-s", "a");
  const began = performance.now();
  for (let i = 0; i < 4; i++) {
    await place.ok("error", "-w", "measured", "-s", "a", "x");
  }
  return (performance.now() - began) / 4;
}

/** The state of a session by the fold of its log alone, from nothing. */
async function foldOfLog(place: Place, id: string) {
  const log = Deno.readTextFileSync(`${place.directory("w", id)}/log.jsonl`);
  place.write("folded", id, { "log.jsonl": log });
  const summary = await place.summary("folded", "-s", id);
  await Deno.remove(place.directory("folded"), { recursive: true });
  return comparable(summary.sessions[0]);
}

// deno-lint-ignore no-explicit-any
function comparable(status: any) {
  const { verdict: _verdict, workspace: _workspace, ...rest } = status;
  return rest;
}

const OWN = /^(status\.json|log\.jsonl|COMPLETED|FAILED|\..+)$/;

/** Checks a session by a reader, then by the next writer. */
async function check(place: Place, id: string, acknowledged: string[]) {
  const { sessions: [seen] } = await place.summary("w", "-s", id);
  assert(["running", "completed", "failed"].includes(seen.state), seen.state);
  assertEquals(comparable(seen), await foldOfLog(place, id));
  await place.run("heartbeat", "-w", "w", "-s", id);
  const stored = place.status("w", id);
  assertEquals(comparable(stored), await foldOfLog(place, id));
  const bytes = Deno.statSync(`${place.directory("w", id)}/log.jsonl`).size;
  assertEquals(stored.ptrack.log_bytes, bytes);
  const texts = wholeLines(place, id).map(({ details }) => details.error);
  for (const text of acknowledged) {
    assertEquals(texts.filter((other) => other === text), [text]);
  }
  const names = place.names("w", id);
  assertEquals(names.filter((name) => !OWN.test(name)), []);
  const markers = { completed: ["COMPLETED"], failed: ["FAILED"] }[
    stored.state as string
  ];
  assertEquals(
    names.filter((name) => /^[A-Z]/.test(name)),
    markers ?? [],
  );
}

/** The lines of the log that are whole; a killed writer may leave half a one. */
function wholeLines(place: Place, id: string) {
  const text = Deno.readTextFileSync(`${place.directory("w", id)}/log.jsonl`);
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

/** Which call comes after which: all verbs, most of them errors. */
function callOf(n: number): string[] {
  switch (n % 8) {
    case 2:
      return ["heartbeat", "--pct", String(n % 101), "-m", `at ${n}`];
    case 4:
      return ["complete", "--output", "x"];
    case 5:
      return ["start", "--force", `attempt of ${n}`];
    case 6:
      return ["fail", `failure ${n}`];
    case 7:
      return ["start", "--restart", `restart of ${n}`];
    default:
      return ["error", `error ${n}`];
  }
}

const KILLS = times({ soak: 400, test: 80 });
const BATCH = 20;

Deno.test(`after ${KILLS} kills at random moments readers and next writers are right, and what was acknowledged is there`, async () => {
  await using place = new Place();
  const wholeMs = await measure(place);
  let [killed, finished] = [0, 0];
  for (let n = 0; n < KILLS; n += BATCH) {
    const id = `s-${n}`;
    await place.ok("start", "-w", "w", "-s", id, "First");
    const acknowledged: string[] = [];
    for (let i = n; i < n + BATCH; i++) {
      const call = callOf(i);
      const [verb, ...rest] = call;
      const running = place.spawn({}, verb!, "-w", "w", "-s", id, ...rest);
      spin(Math.random() * wholeMs * 1.1);
      running.kill("SIGKILL");
      const result: Result = await running.result;
      // Never empty, never half a text: throws if it does not parse.
      place.status("w", id);
      if (result.signal === "SIGKILL") killed++;
      else finished++;
      if (result.code === 0 && verb === "error") acknowledged.push(rest[0]!);
    }
    await check(place, id, acknowledged);
  }
  assert(killed > KILLS / 10, `only ${killed} were killed`);
  assert(finished > 0, "none has finished");
});

Deno.test("concurrent writers, some of them killed: none of the others' errors is lost", async () => {
  await using place = new Place();
  const wholeMs = await measure(place);
  await place.ok("start", "-w", "w", "-s", "a");
  const acknowledged: string[] = [];
  for (let round = 0; round < times({ soak: 12, test: 4 }); round++) {
    const calls = Array.from({ length: 8 }, (_, n) => {
      const text = `${round}-${n}`;
      const running = place.spawn({}, "error", "-w", "w", "-s", "a", text);
      return { text, running, isVictim: n % 2 === 0 };
    });
    spin(Math.random() * wholeMs * 2);
    for (const { running, isVictim } of calls) {
      if (isVictim) running.kill("SIGKILL");
    }
    for (const { text, running, isVictim } of calls) {
      const { code } = await running.result;
      if (!isVictim) assertEquals(code, 0);
      if (code === 0) acknowledged.push(text);
    }
  }
  await check(place, "a", acknowledged);
});
