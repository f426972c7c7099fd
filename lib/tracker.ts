/**
 * The verbs that write: each decides from the session that is there, records
 * one event, and answers from what the fold made of it. Knows no files.
 */
import { RefusedError, UsageError } from "./errors.ts";
import type { Clock } from "./platform/platform.ts";
import { clampPercent, jsonBytes } from "./session/event.ts";
import { assess, type AssessContext, NO_LIMITS } from "./session/verdict.ts";
import { checkName } from "./session/names.ts";
import {
  describeOwner,
  livenessOf,
  lookAtOwner,
  type ProcessInspector,
} from "./process/owners.ts";
import { hasEnded } from "./session/status.ts";
import type {
  EventName,
  JsonObject,
  NewEvent,
  Owner,
  SessionRef,
  SessionView,
  Status,
} from "./session/types.ts";
import type { Durability, Recorded, SessionStore } from "./store/store.ts";
import type {
  CompleteOptions,
  FailOptions,
  HeartbeatOptions,
  OutputCheck,
  StartOptions,
  TrackerOptions,
  WrapperHeartbeat,
} from "./tracker_options.ts";

/** The workspace of writing commands that name none. */
export const DEFAULT_WORKSPACE = "default";

/** Metadata beyond this many bytes of JSON is refused. */
const METADATA_LIMIT = 32 * 1024;

/** The verbs of one session. */
export class Tracking {
  readonly ref: SessionRef;
  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #sight: ProcessInspector | null;
  #attempt: number | null;

  /** Throws UsageError if a name is none. */
  constructor(options: TrackerOptions) {
    this.ref = {
      workspace: checkName(options.workspace ?? DEFAULT_WORKSPACE, "workspace"),
      sessionId: checkName(options.sessionId, "session"),
    };
    this.#store = options.store;
    this.#clock = options.clock;
    this.#sight = options.sight ?? null;
    this.#attempt = options.attempt ?? null;
  }

  /** The attempt that this writer belongs to; null for the current one. */
  get attempt(): number | null {
    return this.#attempt;
  }

  /** Begins an attempt. Throws RefusedError if there is one already. */
  async start(
    description: string,
    options: StartOptions = {},
  ): Promise<Recorded> {
    checkMetadata(options.metadata);
    const moment: AssessContext = {
      nowUs: this.#clock.nowUs(),
      limits: NO_LIMITS,
      graceUs: null,
      livenessOf: (view) =>
        this.#sight === null ? null : livenessOf(this.#sight, view),
    };
    const judge = (view: SessionView) => assess(view, moment).state;
    const recorded = await this.#store.record(
      this.ref,
      (view) => this.#startDraft(view, { description, options, judge }),
      { create: true, durability: options.durability },
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
    const { message = "", metadata } = options;
    const draft = {
      message,
      ...(pct === null ? {} : { pct }),
      ...(metadata === undefined ? {} : { metadata }),
    };
    return this.#report("heartbeat", "send a heartbeat to", { draft });
  }

