/**
 * The reading side of ptrack: one look at a workspace, looks that follow its
 * changes, and waiting until its sessions are done. Works on any store and
 * never writes. Verdicts are computed anew at each look.
 */
import type { Clock } from "./platform/platform.ts";
import {
  CachedProcessInspector,
  livenessOf,
  type ProcessInspector,
} from "./process/owners.ts";
import {
  assess,
  type AssessContext,
  type Limits,
  NO_LIMITS,
} from "./session/verdict.ts";
import { select, type Selection } from "./session/selection.ts";
import { takeSnapshot } from "./session/snapshot.ts";
import type { SessionReport, SessionView, Snapshot } from "./session/types.ts";
import {
  decideWait,
  type WaitEnd,
  type WaitGoal,
} from "./session/wait_condition.ts";
import type { Feed, SessionStore } from "./store/store.ts";

/** By what sessions are judged, besides what they say. */
export interface MonitoringOptions {
  /** Limits that come before the sessions' own. */
  limits?: Limits;
  /** Tells of processes; without it no owner is judged. */
  sight?: ProcessInspector;
}

/** How changes are followed. */
export interface FollowOptions {
  selection?: Selection;
  /** Longest time between two looks, for verdicts and ages; 5,000 ms. */
  tickMs?: number;
  /** Longest time between two looks where file events fail; 30,000 ms. */
  pollIntervalMs?: number;
  /** Ends the following. */
  signal?: AbortSignal;
}

/** How a wait goes. */
export interface WaitOptions extends FollowOptions {
  /** When the wait gives up. */
  timeoutMs: number;
  /** Called at each look, null while there is no workspace. */
  onLook?: (snapshot: Snapshot | null) => void;
}

/** How a wait ended. */
export interface WaitOutcome {
  /** What ended it. */
  reason: WaitEnd | "timed_out" | "aborted";
  /** As in docs/cli.md; 130 when it was aborted. */
  exitCode: number;
  /** The sessions that decided it; for `nothing` those that are missing. */
  sessions: string[];
  /** Sessions that went away before their end. */
  vanished: string[];
  /** The last look; null if there was no workspace. */
  snapshot: Snapshot | null;
}

const EXIT_CODES: Record<WaitOutcome["reason"], number> = {
  completed: 0,
  failed: 1,
  nothing: 3,
  waiting: 5,
  timed_out: 124,
  aborted: 130,
};

const TICK_MS = 5_000;
const POLL_INTERVAL_MS = 30_000;

/** Watches sessions through a store. */
export class Monitoring {
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #sight: ProcessInspector | null;
  /** Sessions that seem over as first seen, and as they were read after that. */
  readonly #readAgain = new WeakMap<SessionView, SessionView>();

  constructor(
    store: SessionStore,
    clock: Clock,
    { limits = NO_LIMITS, sight }: MonitoringOptions = {},
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#limits = limits;
    this.#sight = sight === undefined
      ? null
      : new CachedProcessInspector(sight, clock);
  }

  /** A workspace now, narrowed to a selection; null if there is none. */
  async snapshot(
    workspace: string,
    selection: Selection = {},
  ): Promise<Snapshot | null> {
    const views = await this.#store.readAll(workspace);
    if (views === null) return null;
    return await this.#judge(workspace, views, { selection, graceUs: null });
  }

  /** All workspaces now, in the order of their names. */
  async snapshots(selection: Selection = {}): Promise<Snapshot[]> {
    const found: Snapshot[] = [];
    for (const workspace of await this.#store.workspaces()) {
      const snapshot = await this.snapshot(workspace, selection);
      if (snapshot !== null) found.push(snapshot);
    }
    return found;
  }

  /**
   * A workspace at once, at each change and at each tick, until `signal`
   * aborts or the loop is left; null while there is no such workspace.
   */
  async *changes(
    workspace: string,
    options: FollowOptions = {},
  ): AsyncGenerator<Snapshot | null> {
    for await (const snapshots of this.#follow(workspace, options)) {
      yield snapshots[0] ?? null;
    }
  }

  /** The same for all workspaces, in the order of their names. */
  changesOfAll(options: FollowOptions = {}): AsyncGenerator<Snapshot[]> {
    return this.#follow(null, options);
  }

  /** Waits until sessions have done what the goal says, or time runs out. */
  async waitFor(
    workspace: string,
    goal: WaitGoal,
    options: WaitOptions,
  ): Promise<WaitOutcome> {
    const lookout = await this.#lookout(workspace, options);
    let decision = decideWait(goal, new Map(), null);
    try {
      for (;;) {
        const snapshot = (await lookout.look())[0] ?? null;
        options.onLook?.(snapshot);
        decision = decideWait(goal, decision.memory, snapshot);
        const leftMs = options.timeoutMs - lookout.elapsedMs;
        const reason = decision.end ??
          (options.signal?.aborted ? "aborted" : null) ??
          (leftMs <= 0 ? "timed_out" : null);
        if (reason !== null) {
          const { sessions, vanished } = decision;
          const exitCode = EXIT_CODES[reason];
          return { reason, exitCode, sessions, vanished, snapshot };
        }
        await lookout.next(
          Math.min(leftMs, options.tickMs ?? TICK_MS),
          options.signal,
        );
      }
    } finally {
      lookout.close();
    }
  }

