/**
 * The session of a command: begun, kept alive, and ended with its result. The
 * command comes first: what cannot be recorded is a warning, once a kind, and
 * never changes what the command does.
 */
import { RefusedError, wordsOf } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import {
  describeProcess,
  lookAtOwner,
  lookAtProcess,
} from "../process/owners.ts";
import { hasEnded } from "../session/status.ts";
import type { JsonObject, ProcessRef } from "../session/types.ts";
import { findBadOutput } from "../store/files/outputs.ts";
import type { Durability, Recorded, SessionStore } from "../store/store.ts";
import { SessionTracker } from "../tracker.ts";
import type { RunPlan } from "./plan.ts";

/** Says a line to people, on standard error. */
export type Warn = (text: string) => void;

/** What running takes besides the plan. */
export interface RunParts {
  /** Opens the store; what it throws is a warning. */
  open: () => SessionStore;
  warn: Warn;
}

/** An attempt that never comes: reports of what is not tracked go nowhere. */
const NO_ATTEMPT = "999999999999999";

/** The child is recorded when it has run for this long, milliseconds. */
const CHILD_AFTER_MS = 200;
/** Between two heartbeats with progress, milliseconds. */
const PROGRESS_EVERY_MS = 500;

/** The session of one `ptrack run`. */
export class TrackedRun {
  readonly #platform: Platform;
  readonly #plan: RunPlan;
  readonly #open: () => SessionStore;
  readonly #warn: Warn;
  #store: SessionStore | null = null;
  #tracker: SessionTracker | null = null;
  readonly #said = new Set<string>();
  readonly #beating = new AbortController();
  /** How the session stands as far as we know; null if it is not tracked. */
  #recorded: Recorded | null = null;
  #child: ProcessRef | null = null;
  /** How far the command is, and what of that is recorded. */
  #percent: number | null = null;
  #recordedPercent: number | null = null;
  #isSendingPercent = false;
  /** Short runs are flushed once, at their end; long ones soon. */
  #isFlushed = false;
  /** The next process is not to wait for the next heartbeat. */
  #hasBeaten = false;

  constructor(platform: Platform, plan: RunPlan, { open, warn }: RunParts) {
    this.#platform = platform;
    this.#plan = plan;
    this.#open = open;
    this.#warn = warn;
  }

