/**
 * The words of the model: what a writer calls, how the call ends, and what is
 * known of a writer between two steps.
 */
import type { Files } from "../../lib/platform/platform.ts";
import type { SessionStore } from "../../lib/store/store.ts";
import type { SessionStartOptions } from "../../lib/arguments.ts";
import { MORNING_US } from "../support/fake_platform.ts";

/** Where the model's session is. */
export const ROOT = "/desk/.parallel";
/** The model's session. */
export const REF = { workspace: "w", sessionId: "s" };
/** The model's session's directory. */
export const DIRECTORY = `${ROOT}/w/s`;

/** A verb as a writer calls it. Its texts contain its tag. */
export type Verb =
  | { verb: "start"; options?: SessionStartOptions }
  | { verb: "heartbeat"; progressPct?: number }
  | { verb: "waiting" }
  | { verb: "error" }
  | { verb: "complete" }
  | { verb: "fail" };

/** A writer: what it calls, and the attempt that it was told, if any. */
export type Program = Verb & {
  /** Stands in each text that it writes, and nowhere else. */
  tag: string;
  attempt?: number;
};

/** How a call ended. */
export type Outcome =
  | { kind: "counted"; attempt: number; warnings: string[] }
  | { kind: "refused"; message: string }
  | { kind: "failed"; message: string }
  /** Something was thrown that is no error for people. */
  | { kind: "defect"; message: string };

/** Stands in for parts of the real thing: to see that the model notices. */
export interface Mutation {
  files?: (files: Files) => Files;
  store?: (store: SessionStore) => SessionStore;
}

/** An answer that the verb was given: it gets the same one on each replay. */
export type Answer = { value: unknown } | { error: unknown };

/** The step that a suspended writer will do next. */
export interface Pending {
  name: string;
  /** For an append: to which file, and what. */
  append: { identity: string; bytes: Uint8Array } | null;
}

/** A writer between two steps. */
export interface WriterState {
  readonly program: Program;
  /** Tells its pid, its random words and its time from the others'. */
  readonly index: number;
  /** Markers that are not there, and that no writer can come to make. */
  readonly absent: readonly string[];
  readonly journal: readonly Answer[];
  /** Names all that it was told so far. */
  readonly history: string;
  readonly pending: Pending | null;
  /** Bytes of a write that the others see already; 0 when in no write. */
  readonly written: number;
  readonly condition: "live" | "done" | "dead";
  readonly outcome: Outcome | null;
  /** A write came out short, and only its newline did not arrive. */
  readonly onlyNewlineMissed: boolean;
}

/** How to run a writer on. */
export interface Advance {
  /** Steps to do for real; a first call comes with 0, to find the first step. */
  steps: number;
  /** A short write: only so many bytes arrive. */
  shortBytes?: number;
  mutation?: Mutation;
}

/** The time at which a writer does everything. */
export function timeOf(index: number): number {
  return MORNING_US + (index + 1) * 1_000_000;
}
