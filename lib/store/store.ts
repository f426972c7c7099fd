/**
 * What the verbs need of a store. The one that exists keeps sessions in files
 * (docs/format.md); another, say a shared server, could stand in its place.
 */
import type {
  LogLine,
  NewEvent,
  SessionRef,
  SessionView,
  Status,
} from "../session/types.ts";

/** Decides, from the state that is there, what to record, or throws. */
export type Decide = (view: SessionView) => NewEvent;

/**
 * When an event is flushed to the device. `usual`: the beginning and the end of
 * an attempt, before the call returns. `later`: a `whole` one will follow, and
 * flush this one too.
 */
export type Durability = "usual" | "later" | "whole";

/** How an event is recorded. */
export interface RecordOptions {
  /** Makes the session if it is missing. */
  create?: boolean;
  /** `usual` if not given. */
  durability?: Durability;
}

/** What became of a call that writes. */
export interface Recorded {
  /** The session after the event, all known events folded in. */
  status: Status;
  /** The event counted; false when another writer's had come first. */
  counted: boolean;
  /** The event is safe, but this could not be done: for a warning. */
  warnings: string[];
}

/** How much of a log to read. */
export interface LogRange {
  /** Only the last so many lines; all if not given. */
  last?: number;
}

/** A log's lines and the place after the last of them. */
export interface LogPage {
  lines: LogLine[];
  /** Opaque: where the next page begins. */
  cursor: LogCursor;
}

/** A place in a log; survives a log that is replaced or cut. */
export interface LogCursor {
  readonly offset: number;
  readonly identity: string;
}

/** A live reading of workspaces: cheap to ask again and again. */
export interface Feed {
  /** The sessions now, by workspace; a workspace that is not there is absent. */
  read(): Map<string, SessionView[]>;
  /** Resolves at the next change, after `ms`, or when `signal` aborts. */
  changed(ms: number, signal?: AbortSignal): Promise<void>;
  close(): void;
}

/** How a feed watches. */
export interface FeedOptions {
  /** Longest time between two looks where file events do not arrive. */
  pollIntervalMs: number;
}

/** Sessions, kept somewhere. */
export interface SessionStore {
  /** Where, for messages. */
  readonly location: string;
  /** Names of the workspaces, sorted. */
  workspaces(): Promise<string[]>;
  /** Names of a workspace's sessions, sorted; none if it is not there. */
  sessionIds(workspace: string): Promise<string[]>;
  /** One session; null if there is none of this name. */
  read(ref: SessionRef): Promise<SessionView | null>;
  /** All sessions of a workspace by id; null if there is no such workspace. */
  readAll(workspace: string): Promise<SessionView[] | null>;
  /** Records what `decide` returns. */
  record(
    ref: SessionRef,
    decide: Decide,
    options?: RecordOptions,
  ): Promise<Recorded>;
  /** A page of the log, null if there is no such session. */
  readLog(ref: SessionRef, range?: LogRange): Promise<LogPage | null>;
  /** The lines that came after a page; null if the session is gone. */
  readLogAfter(ref: SessionRef, cursor: LogCursor): Promise<LogPage | null>;
  /** Watches one workspace, or all of them when `workspace` is null. */
  feed(workspace: string | null, options: FeedOptions): Promise<Feed>;
  /** Removes a session that has ended; false if it is not (or no more) so. */
  remove(
    ref: SessionRef,
    mayGo: (view: SessionView) => boolean,
  ): Promise<boolean>;
}
