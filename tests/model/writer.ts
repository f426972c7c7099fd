/**
 * One writer of the model, walked through its verb one step at a time. The
 * verb is the real code. It cannot be stopped in its middle, so each advance
 * runs it again from its beginning: what it was told before is replayed from
 * the journal, one more step is done for real, and before the next one it is
 * suspended. Whoever is suspended, or was killed, can do nothing to the files.
 */
import { PtrackError, RefusedError } from "../../lib/errors.ts";
import { FileStore } from "../../lib/store/files/file_store.ts";
import { SessionTracker } from "../../lib/tracker.ts";
import type { MemoryFiles } from "../support/memory_files.ts";
import {
  type Advance,
  type Mutation,
  type Outcome,
  type Program,
  REF,
  ROOT,
  type WriterState,
} from "./program.ts";
import { Turn } from "./turn.ts";

/** A writer that has done nothing yet, suspended before its first step. */
export function newWriter(
  files: MemoryFiles,
  program: Program,
  options: { index: number; absent?: string[]; mutation?: Mutation },
): Promise<WriterState> {
  const state: WriterState = {
    program,
    index: options.index,
    absent: options.absent ?? [],
    journal: [],
    history: "",
    pending: null,
    written: 0,
    condition: "live",
    outcome: null,
    onlyNewlineMissed: false,
  };
  return advance(files, state, { steps: 0, mutation: options.mutation });
}

/** Runs a writer on, on the files given; they change. */
export async function advance(
  files: MemoryFiles,
  writer: WriterState,
  options: Advance,
): Promise<WriterState> {
  const turn = new Turn(files, writer, options);
  const { mutation } = options;
  const platform = turn.host(mutation?.files?.(turn.files) ?? turn.files);
  const store = new FileStore(platform, ROOT);
  const tracker = new SessionTracker({
    ...REF,
    attempt: writer.program.attempt,
  }, { store: mutation?.store?.(store) ?? store, platform });
  const outcome = await outcomeOf(() => call(tracker, writer.program));
  const { journal, history, pending } = turn;
  const shared = { ...writer, written: 0, journal, history };
  if (pending !== null) return { ...shared, pending };
  return { ...shared, pending: null, condition: "done", outcome };
}

/** Runs a verb to its end, with nobody else there. */
export async function runToEnd(
  files: MemoryFiles,
  program: Program,
  options: { index: number; mutation?: Mutation },
): Promise<Outcome> {
  const writer = await newWriter(files, program, options);
  const { mutation } = options;
  const ended = writer.condition === "done"
    ? writer
    : await advance(files, writer, { steps: Infinity, mutation });
  return ended.outcome!;
}

/** Calls a verb. */
export function call(tracker: SessionTracker, program: Program) {
  const { tag } = program;
  switch (program.verb) {
    case "start":
      return tracker.start(tag, program.options);
    case "heartbeat":
      return tracker.heartbeat({
        message: tag,
        progressPct: program.progressPct ?? null,
      });
    case "waiting":
      return tracker.waiting(tag);
    case "error":
      return tracker.error(tag);
    case "complete":
      return tracker.complete({ message: tag });
    case "fail":
      return tracker.fail(tag);
  }
}

/** How a call ends; what it throws is an outcome as well. */
export async function outcomeOf(
  act: () => ReturnType<typeof call>,
): Promise<Outcome> {
  try {
    const { status, warnings } = (await act())!;
    return { kind: "counted", attempt: status.ptrack?.attempt ?? 0, warnings };
  } catch (error) {
    const message = String(error);
    if (error instanceof RefusedError) return { kind: "refused", message };
    if (error instanceof PtrackError) return { kind: "failed", message };
    return { kind: "defect", message };
  }
}
