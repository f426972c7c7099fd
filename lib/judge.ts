/**
 * Judges the sessions of a store at one moment. Their processes are inspected,
 * and what seems over is read again before it is said to be over.
 */
import type { Platform } from "./platform/platform.ts";
import {
  cachedProcessInspector,
  livenessOfSession,
  type ProcessInspector,
  processInspector,
} from "./process/owners.ts";
import { select, type Selection, takeSnapshot } from "./session/snapshot.ts";
import type { SessionReport, SessionView, Snapshot } from "./session/types.ts";
import { assess, type AssessContext, type Limits } from "./session/verdict.ts";
import type { VerdictBasis } from "./session/verdict_basis.ts";
import type { SessionStore } from "./store/store.ts";

/** What a judge works with. */
export interface JudgeContext {
  store: SessionStore;
  platform: Pick<Platform, "clock" | "system" | "systemCalls">;
}

/** Judges sessions again and again. */
export class Judge {
  /** When the machine last woke from sleep; null if it has not slept. */
  wokeUs: number | null = null;
  readonly #store: SessionStore;
  readonly #clock: Platform["clock"];
  readonly #limits: Limits;
  readonly #inspector: ProcessInspector;
  /** Sessions that seemed over, and how they were when read again. */
  readonly #readAgain = new WeakMap<SessionView, SessionView>();

  constructor({ store, platform }: JudgeContext, limits: Limits) {
    this.#store = store;
    this.#clock = platform.clock;
    this.#limits = { ...limits };
    this.#inspector = cachedProcessInspector(
      processInspector(platform),
      platform.clock,
    );
  }

  /**
   * The snapshot of some sessions; its basis is noted, if one is given.
   *
   * A session may have ended after it was read, and its process with it: one
   * that seems over is read again after its process was inspected.
   */
  async snapshotOf(
    workspace: string,
    views: readonly SessionView[],
    selection: Selection = {},
    basis: VerdictBasis | null = null,
  ): Promise<Snapshot> {
    const context = () => basis?.noting(this.context()) ?? this.context();
    const chosen = select(views, selection);
    const first = takeSnapshot(workspace, chosen, context());
    if (!first.sessions.some(seemsOver)) return first;
    const again: SessionView[] = [];
    for (const report of first.sessions) {
      const view = seemsOver(report)
        ? await this.#readOnceMore(report.view)
        : report.view;
      if (view !== null) again.push(view);
    }
    return takeSnapshot(workspace, select(again, selection), context());
  }

  /** The session as it is by now; null if it has been removed. */
  async #readOnceMore(view: SessionView): Promise<SessionView | null> {
    const known = this.#readAgain.get(view);
    if (known !== undefined) return known;
    const latest = await this.#store.read(view);
    if (latest === null) return null;
    // One that stays over is not read again for each snapshot.
    const verdict = assess(latest, this.context());
    if (seemsOver({ view: latest, verdict })) this.#readAgain.set(view, latest);
    return latest;
  }

  /** What sessions are judged by now. */
  context(): AssessContext {
    return {
      nowUs: this.#clock.nowUs(),
      limits: this.#limits,
      wokeUs: this.wokeUs,
      livenessOf: (view) => livenessOfSession(this.#inspector, view),
    };
  }
}

/** Judged by its process alone, which is gone. */
function seemsOver({ verdict }: SessionReport): boolean {
  return verdict.state === "crashed" ||
    verdict.state === "completed" && verdict.recorded_state === "running";
}