  /** Alive, says the wrapper that runs the command. */
  wrapperHeartbeat(
    { child, durability }: WrapperHeartbeat,
  ): Promise<Recorded> {
    const details = {
      message: "",
      auto: true,
      ...(child === null ? {} : { child }),
    };
    return this.#report("heartbeat", "send a heartbeat to", {
      draft: details,
      durability,
    });
  }

  /** Alive but blocked, until the next heartbeat. */
  waiting(reason: string): Promise<Recorded> {
    const draft = { reason };
    return this.#report("waiting", "mark as waiting", { draft });
  }

  /** Records a non-fatal error. */
  error(text: string, { tail }: { tail?: string[] } = {}): Promise<Recorded> {
    const draft = { error: text, ...(tail === undefined ? {} : { tail }) };
    return this.#report("error", "record an error of", { draft });
  }

  /**
   * Success. With `verify`, RefusedError unless every output is good. Where a
   * wrapper ends the session, the work's own word is kept as a heartbeat.
   */
  complete(options: CompleteOptions = {}): Promise<Recorded> {
    const { outputFiles = [], message = "", verify, by = "work" } = options;
    const { durability } = options;
    const draft = ({ status }: SessionView): Said => {
      if (verify !== undefined) this.#verify(verify, outputFiles, status);
      if (by === "work" && this.#isEndedByRun(status)) {
        const outputs = outputFiles.length === 0
          ? {}
          : { output_files: outputFiles };
        return {
          event: "heartbeat",
          details: { message, pct: 100, ...outputs },
        };
      }
      const details: JsonObject = { output_files: outputFiles };
      if (message !== "") details["message"] = message;
      return { event: "completed", details };
    };
    return this.#report("completed", "complete", { draft, durability });
  }

  /** Failure, with a summary of what went wrong. */
  fail(summary: string, options: FailOptions = {}): Promise<Recorded> {
    const { outputFiles = [], exitCode, signal, tail, durability } = options;
    const draft = {
      error: summary,
      ...(outputFiles.length === 0 ? {} : { output_files: outputFiles }),
      ...(exitCode === undefined ? {} : { exit_code: exitCode }),
      ...(signal === undefined ? {} : { signal }),
      ...(tail === undefined ? {} : { tail }),
    };
    return this.#report("failed", "fail", { draft, durability });
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
  ): NewEvent {
    const { status } = view;
    const over = this.#mayReplace(view, options, judge);
    const pid = options.ownerPid ?? null;
    const details: JsonObject = { task: description };
    if (options.metadata !== undefined) details["metadata"] = options.metadata;
    if (options.batch) details["batch"] = options.batch;
    if (pid !== null) details["owner"] = this.#describe(pid);
    if (options.endedBy !== undefined) details["ended_by"] = options.endedBy;
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
    // `completed`: judged so by its process, which ended after its last turn.
    if (["crashed", "timed_out", "completed"].includes(verdict)) {
      if (options.restart) return verdict;
      throw new RefusedError(
        `Cannot start ${this.#name}: it has ${
          verdict.replace("_", " ")
        }; begin it again with --restart`,
      );
    }
    // A run replaces nobody, so it is not told how.
    const advice = options.endedBy === "run" ? "" : "; replace it with --force";
    throw new RefusedError(
      `Cannot start ${this.#name}: it is running since ` +
        `${status.started_at ?? "an unknown time"} at ` +
        `${status.progress_pct} %${advice}`,
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

  #describe(pid: number): Owner {
    return this.#sight === null
      ? { pid, started: null, host: null, boot: null, ns: null }
      : describeOwner(this.#sight, pid);
  }

  /** A wrapper that is gone ends nothing any more. */
  #isEndedByRun({ ptrack }: Status): boolean {
    return ptrack?.ended_by === "run" && ptrack.owner !== null &&
      !this.#isOwnerGone(ptrack.owner);
  }

  #isOwnerGone(owner: Owner | null): boolean {
    return owner !== null && this.#sight !== null &&
      lookAtOwner(this.#sight, owner) === "gone";
  }

  /** Records an event that only a running session takes. */
  async #report(
    event: EventName,
    action: string,
    { draft, durability }: Report,
  ): Promise<Recorded> {
    const recorded = await this.#store.record(this.ref, (view) => {
      const { status } = view;
      const refusal = this.#refusal(status);
      if (refusal !== null) {
        throw new RefusedError(`Cannot ${action} ${this.#name}: ${refusal}`);
      }
      const said = typeof draft === "function"
        ? draft(view)
        : { event, details: draft };
      const attempt = this.#attempt ?? status.ptrack?.attempt ?? 1;
      return { ...said, details: this.#withOwner(said, status), attempt };
    }, { durability });
    if (recorded.counted) return recorded;
    const refusal = this.#refusal(recorded.status) ?? "another call came first";
    throw new RefusedError(`Cannot ${action} ${this.#name}: ${refusal}`);
  }

  /** A sign of life after the owner's end: it is driven from elsewhere. */
  #withOwner({ event, details }: Said, { ptrack }: Status): JsonObject {
    const isLife = event !== "completed" && event !== "failed";
    return isLife && this.#isOwnerGone(ptrack?.owner ?? null)
      ? { ...details, owner: null }
      : details;
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

/** An event and what belongs to it, before it is known which attempt. */
type Said = Pick<NewEvent, "event" | "details">;

/** What to record, or how to decide that from what is there. */
interface Report {
  draft: JsonObject | ((view: SessionView) => Said);
  durability?: Durability | undefined;
}

function endOf(status: Status): string {
  const at = status.completed_at === null ? "" : ` at ${status.completed_at}`;
  return `it has ${status.state.replace("_", " ")}${at}`;
}

function checkMetadata(metadata: JsonObject | undefined): void {
  if (metadata === undefined) return;
  const bytes = jsonBytes(metadata);
  if (bytes <= METADATA_LIMIT) return;
  throw new UsageError(
    `Cannot record metadata: it has ${bytes} bytes, ${METADATA_LIMIT} at most`,
  );
}
