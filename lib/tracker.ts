/**
 * The verbs that write: each decides from the session that is there, records
 * one event, and answers from what the fold made of it. Knows no files.
 */
import { RefusedError, UsageError } from "./errors.ts";
import type { Clock } from "./host/host.ts";
import { clampPercent } from "./session/event.ts";
import { assess, NO_LIMITS } from "./session/assess.ts";
import { checkName } from "./session/names.ts";
import { hasEnded } from "./session/status.ts";
import type {
  Draft,
  EventName,
  JsonObject,
  SessionRef,
  SessionView,
  Status,
} from "./session/types.ts";
import type { Recorded, SessionStore } from "./store/store.ts";

/** The workspace of writing commands that name none. */
export const DEFAULT_WORKSPACE = "default";

/** Metadata beyond this many bytes of JSON is refused. */
const METADATA_LIMIT = 32 * 1024;

/** Which session, in which store. */
export interface TrackerOptions {
  sessionId: string;
  workspace?: string;
  /** The attempt that this writer belongs to; null: the current one. */
  attempt?: number | null;
  store: SessionStore;
  clock: Clock;
}

/** How a session begins. */
export interface StartOptions {
  metadata?: JsonObject;
  /** One launch of many sessions. */
  batch?: string | null;
  /** Seconds without a heartbeat that a monitor takes for a hang. */
  heartbeatTimeoutS?: number | null;
  /** Seconds that the session may take in all. */
  sessionTimeoutS?: number | null;
  /** The process that the session lives and dies with. */
  ownerPid?: number | null;
  /** Begin an ended or timed-out session again. */
  restart?: boolean;
  /** Replace a live session too. */
  force?: boolean;
}

/** What a heartbeat says besides "alive". */
export interface HeartbeatOptions {
  /** 0 to 100; values outside are clamped. */
  progressPct?: number | null;
  /** What it does now. */
  message?: string;
  /** Merged, key by key, with what is recorded. */
  metadata?: JsonObject;
}

/** How a session completes. */
export interface CompleteOptions {
  outputFiles?: string[];
  message?: string;
  /** Refuse unless this finds nothing wrong with the outputs. */
  verify?: OutputCheck;
}

/** Says what is wrong with an output of an attempt begun at `startedAt`. */
export type OutputCheck = (
  path: string,
  startedAt: string | null,
) => string | null;

/** The verbs of one session. */
export class Tracking {
  readonly ref: SessionRef;
  readonly #store: SessionStore;
  readonly #clock: Clock;
  #attempt: number | null;

  /** Throws UsageError if a name is none. */
  constructor(options: TrackerOptions) {
    this.ref = {
      workspace: checkName(options.workspace ?? DEFAULT_WORKSPACE, "workspace"),
      sessionId: checkName(options.sessionId, "session"),
    };
    this.#store = options.store;
    this.#clock = options.clock;
    this.#attempt = options.attempt ?? null;
  }

