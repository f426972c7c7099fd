/**
 * Watching sessions: snapshots, changes, and waits, for the command line and
 * for the library alike. A monitor works on any store and never writes; it
 * makes all verdicts anew for each snapshot.
 */
import { checkArgument, checkOptions, type Kind } from "./arguments.ts";
import { NotFoundError, UsageError } from "./errors.ts";
import { Judge, type JudgeContext } from "./judge.ts";
import type { Clock } from "./platform/platform.ts";
import { exitCodeOfSignal } from "./platform/signals.ts";
import { checkExistingName, checkName } from "./session/names.ts";
import type { Selection } from "./session/snapshot.ts";
import type {
  LogLine,
  SessionReport,
  SessionView,
  Snapshot,
} from "./session/types.ts";
import type { Limits } from "./session/verdict.ts";
import {
  decideWait,
  type WaitDecision,
  type WaitEnd,
} from "./session/wait_condition.ts";
import { VerdictBasis } from "./session/verdict_basis.ts";
import type { SessionStore } from "./store/store.ts";

/** What to watch, and by which limits. */
export interface SessionMonitorOptions extends Limits {
  /** The group of sessions to watch; null for all groups. */
  workspace: string | null;
  /** The `.parallel` directory; found as the command finds it if not given. */
  directory?: string;
}

/** How to follow changes. */
export interface ChangesOptions {
  /** Which sessions; all if not given. */
  selection?: Selection;
  /** Ends the following after a last snapshot. */
  signal?: AbortSignal;
  /** The following ends after this time, with a last snapshot. */
  timeoutMs?: number;
  /** Longest time between two snapshots, for the ages in them; 5,000 ms. */
  tickMs?: number;
  /** Longest time between two looks where file events fail; 30,000 ms. */
  pollIntervalMs?: number;
}

/** How to wait for all sessions. */
export interface WaitForAllOptions {
  /** Seconds until the wait gives up; an hour if not given. */
  timeoutS?: number;
  /** Sessions that must be there, by number or by name, before all are done. */
  expect?: number | string[];
  /** Called with each snapshot; null while there is no workspace. */
  onLook?: (snapshot: Snapshot | null) => void;
  /** Ends the wait early. */
  signal?: AbortSignal;
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
  /** The last snapshot; null if there was no workspace. */
  snapshot: Snapshot | null;
}

let openContext: (options: SessionMonitorOptions) => JudgeContext;

/** Sets how monitors that a program makes get their context: for lib/mod.ts. */
export function setMonitorContext(open: typeof openContext): void {
  openContext = open;
}

const OPTIONS: Record<keyof SessionMonitorOptions, Kind> = {
  workspace: "text or null",
  directory: "path",
  heartbeatTimeoutS: "limit",
  sessionTimeoutS: "limit",
  stallAfterS: "limit",
};
const CHANGES_OPTIONS: Record<keyof ChangesOptions, Kind> = {
  selection: "object",
  signal: "signal",
  timeoutMs: "milliseconds",
  tickMs: "milliseconds",
  pollIntervalMs: "milliseconds",
};
const WAIT_OPTIONS: Record<keyof WaitForAllOptions, Kind> = {
  timeoutS: "time",
  expect: "expectation",
  onLook: "function",
  signal: "signal",
};

const TIMEOUT_S = 3_600;
const TICK_MS = 5_000;
/** How often it is looked whether time, or a process, has changed a verdict. */
const CHECK_MS = 5_000;
const POLL_INTERVAL_MS = 30_000;
/** Waking later than this means that the machine slept, not the sessions. */
const LATE_MS = 30_000;

/** Watches the sessions of one workspace, or of all. Never writes. */
export class SessionMonitor {
  readonly #workspace: string | null;
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #judge: Judge;

  /** Throws a UsageError if an option is wrong. */
  constructor(options: SessionMonitorOptions);
  /** @ignore The command line brings a context of its own. */
  constructor(options: SessionMonitorOptions, context: JudgeContext);
  constructor(options: SessionMonitorOptions, context?: JudgeContext) {
    const action = "monitor a workspace";
    checkOptions(action, options, OPTIONS);
    const { workspace } = options;
    checkArgument(action, ["workspace", workspace], OPTIONS.workspace);
    if (workspace !== null) checkExistingName(workspace, "workspace");
    const used = context ?? openContext(options);
    this.#workspace = workspace;
    this.#store = used.store;
    this.#clock = used.platform.clock;
    this.#judge = new Judge(used, options);
  }

