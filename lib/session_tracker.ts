/**
 * The public face of the verbs that write: one object a session, on the files
 * that the `ptrack` command uses too.
 */
import {
  asJson,
  checkArgument,
  checkOptions,
  type Kind,
  wordsOf,
} from "./arguments.ts";
import { RefusedError, StorageError } from "./errors.ts";
import type { Platform, SignalName } from "./platform/platform.ts";
import { openPlatform } from "./platform/open.ts";
import { hasEnded } from "./session/status.ts";
import type { JsonObject, Status } from "./session/types.ts";
import { openStore } from "./store/open.ts";
import { outputCheck } from "./store/files/outputs.ts";
import type { SessionStore } from "./store/store.ts";
import { nameOf } from "./store/files/write_steps.ts";
import { Tracking } from "./tracker.ts";
import type { HeartbeatOptions, StartOptions } from "./tracker_options.ts";

const platform: Platform = await openPlatform();

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

/** How a session completes. */
export interface SessionCompleteOptions {
  /** What was made, as paths. */
  outputFiles?: string[];
  /** The last words. */
  message?: string;
  /** Refuse while an output is missing, empty or older than the attempt. */
  verify?: boolean;
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

const TRACKER: Record<keyof SessionTrackerOptions, Kind> = {
  sessionId: "text",
  workspace: "text",
  directory: "path",
  attempt: "count",
  onProblem: "function",
};
const START: Record<keyof SessionStartOptions, Kind> = {
  metadata: "object",
  batch: "text",
  heartbeatTimeoutS: "limit",
  sessionTimeoutS: "limit",
  ownerPid: "process",
  restart: "flag",
  force: "flag",
};
const RUN: Record<keyof RunOptions, Kind> = {
  ...START,
  description: "text",
  outputFiles: "texts",
  message: "text",
};
const HEARTBEAT: Record<keyof HeartbeatOptions, Kind> = {
  progressPct: "percentage",
  message: "text",
  metadata: "object",
};
const COMPLETE: Record<keyof SessionCompleteOptions, Kind> = {
  outputFiles: "texts",
  message: "text",
  verify: "flag",
};

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

const INTERRUPTS: readonly SignalName[] = platform.system === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Reports one session. Each verb throws a UsageError where what it is given is
 * not such, a RefusedError where the session's state does not allow it, a
 * NotFoundError where there is no such session, and a StorageError where the
 * files cannot be read or written.
 */
export class SessionTracker {
  readonly #tracking: Tracking;
  readonly #store: SessionStore;
  readonly #onProblem: ((problem: Error) => void) | undefined;