  async *#follow(
    workspace: string | null,
    options: FollowOptions,
  ): AsyncGenerator<Snapshot[]> {
    const lookout = await this.#lookout(workspace, options);
    try {
      while (!options.signal?.aborted) {
        yield await lookout.look();
        await lookout.next(options.tickMs ?? TICK_MS, options.signal);
      }
    } finally {
      lookout.close();
    }
  }

  async #lookout(
    workspace: string | null,
    options: FollowOptions,
  ): Promise<Poller> {
    const feed = await this.#store.feed(workspace, {
      pollIntervalMs: options.pollIntervalMs ?? POLL_INTERVAL_MS,
    });
    const { selection = {} } = options;
    return new Poller(
      feed,
      this.#clock,
      (name, views, graceUs) =>
        this.#judge(name, views, { selection, graceUs }),
    );
  }

  /**
   * A session may have ended since it was read, and its process with it: who
   * seems to have crashed is read once more, after the look at the process.
   */
  async #judge(
    workspace: string,
    views: readonly SessionView[],
    { selection, graceUs }: { selection: Selection; graceUs: number | null },
  ): Promise<Snapshot> {
    const moment = this.#moment(graceUs);
    const first = takeSnapshot(workspace, select(views, selection), moment);
    if (!first.sessions.some(seemsOver)) return first;
    const again: SessionView[] = [];
    for (const report of first.sessions) {
      const latest = seemsOver(report)
        ? await this.#latest(report.view, graceUs)
        : report.view;
      if (latest !== null) again.push(latest);
    }
    const latest = select(again, selection);
    return takeSnapshot(workspace, latest, this.#moment(graceUs));
  }

  /** Such a session as it is by now; null if it has been removed. */
  async #latest(
    view: SessionView,
    graceUs: number | null,
  ): Promise<SessionView | null> {
    const known = this.#readAgain.get(view);
    if (known !== undefined) return known;
    const latest = await this.#store.read(view);
    // What stays so is not read at each look.
    if (latest !== null) {
      const verdict = assess(latest, this.#moment(graceUs));
      if (seemsOver({ view: latest, verdict })) {
        this.#readAgain.set(view, latest);
      }
    }
    return latest;
  }

  #moment(graceUs: number | null): AssessContext {
    return {
      nowUs: this.#clock.nowUs(),
      limits: this.#limits,
      graceUs,
      livenessOf: (view) =>
        this.#sight === null ? null : livenessOf(this.#sight, view),
    };
  }
}

/** Judged by its process alone, which is gone. */
function seemsOver({ verdict }: SessionReport): boolean {
  return verdict.state === "crashed" ||
    verdict.state === "completed" && verdict.recorded_state === "running";
}

type Judge = (
  workspace: string,
  views: readonly SessionView[],
  graceUs: number | null,
) => Promise<Snapshot>;

/** Waking later than this means that the machine slept, not the sessions. */
const LATE_MS = 30_000;

/** Looks at a feed again and again, and knows when time was lost. */
class Poller {
  readonly #feed: Feed;
  readonly #clock: Clock;
  readonly #judge: Judge;
  #seenUs: number;
  #graceUs: number | null = null;
  /** Time spent in looks and waits; a gap counts as LATE_MS at most. */
  elapsedMs = 0;

  constructor(feed: Feed, clock: Clock, judge: Judge) {
    this.#feed = feed;
    this.#clock = clock;
    this.#judge = judge;
    this.#seenUs = clock.nowUs();
  }

  async look(): Promise<Snapshot[]> {
    const snapshots: Snapshot[] = [];
    for (const [workspace, views] of this.#feed.read()) {
      snapshots.push(await this.#judge(workspace, views, this.#graceUs));
    }
    return snapshots;
  }

  /** Returns at the next change, after `ms`, or when `signal` aborts. */
  async next(ms: number, signal?: AbortSignal): Promise<void> {
    const beganUs = this.#clock.nowUs();
    await this.#feed.changed(ms, signal);
    const nowUs = this.#clock.nowUs();
    if (nowUs - beganUs > (ms + LATE_MS) * 1000) this.#graceUs = nowUs;
    const spentMs = (nowUs - this.#seenUs) / 1000;
    this.#seenUs = nowUs;
    this.elapsedMs += Math.min(Math.max(spentMs, 0), ms + LATE_MS);
  }

  close(): void {
    this.#feed.close();
  }
}
