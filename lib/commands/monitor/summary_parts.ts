/**
 * A part of a workspace's summary: some sessions that were read, judged and
 * turned into JSON. Whichever thread does a part, its text is the same.
 */
import { Judge, type JudgeContext } from "../../judge.ts";
import type { Coverage } from "../../report/results.ts";
import { sessionsText } from "../../report/summary.ts";
import type { Selection } from "../../session/snapshot.ts";
import { STATUS_FUNCTIONS } from "../../session/status.ts";
import type { Totals } from "../../session/types.ts";
import { type Limits, VERDICT_FUNCTIONS } from "../../session/verdict.ts";
import type { SessionEntry } from "../../store/store.ts";

/** The module that makes parts in another thread. */
export const SUMMARY_THREAD = "lib/commands/monitor/summary_thread";

/** What is called for each session, and takes a compiler long. */
export const OFTEN_CALLED = [...STATUS_FUNCTIONS, ...VERDICT_FUNCTIONS];

/** A summary to make. */
export interface SummaryWork {
  workspace: string;
  entries: readonly SessionEntry[];
  selection: Selection;
  limits: Limits;
  coverage: Coverage;
}

/** What another thread is told. */
export interface SharedWork extends Omit<SummaryWork, "entries"> {
  /** Joined by zero bytes: one text is handed over at once. */
  entries: string;
  /** Where the store is. */
  location: string;
  /** How many parts the threads have taken. */
  taken: Int32Array;
}

/** Some sessions as JSON, and how many are in which state. */
export interface SummaryPart {
  text: string;
  totals: Totals;
}

/** A part as another thread sends it. */
export interface SentPart {
  at: number;
  part: SummaryPart;
}

const PART_SESSIONS = 200;

/** How many parts there are. */
export function countParts(entries: readonly SessionEntry[]): number {
  return Math.ceil(entries.length / PART_SESSIONS);
}

/** Makes the parts of a summary, one at a time. */
export class PartMaker {
  readonly #context: JudgeContext;
  readonly #judge: Judge;
  readonly #work: SummaryWork;

  constructor(context: JudgeContext, work: SummaryWork) {
    this.#context = context;
    this.#judge = new Judge(context, work.limits);
    this.#work = work;
  }

  /** Makes the parts that no other thread has taken. */
  async takeParts(
    taken: Int32Array,
    onPart: (sent: SentPart) => void,
  ): Promise<void> {
    const count = countParts(this.#work.entries);
    for (;;) {
      const at = Atomics.add(taken, 0, 1);
      if (at >= count) return;
      onPart({ at, part: await this.make(at) });
    }
  }

  async make(at: number): Promise<SummaryPart> {
    const { workspace, entries, selection, coverage } = this.#work;
    const begin = at * PART_SESSIONS;
    const some = entries.slice(begin, begin + PART_SESSIONS);
    const views = await this.#context.store.readSome(workspace, some);
    const { sessions, totals } = await this.#judge
      .snapshotOf(workspace, views, selection);
    return { text: sessionsText(sessions, coverage), totals };
  }
}