  /** A snapshot of each workspace that is there, in the order of names. */
  async snapshots(selection: Selection = {}): Promise<Snapshot[]> {
    checkArgument("take snapshots", ["the selection", selection], "object");
    const names = this.#workspace === null
      ? await this.#store.workspaces()
      : [this.#workspace];
    const snapshots: Snapshot[] = [];
    for (const name of names) {
      const entries = await this.#store.list(name);
      if (entries === null) continue;
      const views = await this.#store.readSome(name, entries);
      snapshots.push(await this.#judge.snapshotOf(name, views, selection));
    }
    return snapshots;
  }

  /** Snapshots at once, at each change also of a verdict, and at each tick. */
  async *changes(options: ChangesOptions = {}): AsyncGenerator<Snapshot[]> {
    checkOptions("follow changes", options, CHANGES_OPTIONS);
    const { selection = {}, signal, timeoutMs = Infinity } = options;
    const { tickMs = TICK_MS, pollIntervalMs = POLL_INTERVAL_MS } = options;
    const feed = await this.#store.feed(this.#workspace, pollIntervalMs);
    const clock = this.#clock;
    const judge = this.#judge;
    let leftMs = timeoutMs;
    let seenMs = clock.elapsedMs();
    // A sleep of the machine does not use up the time; to look at many does.
    const spend = (latestMs: number) => {
      const nowMs = clock.elapsedMs();
      leftMs -= Math.min(nowMs - seenMs, latestMs);
      seenMs = nowMs;
    };
    let tickLeftMs = tickMs;
    let known = new Map<string, readonly SessionView[]>();
    let basis: VerdictBasis | null = null;
    try {
      for (;;) {
        const views = feed.read();
        const isDue = signal?.aborted || leftMs <= 0 || tickLeftMs <= 0 ||
          !isSame(known, views) || !basis?.holds(judge.context());
        if (isDue) {
          known = views;
          basis = new VerdictBasis();
          tickLeftMs = tickMs;
          const snapshots: Snapshot[] = [];
          for (const [name, some] of views) {
            snapshots.push(
              await judge.snapshotOf(name, some, selection, basis),
            );
          }
          yield snapshots;
        }
        spend(LATE_MS);
        if (signal?.aborted || leftMs <= 0) return;
        const waitMs = Math.min(leftMs, tickLeftMs, CHECK_MS);
        const beganUs = clock.nowUs();
        const beganMs = clock.elapsedMs();
        await feed.changed(waitMs, signal);
        const nowUs = clock.nowUs();
        const nowMs = clock.elapsedMs();
        const latestMs = waitMs + LATE_MS;
        if (nowUs - beganUs > latestMs * 1000) {
          judge.wokeUs = nowUs;
          basis = null;
        }
        tickLeftMs -= nowMs - beganMs;
        spend(latestMs);
      }
    } finally {
      feed.close();
    }
  }

  /** All sessions now. Throws a NotFoundError if there is no workspace. */
  async pollAll(): Promise<Snapshot> {
    const workspace = this.#oneWorkspace();
    const [snapshot] = await this.snapshots();
    if (snapshot !== undefined) return snapshot;
    throw new NotFoundError(`Cannot find workspace "${workspace}"`);
  }

  /** The ids of the sessions that are there, sorted. */
  async listSessions(): Promise<string[]> {
    return await this.#store.sessionIds(this.#oneWorkspace());
  }

  /** One session and the verdict on it; null if there is none. */
  async readSession(sessionId: string): Promise<SessionReport | null> {
    const ref = this.#refOf(sessionId);
    const view = await this.#store.read(ref);
    if (view === null) return null;
    const { sessions } = await this.#judge.snapshotOf(ref.workspace, [view]);
    return sessions[0] ?? null;
  }

  /** A session's events, oldest first; `last`: only so many, from the end. */
  async readSessionLog(
    sessionId: string,
    range: { last?: number } = {},
  ): Promise<LogLine[]> {
    checkOptions("read a log", range, { last: "count" });
    const page = await this.#store.readLog(this.#refOf(sessionId), range);
    if (page !== null) return page.lines;
    throw new NotFoundError(`Cannot find session "${sessionId}"`);
  }

  /** The dashboard as text, as `ptrack monitor` prints it. */
  async dashboard(): Promise<string> {
    const { dashboard } = await import("./report/dashboard.ts");
    return dashboard(await this.pollAll());
  }

  /** Waits until all sessions are done; running out of time is no success. */
  async waitForAll(options: WaitForAllOptions = {}): Promise<WaitOutcome> {
    const workspace = this.#oneWorkspace();
    checkOptions(`wait for "${workspace}"`, options, WAIT_OPTIONS);
    const { timeoutS = TIMEOUT_S, expect, onLook, signal } = options;
    if (typeof expect === "object") {
      for (const id of expect) checkName(id, "session");
    }
    const timeoutMs = timeoutS * 1000;
    let decision = decideWait({ expect }, null, null);
    for await (const [snapshot = null] of this.changes({ timeoutMs, signal })) {
      onLook?.(snapshot);
      decision = decideWait({ expect }, decision, snapshot);
      if (decision.end !== null) break;
    }
    return waitOutcome(decision, signal);
  }

  #oneWorkspace(): string {
    if (this.#workspace !== null) return this.#workspace;
    throw new UsageError(
      "Cannot choose a workspace: the monitor watches all of them; name one",
    );
  }

  #refOf(sessionId: string) {
    checkArgument("read a session", ["its name", sessionId], "text");
    checkExistingName(sessionId, "session");
    return { workspace: this.#oneWorkspace(), sessionId };
  }
}

/** Whether a feed has given the same lists, which then have not changed. */
function isSame(
  before: ReadonlyMap<string, readonly SessionView[]>,
  now: ReadonlyMap<string, readonly SessionView[]>,
): boolean {
  return before.size === now.size &&
    [...now].every(([name, views]) => before.get(name) === views);
}

const EXIT_CODES: Record<WaitOutcome["reason"], number> = {
  completed: 0,
  failed: 1,
  nothing: 3,
  waiting: 5,
  timed_out: 124,
  aborted: exitCodeOfSignal("SIGINT"),
};

/** What a wait came to, by its last decision. */
export function waitOutcome(
  { end, sessions, vanished, snapshot }: WaitDecision,
  signal?: AbortSignal,
): WaitOutcome {
  const reason = end ?? (signal?.aborted ? "aborted" : "timed_out");
  const exitCode = EXIT_CODES[reason];
  return { reason, exitCode, sessions, vanished, snapshot };
}
