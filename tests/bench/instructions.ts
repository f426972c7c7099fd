/**
 * How many instructions a command takes, counted by valgrind: the same on a
 * busy machine as on a quiet one, and nearly the same on another.
 */
import { outputOf } from "./measure.ts";
import type { Bench } from "./plan.ts";
import { atMost, type Figure, notInstalled } from "./figures.ts";
import { payload } from "./hooks.ts";
import { Sessions } from "./sessions.ts";
import { isThere } from "../support/needs.ts";

/** How many times those of an empty program, by the words of the command. */
export type Instructions = Record<string, number>;

/** What is counted. `run` is not: valgrind takes the descriptors it needs. */
const COMMANDS = [
  "heartbeat -w work -s session-00000 --pct 3/7",
  "hook",
  "monitor log -w work -s log -n 20",
  "monitor --json -w many",
];

/**
 * What is more than before. Repetitions of one program differ by two hundredths
 * at most; to load `node:fs` adds a fifth to a heartbeat.
 */
export const MORE = 1.1;

const STORED = new URL("instructions.json", import.meta.url);

/** What they were when they were last stored, by `make bench`. */
export function storedInstructions(): Instructions {
  return JSON.parse(Deno.readTextFileSync(STORED));
}

/** Counts, and stores what was counted. */
export async function measureInstructions(bench: Bench): Promise<Figure[]> {
  if (!isThere("valgrind")) return [notInstalled("instructions", "valgrind")];
  const { ptracks, empty } = bench.programs;
  const [now, before] = await Promise.all(
    ptracks.map((ptrack) => countInstructions(ptrack, empty)),
  );
  const stored = storedInstructions();
  const figures = Object.entries(now).map(([command, times]): Figure => ({
    what: `\`${command}\` / an empty program`,
    measured: times.toFixed(2),
    limit: atMost(stored[command] * MORE, times),
    toBefore: before && times / before[command],
  }));
  Deno.writeTextFileSync(STORED, JSON.stringify(now, null, 2) + "\n");
  return figures;
}

/** Runs each command once, on sessions of its own. */
export async function countInstructions(
  ptrack: string,
  empty: string,
): Promise<Instructions> {
  const directory = Deno.makeTempDirSync({ prefix: "ptrack-instructions-" });
  try {
    const sessions = new Sessions(ptrack, directory);
    await sessions.write("work", 1, "running");
    await sessions.writeLongLog("work", "log", 50);
    await sessions.write("many", 100, "mixed");
    const input = `${directory}/hook.json`;
    Deno.writeTextFileSync(input, JSON.stringify(payload(directory, 2_000)));
    // The first hook begins a session, which the others only go on with.
    await outputOf(withInput(input, [ptrack, "hook"]), { directory });
    const few = await count([empty], { directory, input });
    const found: Instructions = {};
    for (const command of COMMANDS) {
      const words = [ptrack, ...command.split(" ")];
      const many = await count(words, { directory, input });
      found[command] = Number((many / few).toFixed(2));
    }
    return found;
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

/**
 * Without the engine's threads, and what they compile while they have time. Not
 * without its compiler (useJIT), which system calls need.
 */
const ALONE = {
  BUN_JSC_useBaselineJIT: "0",
  BUN_JSC_useConcurrentJIT: "0",
  BUN_JSC_useConcurrentGC: "0",
};

async function count(
  words: string[],
  { directory, input }: { directory: string; input: string },
): Promise<number> {
  const log = `${directory}/valgrind.log`;
  const options = [`--log-file=${log}`, "--callgrind-out-file=/dev/null"];
  const valgrind = ["valgrind", "--tool=callgrind", ...options, ...words];
  await outputOf(withInput(input, valgrind), { directory, env: ALONE });
  const [, found] = /Collected : (\d+)/.exec(Deno.readTextFileSync(log)) ?? [];
  if (found === undefined) throw new Error(`Cannot count "${words.join(" ")}"`);
  return Number(found);
}

function withInput(input: string, words: string[]): string[] {
  return ["sh", "-c", 'exec "$@" < "$0"', input, ...words];
}
