/**
 * Walks through every interleaving of some writers, step by step, with so many
 * kills and short writes at any place as allowed, and collects what is wrong.
 * States that are the same in all that anybody can still find out are visited
 * once: the files, what each live writer was told so far, how the others ended.
 *
 * A kill needs no code: the writer does no further step. A write may show in
 * two steps, as it does to readers on a real system (other appends wait); a
 * kill in between is a torn write. A short write is one that the system cuts
 * off and says so.
 */
import type { MemoryFiles } from "../support/memory_files.ts";
import {
  DIRECTORY,
  type Mutation,
  type Program,
  type WriterState,
} from "./program.ts";
import { wrongAtRest, wrongForReaders } from "./properties.ts";
import { interned } from "./turn.ts";
import { advance, newWriter } from "./writer.ts";

/** What to walk through. */
export interface Scenario {
  files: MemoryFiles;
  programs: readonly Program[];
  /** How many writers may be killed. */
  kills?: number;
  /** How many writes may come out short. */
  shorts?: number;
  /** Whether writes may show in two steps. */
  writes?: "whole" | "split";
  mutation?: Mutation;
}

/** What was found. */
export interface Exploration {
  states: number;
  /** States in which all writers have ended. */
  ends: number;
  /** What is wrong, with the shortest way there. */
  violations: Map<string, string[]>;
}

interface Step {
  text: string;
  before: Step | null;
  length: number;
}

interface State {
  files: MemoryFiles;
  writers: readonly WriterState[];
  kills: number;
  shorts: number;
  trace: Step | null;
}

/** Walks through a scenario. */
export async function explore(scenario: Scenario): Promise<Exploration> {
  const found: Exploration = { states: 0, ends: 0, violations: new Map() };
  const seen = new Set<string>();
  const filesSeen = new Set<string>();
  const stack = [await beginning(scenario)];
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    const filesKey = interned(state.files.key(isTemporary));
    const key = `${filesKey}/${
      state.writers.map(keyOf).join("/")
    }/${state.kills}/${state.shorts}`;
    if (seen.has(key)) continue;
    seen.add(key);
    found.states++;
    if (!filesSeen.has(filesKey)) {
      filesSeen.add(filesKey);
      note(found, state, await wrongForReaders(state.files));
    }
    const next = await successors(state, scenario);
    if (state.writers.every(({ condition }) => condition !== "live")) {
      found.ends++;
      note(found, state, await wrongAtRest(restOf(state, scenario)));
    }
    stack.push(...next);
  }
  return found;
}

/**
 * Walks one way at random, `choose` picking the writer that goes on (or is
 * killed), for more writers than all ways can be walked of. Checks readers at
 * every step, and all at the end; returns what is wrong, with the way there.
 */
export async function walk(
  scenario: Scenario,
  choose: (count: number) => number,
): Promise<Exploration> {
  const found: Exploration = { states: 0, ends: 0, violations: new Map() };
  let state = await beginning(scenario);
  for (;;) {
    found.states++;
    note(found, state, await wrongForReaders(state.files));
    const next = await successors(state, scenario);
    if (next.length === 0) break;
    state = next[choose(next.length)];
  }
  found.ends++;
  note(found, state, await wrongAtRest(restOf(state, scenario)));
  return found;
}

async function beginning(scenario: Scenario): Promise<State> {
  const files = scenario.files.fork();
  const { mutation, kills = 0, shorts = 0 } = scenario;
  const writers: WriterState[] = [];
  const absent = absentMarkers(scenario);
  for (const [index, program] of scenario.programs.entries()) {
    writers.push(await newWriter(files, program, { index, absent, mutation }));
  }
  return { files, writers, kills, shorts, trace: null };
}

/** A marker is made only of an event that is in the log, or will be. */
function absentMarkers({ files, programs }: Scenario): string[] {
  const log = files.text(`${DIRECTORY}/log.jsonl`) ?? "";
  const markers = [
    { name: "COMPLETED", event: "completed", verb: "complete" },
    { name: "FAILED", event: "failed", verb: "fail" },
  ];
  return markers
    .filter(({ event }) => !log.includes(`"event":"${event}"`))
    .filter(({ verb }) => programs.every((program) => program.verb !== verb))
    .map(({ name }) => `${DIRECTORY}/${name}`)
    .filter((path) => files.inspect(path) === null);
}

/** A temporary file: nobody but its writer looks at it. */
function isTemporary(path: string): boolean {
  return /\/\.[^/]*$/.test(path) && !/\/\.(parallel|gitignore)$/.test(path);
}

function keyOf(writer: WriterState): string {
  if (writer.condition === "dead") return "dead";
  if (writer.condition === "live") return `${writer.history}+${writer.written}`;
  return interned(JSON.stringify([writer.outcome, writer.onlyNewlineMissed]));
}