  /** Begins an attempt. Throws RefusedError if there is one already. */
  async start(
    description: string,
    options: StartOptions = {},
  ): Promise<Recorded> {
    checkMetadata(options.metadata);
    const nowUs = this.#clock.nowUs();
    const judge = (view: SessionView) =>
      assess(view, { nowUs, limits: NO_LIMITS, graceUs: null }).state;
    const recorded = await this.#store.record(
      this.ref,
      (view) => this.#startDraft(view, { description, options, judge }),
      { create: true },
    );
    if (!recorded.counted) {
      throw new RefusedError(
        `Cannot start ${this.#name}: another start came first`,
      );
    }
    this.#attempt = recorded.status.ptrack?.attempt ?? null;
    return recorded;
  }

  /** Alive, and perhaps how far. Ends a wait. */
  heartbeat(options: HeartbeatOptions = {}): Promise<Recorded> {
    checkMetadata(options.metadata);
    const pct = clampPercent(options.progressPct ?? null);
    return this.#report("heartbeat", "send a heartbeat to", {
      message: options.message ?? "",
      ...(pct === null ? {} : { pct }),
      ...(options.metadata === undefined ? {} : { metadata: options.metadata }),
    });
  }

  /** Alive but blocked, until the next heartbeat. */
  waiting(reason: string): Promise<Recorded> {
    return this.#report("waiting", "mark as waiting", { reason });
  }

  /** Records a non-fatal error. */
  error(text: string): Promise<Recorded> {
    return this.#report("error", "record an error of", { error: text });
  }

  /** Success. With `verify`, RefusedError unless every output is good. */
  complete(options: CompleteOptions = {}): Promise<Recorded> {
    const { outputFiles = [], message, verify } = options;
    const details: JsonObject = { output_files: outputFiles };
    if (message !== undefined && message !== "") details["message"] = message;
    return this.#report("completed", "complete", details, ({ status }) => {
      if (verify === undefined) return;
      this.#verify(verify, outputFiles, status);
    });
  }

  /** Failure, with a summary of what went wrong. */
  fail(
    summary: string,
    options: { outputFiles?: string[] } = {},
  ): Promise<Recorded> {
    const { outputFiles = [] } = options;
    return this.#report("failed", "fail", {
      error: summary,
      ...(outputFiles.length === 0 ? {} : { output_files: outputFiles }),
    });
  }

  get #name(): string {
    return `"${this.ref.sessionId}"`;
  }

  #startDraft(
    view: SessionView,
    { description, options, judge }: {
      description: string;
      options: StartOptions;
      judge: (view: SessionView) => string;
    },
  ): Draft {
    const { status } = view;
    const over = this.#mayReplace(view, options, judge);
    const pid = options.ownerPid ?? null;
    const details: JsonObject = { task: description };
    if (options.metadata !== undefined) details["metadata"] = options.metadata;
    if (options.batch) details["batch"] = options.batch;
    if (pid !== null) {
      details["owner"] = {
        pid,
        started: null,
        host: null,
        boot: null,
        ns: null,
      };
    }
    if (options.heartbeatTimeoutS) {
      details["heartbeat_timeout"] = options.heartbeatTimeoutS;
    }
    if (options.sessionTimeoutS) {
      details["session_timeout"] = options.sessionTimeoutS;
    }
    if (over !== null) details["over"] = over;
    const attempt = (status.ptrack?.attempt ?? 0) + 1;
    return { event: "started", details, attempt };
  }

  /** Why a running session may be replaced; null where none is running. */
  #mayReplace(
    view: SessionView,
    options: StartOptions,
    judge: (view: SessionView) => string,
  ): string | null {
    const { status } = view;
    if (status.state === "pending") return null;
    if (hasEnded(status.state)) {
      if (options.restart || options.force) return null;
      throw new RefusedError(
        `Cannot start ${this.#name}: ${endOf(status)}; ` +
          `begin it again with --restart`,
      );
    }
    const verdict = judge(view);
    if (options.force) return "forced";
    if (verdict === "crashed" || verdict === "timed_out") {
      if (options.restart) return verdict;
      throw new RefusedError(
        `Cannot start ${this.#name}: it has ${
          verdict.replace("_", " ")
        }; begin it again with --restart`,
      );
    }
    throw new RefusedError(
      `Cannot start ${this.#name}: it is running since ` +
        `${status.started_at ?? "an unknown time"} at ` +
        `${status.progress_pct} %; replace it with --force`,
    );
  }

  #verify(check: OutputCheck, outputs: string[], status: Status): void {
    if (outputs.length === 0) {
      throw new RefusedError(
        `Cannot complete ${this.#name}: nothing to verify; name its outputs ` +
          `with --output`,
      );
    }
    for (const path of outputs) {
      const problem = check(path, status.started_at);
      if (problem === null) continue;
      throw new RefusedError(
        `Cannot complete ${this.#name}: output "${path}" ${problem}`,
      );
    }
  }

  /** Records an event that only a running session takes. */
  async #report(
    event: EventName,
    action: string,
    details: JsonObject,
    check?: (view: SessionView) => void,
  ): Promise<Recorded> {
    const recorded = await this.#store.record(this.ref, (view) => {
      const refusal = this.#refusal(view.status);
      if (refusal !== null) {
        throw new RefusedError(`Cannot ${action} ${this.#name}: ${refusal}`);
      }
      check?.(view);
      const attempt = this.#attempt ?? view.status.ptrack?.attempt ?? 1;
      return { event, details, attempt };
    });
    if (recorded.counted) return recorded;
    const refusal = this.#refusal(recorded.status) ?? "another call came first";
    throw new RefusedError(`Cannot ${action} ${this.#name}: ${refusal}`);
  }

  #refusal(status: Status): string | null {
    const current = status.ptrack?.attempt ?? 1;
    if (this.#attempt !== null && this.#attempt !== current) {
      return this.#attempt < current
        ? `attempt ${this.#attempt} was superseded by ${current}`
        : `attempt ${this.#attempt} is not known, the current one is ${current}`;
    }
    if (status.state === "running") return null;
    return status.state === "pending" ? "it has not started" : endOf(status);
  }
}

function endOf(status: Status): string {
  const at = status.completed_at === null ? "" : ` at ${status.completed_at}`;
  return `it has ${status.state.replace("_", " ")}${at}`;
}

function checkMetadata(metadata: JsonObject | undefined): void {
  if (metadata === undefined) return;
  const { length } = JSON.stringify(metadata);
  if (length <= METADATA_LIMIT) return;
  throw new UsageError(
    `Cannot record metadata: it has ${length} bytes, ${METADATA_LIMIT} at most`,
  );
}
