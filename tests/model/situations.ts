/** Where the model's scenarios begin, and the writers that meet there. */
import { MemoryFiles } from "../support/memory_files.ts";
import { DIRECTORY, type Program, ROOT, type Verb } from "./program.ts";
import { runToEnd } from "./writer.ts";

/** The writers that a session has known before, in order. */
const PASTS = {
  nothing: [],
  "empty directory": [],
  running: [{ verb: "start" }],
  completed: [{ verb: "start" }, { verb: "complete" }],
  failed: [{ verb: "start" }, { verb: "error" }, { verb: "fail" }],
  "second attempt": [
    { verb: "start" },
    { verb: "complete" },
    { verb: "start", options: { restart: true } },
  ],
} satisfies Record<string, Verb[]>;

/** A name of a beginning. */
export type Past = keyof typeof PASTS;

/** Files as they are after a past, each of its writers undisturbed. */
export async function filesAfter(past: Past): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  files.makeDirectories("/desk");
  for (const [at, verb] of (PASTS[past] as Verb[]).entries()) {
    // Earlier in time, and other pids, than the writers of any scenario.
    const index = at - PASTS[past].length - 1;
    const outcome = await runToEnd(files, { ...verb, tag: `past-${at}` }, {
      index,
    });
    if (outcome.kind !== "counted") {
      throw new Error(`${past}: ${JSON.stringify(outcome)}`);
    }
  }
  if (past === "empty directory") {
    files.makeDirectories(DIRECTORY);
    files.writeText(`${ROOT}/.gitignore`, "*\n");
  }
  return files;
}

const CALLS = {
  start: { verb: "start" },
  restart: { verb: "start", options: { restart: true } },
  force: { verb: "start", options: { force: true } },
  heartbeat: { verb: "heartbeat", progressPct: 40 },
  pulse: { verb: "heartbeat" },
  waiting: { verb: "waiting" },
  error: { verb: "error" },
  complete: { verb: "complete" },
  fail: { verb: "fail" },
  "fenced complete": { verb: "complete", attempt: 1 },
  "fenced error": { verb: "error", attempt: 1 },
} satisfies Record<string, Verb & { attempt?: number }>;

/** A name of a call. */
export type Call = keyof typeof CALLS;

/** The names of all calls. */
export const ALL_CALLS = Object.keys(CALLS) as Call[];

/** Writers that make these calls, each with a tag of its own. */
export function writersOf(calls: readonly Call[]): Program[] {
  return calls.map((call, at) =>
    ({ ...CALLS[call], tag: `writer-${at + 1}` }) as Program
  );
}
