/** What the verbs that write are told, besides the session. */
import type { Clock } from "./platform/platform.ts";
import type { ProcessInspector } from "./process/owners.ts";
import type { JsonObject, ProcessRef } from "./session/types.ts";
import type { Durability, SessionStore } from "./store/store.ts";

/** Which session, in which store. */
export interface TrackerOptions {
  sessionId: string;
  workspace?: string;
  /** The attempt that this writer belongs to; null: the current one. */
  attempt?: number | null;
  store: SessionStore;
  clock: Clock;
  /** Tells of processes; without it owners are neither known nor judged. */
  sight?: ProcessInspector;
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
  /** A wrapper owns it, and will end it by the exit code of its command. */
  endedBy?: "run";
  /** When it is flushed to the device; before the call returns. */
  durability?: Durability;
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

/** A sign of life from a wrapper: it is no progress, and ends no wait. */
export interface WrapperHeartbeat {
  /** The command that it runs. */
  child: ProcessRef | null;
  /** When it is flushed to the device; whenever the system likes. */
  durability?: Durability;
}

/** How a session fails, besides the summary. */
export interface FailOptions {
  outputFiles?: string[];
  /** How its command ended. */
  exitCode?: number;
  /** The signal that ended its command, such as SIGKILL. */
  signal?: string;
  /** The last lines that its command wrote. */
  tail?: string[];
  durability?: Durability;
}

/** How a session completes. */
export interface CompleteOptions {
  outputFiles?: string[];
  message?: string;
  /** Refuse unless this finds nothing wrong with the outputs. */
  verify?: OutputCheck;
  /** Who says so: the wrapper that the session is ended by, or the work. */
  by?: "run" | "work";
  durability?: Durability;
}

/** Says what is wrong with an output of an attempt begun at `startedAt`. */
export type OutputCheck = (
  path: string,
  startedAt: string | null,
) => string | null;
