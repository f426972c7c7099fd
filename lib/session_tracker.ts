/**
 * The public face of the verbs that write: one object a session, on the files
 * that the `ptrack` command uses too.
 */
import { RefusedError } from "./errors.ts";
import type { Host, SignalName } from "./host/host.ts";
import { openHost } from "./host/open.ts";
import { hasEnded } from "./session/status.ts";
import type { JsonObject, Status } from "./session/types.ts";
import { openStore } from "./store/open.ts";
import { outputCheck } from "./store/outputs.ts";
import type { SessionStore } from "./store/store.ts";
import { Tracking } from "./tracker.ts";
import type { HeartbeatOptions, StartOptions } from "./tracker_options.ts";

const host: Host = await openHost();

/** Which session to report, and where. */
export interface SessionTrackerOptions {
  /** Letters, digits, dots, dashes and underscores; unique in the workspace. */
  sessionId: string;
  /** The group it belongs to; `default` if not given. */
  workspace?: string;
  /** The `.parallel` directory; found as the command finds it if not given. */
  directory?: string;
  /** The attempt this writer belongs to, when another program has begun it. */
  attempt?: number;
  /**
   * Takes what goes wrong with a heartbeat, a wait or an error, which then do
   * not throw: for work that must not stop because its reports cannot be kept.
   */
  onProblem?: (problem: Error) => void;
}

/** How a session begins. */
export interface SessionStartOptions {
  /** Anything worth knowing, as JSON; 32 KiB at most. */
  metadata?: JsonObject;
  /** One launch of many sessions. */
  batch?: string;
  /** Seconds without a heartbeat that a monitor takes for a hang. */
  heartbeatTimeoutS?: number;
  /** Seconds that the session may take in all. */
  sessionTimeoutS?: number;
  /** The process that the session lives and dies with; of `run` this one. */
  ownerPid?: number;
  /** Begin an ended or timed-out session again. */
  restart?: boolean;
  /** Replace a live session too. */
  force?: boolean;
}

/** How `run` begins a session and ends it. */
export interface RunOptions extends SessionStartOptions {
  /** What the session sets out to do. */
  description?: string;
  /** Recorded when the session completes. */
  outputFiles?: string[];
  /** Recorded when the session completes. */
  message?: string;
}

/** What `run` throws when a signal ended it. */
export class InterruptedError extends Error {
  /** Such as SIGINT. */
  readonly signal: string;

  /** An interruption by a signal. */
  constructor(signal: string) {
    super(`Interrupted by ${signal}`);
    this.name = "InterruptedError";
    this.signal = signal;
  }
}

const INTERRUPTS: readonly SignalName[] = host.system === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Reports one session. Each verb throws a RefusedError where the session's
 * state does not allow it, a NotFoundError where there is no such session, and
 * a StorageError where the files cannot be read or written.
 */
export class SessionTracker {
  readonly #tracking: Tracking;
  readonly #store: SessionStore;
  readonly #onProblem: ((problem: Error) => void) | undefined;

  /** Throws a UsageError if a name is none. Writes nothing. */
  constructor(options: SessionTrackerOptions) {
    this.#store = openStore(host, options.directory ?? null);
    this.#onProblem = options.onProblem;
    this.#tracking = new Tracking({
      sessionId: options.sessionId,
      workspace: options.workspace,
      attempt: options.attempt,
      store: this.#store,
      clock: host.clock,
      sight: host,
    });
  }

  /** Begins an attempt; this tracker then belongs to it and to no later one. */
  async start(
    description = "",
    options: SessionStartOptions = {},
  ): Promise<void> {
    await this.#tracking.start(description, options satisfies StartOptions);
  }

  /** Alive, and how far. Ends a wait. */
  async heartbeat(options: HeartbeatOptions = {}): Promise<void> {
    await this.#tolerant(() => this.#tracking.heartbeat(options));
  }

  /** Alive but blocked, until the next heartbeat. */
  async waiting(reason = ""): Promise<void> {
    await this.#tolerant(() => this.#tracking.waiting(reason));
  }

  /** Records an error that does not end the session. */
  async error(text: string): Promise<void> {
    await this.#tolerant(() => this.#tracking.error(text));
  }

  /** Ends the session with success; `verify` refuses missing outputs. */
  async complete(
    options: {
      outputFiles?: string[];
      message?: string;
      verify?: boolean;
    } = {},
  ): Promise<void> {
    const verify = options.verify ? outputCheck(host) : undefined;
    await this.#tracking.complete({ ...options, verify });
  }

  /** Ends the session with failure. */
  async fail(
    summary: string,
    options: { outputFiles?: string[] } = {},
  ): Promise<void> {
    await this.#tracking.fail(summary, options);
  }

  /** The session as it stands; null if there is none. */
  async getStatus(): Promise<Status | null> {
    return (await this.#store.read(this.#tracking.ref))?.status ?? null;
  }

  /**
   * Starts the session, calls `work`, and completes the session, or fails it
   * when `work` throws or a signal interrupts; what was thrown is thrown on.
   * An end that `work` itself has reported stands.
   */
  async run<T>(
    work: (tracker: this) => Promise<T> | T,
    options: RunOptions = {},
  ): Promise<T> {
    const ownerPid = options.ownerPid ?? host.pid;
    await this.start(options.description, { ...options, ownerPid });
    const interruption = interrupted();
    try {
      const result = await Promise.race([work(this), interruption.promise]);
      await this.#endUnlessEnded(() => this.complete(options));
      return result as T;
    } catch (error) {
      const summary = error instanceof Error ? error.message : String(error);
      // What the work threw is what the caller has to hear of.
      await this.#endUnlessEnded(() => this.fail(summary)).catch(() => {});
      throw error;
    } finally {
      interruption.release();
    }
  }

  async #endUnlessEnded(end: () => Promise<void>): Promise<void> {
    try {
      await end();
    } catch (error) {
      const status = error instanceof RefusedError
        ? await this.getStatus()
        : null;
      if (status === null || !hasEnded(status.state)) throw error;
    }
  }

  async #tolerant(verb: () => Promise<unknown>): Promise<void> {
    try {
      await verb();
    } catch (error) {
      if (this.#onProblem === undefined) throw error;
      this.#onProblem(error as Error);
    }
  }
}

/** Rejects at the first signal, until it is released. */
function interrupted(): { promise: Promise<never>; release: () => void } {
  let reject: (reason: Error) => void = () => {};
  const promise = new Promise<never>((_, no) => reject = no);
  const releases = INTERRUPTS.map((signal) =>
    host.onSignal(signal, () => reject(new InterruptedError(signal)))
  );
  return { promise, release: () => releases.forEach((release) => release()) };
}
