/**
 * What the rest of the program needs of a store. The one that exists keeps
 * sessions in files (docs/format.md), but nothing above this interface knows
 * that: another, such as a shared server, can stand in its place.
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

/** Which events of a log to read; all if nothing is given. */
export interface LogRange {
  /** The last so many. */
  last?: number;
  /** Those that came after a page. */
  after?: LogCursor;
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
  /** Longest time between two looks where no changes are announced. */
  pollIntervalMs: number;
}

/** A session, or what a removal has left of one, as cleaning up sees it. */
export interface SurveyedSession {
  /** Of a tombstone: what was being removed, under the tombstone's own name. */
  view: SessionView;
  /** A removal that was killed has left it, and nobody sees it as a session. */
  isTombstone: boolean;
  /** The last change of anything in it, microseconds since 1970. */
  changedUs: number;
  /** Why it must not be removed; "" if it may be. */
  obstacle: string;
}

/** What lies in a workspace: sessions, orphans and tombstones. */
export interface WorkspaceSurvey {
  workspace: string;
  /** Why it could not be looked through; "" if it was. */
  problem: string;
  /** Sessions, then tombstones, each in the order of their names. */
  sessions: SurveyedSession[];
  /** It holds something else, too, and so is never empty. */
  hasOthers: boolean;
}

/** How a store is checked. */
export interface CheckOptions {
  /** Also writes, to see whether that works, and what time it is there. */
  write: boolean;
  /** Also removes the temporary files that it finds. */
  fix: boolean;
}

/** How the place is where a store keeps its sessions. */
export interface StoreCheck {
  /** Whether it has been made yet; if not, nothing else is known but `git`. */
  exists: boolean;
  /** What git makes of it; null where there is no git. */
  git: "ignored" | "hidden by itself" | "not ignored" | "tracked" | null;
  /** Such as "NFS" if it is on such a file system: events can be lost there. */
  networkFileSystem: string | null;
  /** Why nothing can be written there; "" if it can be, or was not tried. */
  writeProblem: string;
  /** How far its clock is from the machine's. */
  clockOffsetS: number;
  /** Temporary files that killed writers have left. */
  temporaries: number;
  /** Why they could not be removed; "" if they could, or were not to be. */
  fixProblem: string;
}

/** Sessions, kept somewhere. */
export interface SessionStore {
  /** Where, for messages. */
  readonly location: string;
  /** Variables by which another call of ptrack finds the same store. */
  environment(): Record<string, string>;
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
  /** Events of a session; null if there is no such session. */
  readLog(ref: SessionRef, range?: LogRange): Promise<LogPage | null>;
  /** Watches one workspace, or all of them when `workspace` is null. */
  feed(workspace: string | null, options: FeedOptions): Promise<Feed>;
  /**
   * Removes a session, or a tombstone, if `mayGo` says so of it at the last
   * moment; false if it does not, or if there is no such session.
   */
  remove(
    ref: SessionRef,
    mayGo: (view: SessionView) => boolean,
  ): Promise<boolean>;
  /** Removes a workspace that is empty; false if it is not, or not there. */
  removeWorkspace(workspace: string): Promise<boolean>;
  /**
   * What lies in a workspace, or in all when `workspace` is null: for cleaning
   * up. Throws RefusedError where the place may hold what others keep.
   */
  survey(workspace: string | null): Promise<WorkspaceSurvey[]>;
  /** Makes the place where sessions are kept, if it is missing. */
  create(): Promise<void>;
  /** How that place is. */
  check(options: CheckOptions): Promise<StoreCheck>;
}