  /** Begins the session. Throws RefusedError only when that was asked for. */
  async begin(): Promise<void> {
    const { description, start, exclusive } = this.#plan;
    try {
      this.#store = this.#open();
      await this.#refuseIfAlive(this.#store);
      this.#tracker = new SessionTracker(this.#plan.ref, {
        store: this.#store,
        platform: this.#platform,
        endedBy: "run",
      });
      this.#recorded = await this.#tracker.start(description, {
        ...start,
        ownerPid: this.#platform.pid,
        restart: true,
      });
      for (const warning of this.#recorded.warnings) this.#warnOnce(warning);
    } catch (error) {
      if (exclusive && error instanceof RefusedError) throw error;
      this.#warn(`${wordsOf(error)}; the command runs without being tracked`);
    }
  }

  /** What the command is told of its session. */
  env(): Record<string, string> {
    const { ref, start, everyMs } = this.#plan;
    const attempt = this.#recorded?.status.ptrack?.attempt;
    return {
      PTRACK_SESSION: ref.sessionId,
      PTRACK_WORKSPACE: ref.workspace,
      ...(this.#store === null ? {} : { PTRACK_DIR: this.#store.location }),
      PTRACK_ATTEMPT: attempt === undefined ? NO_ATTEMPT : String(attempt),
      PTRACK_HEARTBEAT_EVERY: String(everyMs / 1000),
      ...(start.batch ? { PTRACK_BATCH: start.batch } : {}),
      // Reports that lead nowhere must not stop the script that sends them.
      ...(attempt === undefined ? { PTRACK_BEST_EFFORT: "1" } : {}),
    };
  }

  /** Sends heartbeats until `end`; the first soon, and with the child. */
  async beat(): Promise<void> {
    const { clock } = this.#platform;
    const { signal } = this.#beating;
    const { everyMs } = this.#plan;
    await clock.sleep(Math.min(CHILD_AFTER_MS, everyMs), signal);
    while (!signal.aborted) {
      await this.#beatOnce();
      await clock.sleep(everyMs, signal);
    }
  }

  async #beatOnce(): Promise<void> {
    this.#hasBeaten = true;
    const child = this.#child ?? undefined;
    const details = { message: "", auto: true, child };
    await this.#report((tracker) =>
      tracker.record("heartbeat", details, this.#durability())
    );
  }

  /** Notes the process that is the command now; another try has another. */
  async setChild(pid: number): Promise<void> {
    this.#child = describeProcess(this.#platform, pid);
    if (this.#hasBeaten) await this.#beatOnce();
  }

  /** Records how far the command is; not each time, but always the last. */
  progress(percent: number): void {
    this.#percent = percent;
    if (!this.#isSendingPercent) this.#sendProgress();
  }

  async #sendProgress(): Promise<void> {
    const { signal } = this.#beating;
    this.#isSendingPercent = true;
    while (this.#percent !== this.#recordedPercent && !signal.aborted) {
      await this.#recordProgress();
      await this.#platform.clock.sleep(PROGRESS_EVERY_MS, signal);
    }
    this.#isSendingPercent = false;
  }

  async #recordProgress(): Promise<void> {
    const progressPct = this.#percent;
    if (progressPct === this.#recordedPercent) return;
    this.#recordedPercent = progressPct;
    await this.#report((tracker) => tracker.heartbeat({ progressPct }));
  }

  /** Records a try that failed, when another one follows. */
  async tryFailed(text: string, tail: string[] | null): Promise<void> {
    const details = { error: text, tail: tail ?? undefined };
    await this.#report((tracker) => tracker.record("error", details));
  }

  /** What is wrong with the outputs; null if they are good, or not asked of. */
  findBadOutput(): string | null {
    const { verify, outputFiles } = this.#plan;
    if (!verify) return null;
    const startedAt = this.#recorded?.status.started_at ?? null;
    return findBadOutput(this.#platform, outputFiles, startedAt);
  }

  /** Ends the session with success. */
  async complete(): Promise<void> {
    await this.#stop();
    const details = { output_files: [...this.#plan.outputFiles] };
    await this.#report((tracker) =>
      tracker.record("completed", details, this.#durability())
    );
  }

  /** Ends the session with failure. */
  async fail(details: JsonObject): Promise<void> {
    await this.#stop();
    await this.#report((tracker) =>
      tracker.record("failed", details, this.#durability())
    );
  }

  /** No heartbeats from here on; the last progress is not lost. */
  async #stop(): Promise<void> {
    await this.#recordProgress();
    this.#beating.abort();
  }

  #durability(): Durability {
    if (this.#isFlushed) return "usual";
    this.#isFlushed = true;
    return "whole";
  }

  /** Also one that has timed out, as long as its process is there. */
  async #refuseIfAlive(store: SessionStore): Promise<void> {
    const { ref } = this.#plan;
    const view = await store.read(ref);
    const { owner = null, child = null } = view?.status.ptrack ?? {};
    if (view?.status.state !== "running" || owner === null) return;
    const isAlive = lookAtOwner(this.#platform, owner) === "alive";
    // A run that was killed may have left its command behind.
    const isChildAlive = this.#plan.exclusive && child !== null &&
      lookAtProcess(this.#platform, child, owner) === "alive";
    if (!isAlive && !isChildAlive) return;
    throw new RefusedError(
      `Cannot run "${ref.sessionId}": it is running already, ` +
        `as process ${isAlive ? owner.pid : child?.pid}`,
    );
  }

  /**
   * Records; what goes wrong is a warning. An end from inside stands, and
   * needs no comment.
   */
  async #report(
    verb: (tracker: SessionTracker) => Promise<Recorded | null>,
  ): Promise<void> {
    if (this.#recorded === null || this.#tracker === null) return;
    try {
      this.#recorded = await verb(this.#tracker) ?? this.#recorded;
      for (const warning of this.#recorded.warnings) this.#warnOnce(warning);
    } catch (error) {
      if (error instanceof RefusedError && await this.#hasEnded()) return;
      this.#warnOnce(wordsOf(error));
    }
  }

  async #hasEnded(): Promise<boolean> {
    const view = await this.#store?.read(this.#plan.ref).catch(() => null) ??
      null;
    const ptrack = view?.status.ptrack;
    return view !== null && hasEnded(view.status.state) &&
      ptrack?.attempt === this.#recorded?.status.ptrack?.attempt;
  }

  #warnOnce(text: string): void {
    if (this.#said.has(text)) return;
    this.#said.add(text);
    this.#warn(text);
  }
}