function restOf(state: State, scenario: Scenario) {
  const { files, writers, shorts } = state;
  return {
    files,
    writers,
    killed: writers.filter(({ condition }) => condition === "dead").length,
    torn: (scenario.shorts ?? 0) - shorts,
    mutation: scenario.mutation,
  };
}

async function successors(state: State, scenario: Scenario): Promise<State[]> {
  const next: State[] = [];
  for (const [index, writer] of state.writers.entries()) {
    if (writer.condition !== "live") continue;
    if (state.kills > 0) next.push(killed(state, index));
    if (mustWait(state, index)) continue;
    next.push(await stepped(state, index, scenario.mutation));
    const { append } = writer.pending!;
    if (append === null || writer.written > 0) continue;
    for (const bytes of cutsOf(append.bytes)) {
      if (scenario.writes === "split") next.push(begun(state, index, bytes));
      if (state.shorts > 0) {
        next.push(
          await shortened(state, { index, bytes, mutation: scenario.mutation }),
        );
      }
    }
  }
  return next;
}

/** Appends to one file come one after the other. */
function mustWait(state: State, index: number): boolean {
  const mine = state.writers[index].pending!.append?.identity;
  return mine !== undefined &&
    state.writers.some((other, at) =>
      at !== index && other.condition === "live" && other.written > 0 &&
      other.pending!.append!.identity === mine
    );
}

/** Where a write is cut: in the JSON, and just before its newline. */
function cutsOf(bytes: Uint8Array): number[] {
  return [Math.floor(bytes.length / 2), bytes.length - 1];
}

function killed(state: State, index: number): State {
  const writer = state.writers[index];
  return {
    ...state,
    kills: state.kills - 1,
    writers: state.writers.with(index, {
      ...writer,
      condition: "dead",
      pending: null,
    }),
    trace: traced(
      state,
      `${writer.program.tag} is killed before ${writer.pending!.name}`,
    ),
  };
}

async function stepped(
  state: State,
  index: number,
  mutation?: Mutation,
): Promise<State> {
  const writer = state.writers[index];
  const files = state.files.fork();
  const live = state.writers.filter(({ condition }) => condition === "live");
  const isAlone = live.length === 1 && state.kills + state.shorts === 0;
  const steps = isAlone ? Infinity : 1;
  const next = await advance(files, writer, { steps, mutation });
  return {
    ...state,
    files,
    writers: state.writers.with(index, next),
    trace: traced(
      state,
      `${writer.program.tag}: ${writer.pending!.name}${isAlone ? " …" : ""}`,
    ),
  };
}

function begun(state: State, index: number, bytes: number): State {
  const writer = state.writers[index];
  const { identity, bytes: all } = writer.pending!.append!;
  const files = state.files.fork();
  files.reopen(identity, "append").append(all.subarray(0, bytes));
  return {
    ...state,
    files,
    writers: state.writers.with(index, { ...writer, written: bytes }),
    trace: traced(
      state,
      `${writer.program.tag}: the first ${bytes} of ${all.length} bytes`,
    ),
  };
}

async function shortened(
  state: State,
  cut: { index: number; bytes: number; mutation?: Mutation },
): Promise<State> {
  const { index, bytes, mutation } = cut;
  const writer = state.writers[index];
  const { length } = writer.pending!.append!.bytes;
  const files = state.files.fork();
  const next = await advance(files, writer, {
    steps: 1,
    shortBytes: bytes,
    mutation,
  });
  const onlyNewlineMissed = writer.onlyNewlineMissed || bytes === length - 1;
  return {
    ...state,
    files,
    shorts: state.shorts - 1,
    writers: state.writers.with(index, { ...next, onlyNewlineMissed }),
    trace: traced(
      state,
      `${writer.program.tag}: only ${bytes} of ${length} bytes are written`,
    ),
  };
}

function traced(state: State, text: string): Step {
  return { text, before: state.trace, length: (state.trace?.length ?? 0) + 1 };
}

function note(found: Exploration, state: State, wrong: string[]): void {
  for (const text of wrong) {
    const known = found.violations.get(text);
    const length = (state.trace?.length ?? 0) + 1;
    if (known !== undefined && known.length <= length) continue;
    const way = state.writers.map(({ program, outcome, condition }) =>
      `${program.tag} ${program.verb}: ${
        outcome ? JSON.stringify(outcome) : condition
      }`
    ).join("; ");
    found.violations.set(text, [...wayTo(state.trace), `=> ${way}`]);
  }
}

function wayTo(last: Step | null): string[] {
  const way: string[] = [];
  for (let step = last; step !== null; step = step.before) way.push(step.text);
  return way.reverse();
}
