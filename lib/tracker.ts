/**
 * The verbs that write: each decides from the session as it stands, records
 * one event, and answers from what the fold made of it. The command line and
 * programs that use the library call the same ones. Knows no files.
 */
import { errorMessage, RefusedError, StorageError } from "./errors.ts";
import type {
  checkVerb,
  HeartbeatOptions,
  RunOptions,
  SessionCompleteOptions,
  SessionFailOptions,
  SessionStartOptions,
  SessionTrackerOptions,
} from "./arguments.ts";
import type { Platform } from "./platform/platform.ts";
import { clampPercent } from "./session/event.ts";
import { checkName, DEFAULT_WORKSPACE, sessionName } from "./session/names.ts";
import { hasEnded } from "./session/status.ts";
import type {
  EventName,
  JsonObject,
  NewEvent,
  Owner,
  SessionRef,
  SessionView,
  Status,
  VerdictState,
} from "./session/types.ts";
import type { Recorded, RecordOptions, SessionStore } from "./store/store.ts";

/** What a tracker works with. */
export interface TrackerContext {
  store: SessionStore;
  platform: Platform;
  /** `run`: a wrapper owns the session, and its command's exit code ends it. */
  endedBy?: "run";
  /** Checks what a program passes; the command line has checked it already. */
  check?: typeof checkVerb;
}

let openContext: (options: SessionTrackerOptions) => TrackerContext;

/** Sets how trackers that a program makes get their context: for lib/mod.ts. */
export function setTrackerContext(open: typeof openContext): void {
  openContext = open;
}

/** What cannot be done where an event is refused. */
const ACTIONS: Record<EventName, string> = {
  started: "start",
  heartbeat: "send a heartbeat to",
  waiting: "mark as waiting",
  error: "record an error of",
  completed: "complete",
  failed: "fail",
};

/**
 * Reports one session. Each verb throws a UsageError where its arguments are
 * wrong, a RefusedError where the session's state does not allow it, a
 * NotFoundError where there is no such session, and a StorageError where the
 * files cannot be read or written.
 */
export class SessionTracker {
  /** The session, and its workspace. */
  readonly ref: SessionRef;
  readonly #context: TrackerContext;
  readonly #onProblem: ((problem: Error) => void) | undefined;
  #attempt: number | null;

  /** Throws a UsageError if an option is wrong. Writes nothing. */
  constructor(options: SessionTrackerOptions);
  /** @ignore The command line brings a context of its own. */
  constructor(options: SessionTrackerOptions, context: TrackerContext);
  constructor(options: SessionTrackerOptions, context?: TrackerContext) {
    this.#context = context ?? openContext(options);
    this.#onProblem = options.onProblem;
    this.#attempt = options.attempt ?? null;
    this.ref = {
      workspace: checkName(options.workspace ?? DEFAULT_WORKSPACE, "workspace"),
      sessionId: checkName(options.sessionId, "session"),
    };
  }

  /** The attempt that this writer belongs to; null for the current one. */
  get attempt(): number | null {
    return this.#attempt;
  }

  /** Begins an attempt; this tracker then belongs to it and to no later one. */
  async start(
    description = "",
    options: SessionStartOptions = {},
  ): Promise<Recorded> {
    options = this.#check("start", options, description);
    await checkMetadata(options.metadata);
    const { store, platform, endedBy } = this.#context;
    const { ownerPid } = options;
    // Only a start needs a verdict, so no other verb loads it.
    const { assess } = await import("./session/verdict.ts");
    const owners = await import("./process/owners.ts");
    const { describeOwner, processInspector, livenessOfSession } = owners;
    const inspector = () => processInspector(platform);
    const judge = (view: SessionView) =>
      assess(view, {
        nowUs: platform.clock.nowUs(),
        livenessOf: (view) => livenessOfSession(inspector(), view),
      }).state;
    const recorded = await store.record(this.ref, (view) => ({
      event: "started",
      attempt: (view.status.ptrack?.attempt ?? 0) + 1,
      details: {
        task: description,
        metadata: options.metadata,
        batch: options.batch || undefined,
        owner: ownerPid === undefined
          ? undefined
          : describeOwner(inspector(), ownerPid),
        ended_by: endedBy,
        heartbeat_timeout: options.heartbeatTimeoutS || undefined,
        session_timeout: options.sessionTimeoutS || undefined,
        over: this.#whyReplaced(view, options, judge) ?? undefined,
      },
    }), {
      create: true,
      // A wrapper soon records more, which flushes the beginning too.
      flush: endedBy === "run" ? "later" : undefined,
    });
    if (!recorded.counted) {
      throw this.#refusal("started", "another start came first");
    }
    this.#attempt = recorded.status.ptrack?.attempt ?? null;
    return recorded;
  }