  /** Throws a UsageError if a name is none. Writes nothing. */
  constructor(options: SessionTrackerOptions) {
    const action = "track a session";
    checkOptions(action, options, TRACKER);
    checkArgument(action, ["sessionId", options.sessionId], "text");
    this.#store = openStore(platform, options.directory ?? null);
    this.#onProblem = options.onProblem;
    this.#tracking = new Tracking({
      sessionId: options.sessionId,
      workspace: options.workspace,
      attempt: options.attempt,
      store: this.#store,
      clock: platform.clock,
      sight: platform,
    });
  }

  /** Begins an attempt; this tracker then belongs to it and to no later one. */
  async start(
    description = "",
    options: SessionStartOptions = {},
  ): Promise<void> {
    const action = this.#action("start");
    checkArgument(action, ["the description", description], "text");
    checkOptions(action, options, START);
    await this.#start(description, options);
  }

  /** Alive, and how far. Ends a wait. */
  async heartbeat(options: HeartbeatOptions = {}): Promise<void> {
    await this.#tolerant(() => {
      const action = this.#action("heartbeat");
      checkOptions(action, options, HEARTBEAT);
      const metadata = asJson(action, options.metadata);
      return this.#tracking.heartbeat({ ...options, metadata });
    });
  }

  /** Alive but blocked, until the next heartbeat. */
  async waiting(reason = ""): Promise<void> {
    await this.#tolerant(() => {
      checkArgument(this.#action("wait in"), ["the reason", reason], "text");
      return this.#tracking.waiting(reason);
    });
  }

  /** Records an error that does not end the session. */
  async error(error: string | Error): Promise<void> {
    await this.#tolerant(() => this.#tracking.error(wordsOf(error)));
  }

  /** Ends the session with success; `verify` refuses missing outputs. */
  async complete(options: SessionCompleteOptions = {}): Promise<void> {
    checkOptions(this.#action("complete"), options, COMPLETE);
    const verify = options.verify ? outputCheck(platform) : undefined;
    await this.#tracking.complete({ ...options, verify });
  }

  /** Ends the session with failure. */
  async fail(
    summary: string | Error,
    options: { outputFiles?: string[] } = {},
  ): Promise<void> {
    checkOptions(this.#action("fail"), options, { outputFiles: "texts" });
    await this.#tracking.fail(wordsOf(summary), options);
  }

  /** The session as it stands; null if there is none. */
  async getStatus(): Promise<Status | null> {
    const view = await this.#store.read(this.#tracking.ref);
    if (view?.condition !== "unreadable") return view?.status ?? null;
    throw new StorageError(`Cannot read ${nameOf(view)}: ${view.problem}`);
  }

  /**
   * Starts the session, calls `work`, and completes the session, or fails it
   * when `work` throws, a signal interrupts, or something is thrown elsewhere
   * that nobody catches; what was thrown is thrown on.
   * An end that `work` itself has reported stands.
   */
  async run<T>(
    work: (tracker: this) => Promise<T> | T,
    options: RunOptions = {},
  ): Promise<T> {
    const action = this.#action("run");
    checkArgument(action, ["the work", work], "function");
    checkOptions(action, options, RUN);
    const { description = "", outputFiles, message, ...start } = options;
    const ownerPid = start.ownerPid ?? platform.pid;
    await this.#start(description, { ...start, ownerPid });
    const interruption = interrupted();
    try {
      const result = await Promise.race([work(this), interruption.promise]);
      await this.#endUnlessEnded(() => this.complete({ outputFiles, message }));
      return result as T;
    } catch (error) {
      // What the work threw is what the caller has to hear of.
      await this.#endUnlessEnded(() => this.fail(wordsOf(error)))
        .catch(() => {});
      throw error;
    } finally {
      interruption.release();
    }
  }

  #action(verb: string): string {
    return `${verb} "${this.#tracking.ref.sessionId}"`;
  }

  async #start(
    description: string,
    options: SessionStartOptions,
  ): Promise<void> {
    const metadata = asJson(this.#action("start"), options.metadata);
    const all: StartOptions = { ...options, metadata };
    await this.#tracking.start(description, all);
  }

  async #endUnlessEnded(end: () => Promise<void>): Promise<void> {
    try {
      await end();
    } catch (error) {
      const status = error instanceof RefusedError
        ? await this.getStatus()
        : null;
      // The end of a later attempt is none of this one.
      const attempt = status?.ptrack?.attempt ?? 1;
      const isOurs = attempt === this.#tracking.attempt;
      if (status === null || !isOurs || !hasEnded(status.state)) throw error;
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

/** Runs that go on, each by how it is interrupted; they share their handlers. */
const runs = new Set<(interruption: unknown) => void>();
let releases: (() => void)[] = [];

/** Rejects at the first signal or uncaught exception, until it is released. */
function interrupted(): { promise: Promise<never>; release: () => void } {
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<never>((_, no) => reject = no);
  if (runs.size === 0) releases = [...INTERRUPTS.map(onSignal), onUncaught()];
  runs.add(reject);
  const release = () => {
    runs.delete(reject);
    if (runs.size === 0) releases.forEach((release) => release());
  };
  return { promise, release };
}

function onSignal(signal: SignalName): () => void {
  return platform.onSignal(
    signal,
    () => interruptAll(new InterruptedError(signal)),
  );
}

function onUncaught(): () => void {
  return platform.onUncaught(interruptAll);
}

function interruptAll(interruption: unknown): void {
  for (const interrupt of runs) interrupt(interruption);
}
