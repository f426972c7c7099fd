/**
 * The session of a command: begun, kept alive, and ended with its result. The
 * command comes first: what cannot be recorded is a warning, once a kind, and
 * never changes what the command does.
 */
import type { SessionStartOptions } from "../arguments.ts";
import { errorMessage, RefusedError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import {
  describeProcess,
  livenessOfOwner,
  livenessOfProcess,
  processInspector,
} from "../process/owners.ts";
import type { JsonObject, ProcessRef, SessionRef } from "../session/types.ts";
import type { Recorded, SessionStore } from "../store/store.ts";
import { SessionTracker } from "../tracker.ts";

/** A command to run as a session. */
export interface RunPlan {
  ref: SessionRef;
  description: string;
  /** The program and its arguments. */
  command: readonly string[];
  start: SessionStartOptions;
  /** Refuse to run while the session is alive. */
  exclusive: boolean;
  /** Between two heartbeats, milliseconds. */
  everyMs: number;
  /** The signal that the command gets if we die, such as SIGKILL. */
  deathSignal: string | null;
  /** Longest time for one try, milliseconds. */
  timeoutMs: number | null;
  /** Longest time without output, milliseconds. */
  idleTimeoutMs: number | null;
  /** From the first signal of a timeout to SIGKILL, milliseconds. */
  killAfterMs: number;
  /** The exit codes that are success. */
  successCodes: readonly number[];
  /** The numbers of the signals by which it may be killed, and succeed. */
  successSignals: readonly number[];
  outputFiles: readonly string[];
  /** Succeed only if the outputs are good. */
  verify: boolean;
  /** Tries after the first. */
  retries: number;
  retryDelayMs: number;
  /** Finds the progress in a line of output. */
  progress: RegExp | null;
  /** Read the output, pass it on, and keep its last lines. */
  capture: boolean;
}

/** Where a run is recorded, and who hears what cannot be. */
export interface Recording {
  /** Opens the store; what it throws is a warning. */
  open: () => SessionStore;
  /** Prints a line for people, on standard error. */
  warn: (text: string) => void;
}

/** An attempt that never exists: reports of an untracked command are refused. */
const NO_ATTEMPT = "999999999999999";

/** The child is recorded when it has run for this long, milliseconds. */
const CHILD_AFTER_MS = 200;
/** Between two heartbeats with progress, milliseconds. */
const PROGRESS_EVERY_MS = 500;

/** The session of one `ptrack run`. */
export class TrackedRun {
  readonly #platform: Platform;
  readonly #plan: RunPlan;
  readonly #recording: Recording;
  #store: SessionStore | null = null;
  /** Null if the session could not begin: nothing is recorded then. */
  #tracker: SessionTracker | null = null;
  readonly #warnings = new Set<string>();
  readonly #ended = new AbortController();
  #child: ProcessRef | null = null;
  #percent: number | null = null;
  #recordedPercent: number | null = null;
  #isSendingProgress = false;
  /** Short runs are flushed once, at their end; long ones soon. */
  #isFlushed = false;
  /** Then the process of another try is recorded at once. */
  #hasSentHeartbeat = false;
  /** When the session began, a timestamp; null if it could not. */
  startedAt: string | null = null;
  readonly #startedMs: number;

  constructor(platform: Platform, plan: RunPlan, recording: Recording) {
    this.#platform = platform;
    this.#plan = plan;
    this.#recording = recording;
    this.#startedMs = platform.clock.elapsedMs();
  }

  /** Prints a line for people, on standard error. */
  warn(text: string): void {
    this.#recording.warn(text);
  }

  /** Begins the session. Throws RefusedError only when that was asked for. */
  async begin(): Promise<void> {
    const { ref, description, start, exclusive } = this.#plan;
    const platform = this.#platform;
    try {
      const store = this.#store = this.#recording.open();
      await this.#refuseIfAlive(store);
      const tracker = new SessionTracker(ref, {
        store,
        platform,
        endedBy: "run",
      });
      const { status, warnings } = await tracker.start(description, {
        ...start,
        ownerPid: platform.pid,
        restart: true,
      });
      this.#tracker = tracker;
      this.startedAt = status.started_at;
      this.#warnOnce(warnings);
    } catch (error) {
      if (exclusive && error instanceof RefusedError) throw error;
      this.warn(
        `${errorMessage(error)}; the command runs without being tracked`,
      );
    }
  }

  /** Variables that tell the command of its session. */
  env(): Record<string, string> {
    const { ref, start, everyMs } = this.#plan;
    const attempt = this.#tracker?.attempt ?? null;
    return {
      PTRACK_SESSION: ref.sessionId,
      PTRACK_WORKSPACE: ref.workspace,
      ...this.#store?.environment(),
      PTRACK_ATTEMPT: attempt === null ? NO_ATTEMPT : String(attempt),
      PTRACK_HEARTBEAT_EVERY: String(everyMs / 1000),
      ...(start.batch ? { PTRACK_BATCH: start.batch } : {}),
      // Reports that lead nowhere must not stop the script that sends them.
      ...(attempt === null ? { PTRACK_BEST_EFFORT: "1" } : {}),
    };
  }

  /** Sends heartbeats until the end; the first soon, with the child. */
  async sendHeartbeats(): Promise<void> {
    const { clock } = this.#platform;
    const { everyMs } = this.#plan;
    const { signal } = this.#ended;
    await clock.sleep(Math.min(CHILD_AFTER_MS, everyMs), signal);
    while (!signal.aborted) {
      await this.#sendHeartbeat();
      await clock.sleep(everyMs, signal);
    }
  }

  async #sendHeartbeat(): Promise<void> {
    this.#hasSentHeartbeat = true;
    const child = this.#child ?? undefined;
    const details = { message: "", auto: true, child };
    await this.#record((tracker) =>
      tracker.record("heartbeat", details, this.#flushOnce())
    );
  }

  /** Notes the process of the command; each try has another. */
  async setChild(pid: number): Promise<void> {
    this.#child = describeProcess(processInspector(this.#platform), pid);
    if (this.#hasSentHeartbeat) await this.#sendHeartbeat();
  }

  /** Notes how far the command is; records the latest now and then. */
  async setProgress(percent: number): Promise<void> {
    this.#percent = percent;
    if (this.#isSendingProgress) return;
    const { signal } = this.#ended;
    this.#isSendingProgress = true;
    while (this.#percent !== this.#recordedPercent && !signal.aborted) {
      await this.#recordProgress();
      await this.#platform.clock.sleep(PROGRESS_EVERY_MS, signal);
    }
    this.#isSendingProgress = false;
  }

  async #recordProgress(): Promise<void> {
    const progressPct = this.#percent;
    if (progressPct === this.#recordedPercent) return;
    this.#recordedPercent = progressPct;
    await this.#record((tracker) => tracker.heartbeat({ progressPct }));
  }

  /** Records a failed try that another one follows. */
  async recordTry(
    number: number,
    { error, tail: lines }: { error: string; tail: string[] },
  ): Promise<void> {
    const tail = lines.length > 0 ? lines : undefined;
    const details = { error, try: number, tail };
    await this.#record((tracker) => tracker.record("error", details));
  }

  /** Ends the session: no heartbeats from here on, and no progress is lost. */
  async end(event: "completed" | "failed", details: JsonObject): Promise<void> {
    await this.#recordProgress();
    this.#ended.abort();
    const elapsedMs = this.#platform.clock.elapsedMs() - this.#startedMs;
    const all = { ...details, elapsed_s: Math.round(elapsedMs) / 1000 };
    await this.#record((tracker) =>
      tracker.record(event, all, this.#flushOnce())
    );
  }

  #flushOnce(): "now" | undefined {
    const flush = this.#isFlushed ? undefined : "now";
    this.#isFlushed = true;
    return flush;
  }

  /** Refuses a session whose process is alive, even if it has timed out. */
  async #refuseIfAlive(store: SessionStore): Promise<void> {
    const { ref, exclusive } = this.#plan;
    const status = (await store.read(ref))?.status;
    const { owner = null, child = null } = status?.ptrack ?? {};
    if (status?.state !== "running" || owner === null) return;
    const inspector = processInspector(this.#platform);
    const isAlive = livenessOfOwner(inspector, owner) === "alive";
    // A run that was killed may have left its command behind.
    const isChildAlive = exclusive && child !== null &&
      livenessOfProcess(inspector, child, owner) === "alive";
    if (!isAlive && !isChildAlive) return;
    throw new RefusedError(
      `Cannot run "${ref.sessionId}": it is running already, ` +
        `as process ${isAlive ? owner.pid : child?.pid}`,
    );
  }

  /** Records an event. An error is a warning, unless the command ended it. */
  async #record(
    verb: (tracker: SessionTracker) => Promise<Recorded | null>,
  ): Promise<void> {
    const tracker = this.#tracker;
    if (tracker === null) return;
    try {
      this.#warnOnce((await verb(tracker))?.warnings ?? []);
    } catch (error) {
      const isRefused = error instanceof RefusedError;
      if (isRefused && await tracker.hasEnded().catch(() => false)) return;
      this.#warnOnce([errorMessage(error)]);
    }
  }

  #warnOnce(texts: readonly string[]): void {
    for (const text of texts) {
      if (!this.#warnings.has(text)) this.warn(text);
      this.#warnings.add(text);
    }
  }
}