  /** Reports progress. Ends the waiting state. Null if `onProblem` took an error. */
  heartbeat(options: HeartbeatOptions = {}): Promise<Recorded | null> {
    return this.#tolerantly(async () => {
      const checked = this.#check("heartbeat", options);
      const { progressPct, message = "", metadata } = checked;
      await checkMetadata(metadata);
      const pct = clampPercent(progressPct) ?? undefined;
      return await this.record("heartbeat", { message, pct, metadata });
    });
  }

  /** Reports that the session is blocked, until its next heartbeat. */
  waiting(reason = ""): Promise<Recorded | null> {
    return this.#tolerantly(() => {
      this.#check("waiting", {}, reason);
      return this.record("waiting", { reason });
    });
  }

  /** Records an error that does not end the session. */
  error(error: string | Error): Promise<Recorded | null> {
    return this.#tolerantly(() =>
      this.record("error", { error: errorMessage(error) })
    );
  }

  /** Ends the session with success; `verify` refuses missing outputs. */
  async complete(options: SessionCompleteOptions = {}): Promise<Recorded> {
    options = this.#check("complete", options);
    const { outputFiles = [], message = "", verify = false } = options;
    const { platform } = this.#context;
    const { findBadOutput } = verify
      ? await import("./outputs.ts")
      : { findBadOutput: () => null };
    return await this.record("completed", async (status) => {
      const problem = verify && outputFiles.length === 0
        ? "nothing to verify; name its outputs with --output"
        : findBadOutput(platform, outputFiles, status.started_at);
      if (problem !== null) throw this.#refusal("completed", problem);
      const output_files = outputFiles.length > 0 ? outputFiles : undefined;
      // The exit code of the wrapper's command decides how it ends.
      return await this.#isEndedByRun(status)
        ? { event: "heartbeat", details: { message, pct: 100, output_files } }
        : {
          event: "completed",
          details: {
            output_files: outputFiles,
            message: message === "" ? undefined : message,
          },
        };
    });
  }

  /** Ends the session with failure. */
  async fail(
    error: string | Error,
    options: SessionFailOptions = {},
  ): Promise<Recorded> {
    const { outputFiles = [] } = this.#check("fail", options);
    return await this.record("failed", {
      error: errorMessage(error),
      output_files: outputFiles.length > 0 ? outputFiles : undefined,
    });
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
    options = this.#check("run", options, work);
    const { description, outputFiles, message, ...start } = options;
    const { platform } = this.#context;
    const { awaitInterruption } = await import("./run_interruption.ts");
    start.ownerPid ??= platform.pid;
    await this.start(description, start);
    const interruption = awaitInterruption(platform);
    try {
      const result = await Promise.race([work(this), interruption.promise]);
      await this.#endUnlessEnded(() => this.complete({ outputFiles, message }));
      return result as T;
    } catch (error) {
      // The caller needs the error that the work threw.
      await this.#endUnlessEnded(() => this.fail(errorMessage(error)))
        .catch(() => {});
      throw error;
    } finally {
      interruption.release();
    }
  }

  /** The session as it stands; null if there is none. */
  async getStatus(): Promise<Status | null> {
    const view = await this.#context.store.read(this.ref);
    if (view?.condition !== "unreadable") return view?.status ?? null;
    throw new StorageError(
      `Cannot read ${sessionName(this.ref)}: ${view.problem}`,
    );
  }

  /** @ignore Whether the attempt that this tracker began has ended. */
  async hasEnded(): Promise<boolean> {
    const status = await this.getStatus();
    return status !== null && hasEnded(status.state) &&
      status.ptrack?.attempt === this.#attempt;
  }

  /** @ignore Records an event that only a running session takes. */
  async record(
    event: EventName,
    details:
      | JsonObject
      | ((status: Status) => Promise<Omit<NewEvent, "attempt">>),
    flush?: RecordOptions["flush"],
  ): Promise<Recorded> {
    const { store } = this.#context;
    const recorded = await store.record(this.ref, async ({ status }) => {
      const problem = this.#problemOf(status);
      if (problem !== null) throw this.#refusal(event, problem);
      const { owner = null, attempt = 1 } = status.ptrack ?? {};
      const next = typeof details === "function"
        ? await details(status)
        : { event, details };
      await checkMetadata(next.details["metadata"], status.metadata);
      const isEnd = next.event === "completed" || next.event === "failed";
      if (!isEnd && owner !== null && await this.#isOwnerGone(owner)) {
        // It is alive without its owner, so it is driven from elsewhere.
        next.details = { ...next.details, owner: null };
      }
      return { ...next, attempt: this.#attempt ?? attempt };
    }, { flush });
    if (recorded.counted) return recorded;
    throw this.#refusal(
      event,
      this.#problemOf(recorded.status) ?? "another call came first",
    );
  }

  #check<Options extends object>(
    verb: string,
    options: Options,
    argument?: unknown,
  ): Options {
    const { check } = this.#context;
    const { sessionId } = this.ref;
    return check?.({ verb, sessionId, argument }, options) ?? options;
  }

  /** Null instead of an error where `onProblem` takes it. */
  async #tolerantly(verb: () => Promise<Recorded>): Promise<Recorded | null> {
    try {
      return await verb();
    } catch (error) {
      if (this.#onProblem === undefined) throw error;
      this.#onProblem(error as Error);
      return null;
    }
  }

  async #endUnlessEnded(end: () => Promise<Recorded>): Promise<void> {
    try {
      await end();
    } catch (error) {
      const isRefused = error instanceof RefusedError;
      if (!isRefused || !await this.hasEnded()) throw error;
    }
  }

  /** Why a running session may be replaced; null where none is running. */
  #whyReplaced(
    view: SessionView,
    { restart, force }: SessionStartOptions,
    judge: (view: SessionView) => VerdictState,
  ): string | null {
    const { status } = view;
    const { endedBy } = this.#context;
    if (status.state === "pending") return null;
    const isRunning = status.state === "running";
    if (force) return isRunning ? "forced" : null;
    const state = judge(view);
    if (state === "running") {
      // `ptrack run` cannot replace a session, so it is not told how.
      const advice = endedBy === "run" ? "" : "; replace it with --force";
      throw this.#refusal(
        "started",
        `it is running since ${status.started_at ?? "an unknown time"} ` +
          `at ${status.progress_pct} %${advice}`,
      );
    }
    if (restart) return isRunning ? state : null;
    const end = endOf(status, state);
    throw this.#refusal("started", `${end}; begin it again with --restart`);
  }

  /** Whether a wrapper that is still there will end it, and is not us. */
  async #isEndedByRun({ ptrack }: Status): Promise<boolean> {
    return this.#context.endedBy !== "run" && ptrack?.ended_by === "run" &&
      ptrack.owner !== null && !await this.#isOwnerGone(ptrack.owner);
  }

  async #isOwnerGone(owner: Owner): Promise<boolean> {
    const { livenessOfOwner, processInspector } = await import(
      "./process/owners.ts"
    );
    const inspector = processInspector(this.#context.platform);
    return livenessOfOwner(inspector, owner) === "gone";
  }

  /** Why a session takes no event but a start; null if it takes them. */
  #problemOf(status: Status): string | null {
    const current = status.ptrack?.attempt ?? 1;
    if (this.#attempt !== null && this.#attempt !== current) {
      return this.#attempt < current
        ? `attempt ${this.#attempt} was superseded by ${current}`
        : `attempt ${this.#attempt} is not known, the current one is ${current}`;
    }
    if (status.state === "running") return null;
    return status.state === "pending"
      ? "it has not started"
      : endOf(status, status.state);
  }

  #refusal(event: EventName, problem: string): RefusedError {
    const { sessionId } = this.ref;
    return new RefusedError(
      `Cannot ${ACTIONS[event]} "${sessionId}": ${problem}`,
    );
  }
}

function endOf({ completed_at }: Status, state: VerdictState): string {
  const at = completed_at === null ? "" : ` at ${completed_at}`;
  return `it has ${state.replace("_", " ")}${at}`;
}

/** What an event brings, and what the session has already; most bring none. */
async function checkMetadata(
  metadata: unknown,
  before?: JsonObject,
): Promise<void> {
  if (metadata === undefined) return;
  const { checkMetadata } = await import("./session/metadata.ts");
  checkMetadata(metadata as JsonObject, before);
}
