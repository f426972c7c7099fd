/** How much is measured, and with what. */
import type { Stopwatch } from "./measure.ts";
import type { Programs } from "./programs.ts";
import type { Sessions } from "./sessions.ts";

/** How often, and how much of it. */
export interface Amounts {
  /** Rounds of what takes some milliseconds. */
  heartbeats: number;
  /** Rounds of what takes longer, or is not ours. */
  reads: number;
  /** Rounds of what is only looked at for its memory. */
  peaks: number;
  latencies: number;
  idleS: number;
  /** Lines of a long log; a million of them are 200 MB and more. */
  lines: number;
  errors: number;
  /** Lines that go through a stream. */
  streamed: number;
  /** Sessions of a large workspace. */
  sessions: number;
}

/** What the figures in docs/performance.md come from. */
export const FULL: Amounts = {
  heartbeats: 100,
  reads: 40,
  peaks: 5,
  latencies: 40,
  idleS: 60,
  lines: 1_000_000,
  errors: 10_000,
  streamed: 2_000_000,
  sessions: 10_000,
};

/** A look at whether all of it works; the figures are rough. */
export const QUICK: Amounts = {
  ...FULL,
  heartbeats: 15,
  reads: 5,
  peaks: 2,
  latencies: 5,
  idleS: 10,
};

/** What each measurement gets. */
export interface Bench {
  amounts: Amounts;
  programs: Programs;
  stopwatch: Stopwatch;
  sessions: Sessions;
  /** The directory with `.parallel` in it: commands run here. */
  directory: string;
}
