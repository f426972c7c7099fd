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

/**
 * Names a session to `readSome`. Only the store understands it; it is a text,
 * so that it can be handed to another thread.
 */
export type SessionEntry = string;

/** Decides what to record in a session as it is now, or throws. */
export type Decide = (view: SessionView) => NewEvent | Promise<NewEvent>;

/** How an event is recorded. */
export interface RecordOptions {
  /** Makes the session if it is missing. */
  create?: boolean;
  /**
   * Whether the call flushes the event to the device; if not given, it flushes
   * the start and the end of an attempt. `now`: with all events before it.
   * `later`: not, since one with `now` follows.
   */
  flush?: "now" | "later";
}

/** The outcome of recording an event. */
export interface Recorded {
  /** The session after the event. */
  status: Status;
  /** False when the event of another writer came first, so this one is void. */
  counted: boolean;
  /** What failed after the event was safe. */
  warnings: string[];
}

/** Which events of a log to read; all if nothing is given. */
export interface LogRange {
  /** The last so many. */
  last?: number;
  /** Those after a page that was read before. */
  after?: LogCursor;
  /** Only those of this attempt, and of no attempt. */
  attempt?: number;
  /** Not these; they do not count as one of the last. */
  leaveOut?: (line: LogLine) => boolean;
}

/** Events of a log, and the place after them. */
export interface LogPage {
  lines: LogLine[];
  cursor: LogCursor;
}

/** A place in a log; in one that was replaced or cut it is the beginning. */
export interface LogCursor {
  readonly offset: number;
  readonly identity: string;
}

/** Reads workspaces again and again, cheaply. */
export interface Feed {
  /**
   * The sessions now, by workspace; a missing workspace has no entry. Lists and
   * sessions that have not changed are the same objects as before.
   */
  read(): Map<string, readonly SessionView[]>;
  /** Resolves at the next change, after `ms`, or when `signal` aborts. */
  changed(ms: number, signal?: AbortSignal): Promise<void>;
  close(): void;
}

/** A session, or a tombstone: what a killed removal has left of one. */
export interface SurveyedSession {
  /** Its id is the name of the tombstone, if it is one. */
  view: SessionView;
  isTombstone: boolean;
  /** When anything in it last changed, microseconds since 1970. */
  changedUs: number;
  /** Why it must not be removed; "" if it may be. */
  obstacle: string;
}

/** What a workspace contains, for cleaning up. */
export interface WorkspaceSurvey {
  workspace: string;
  /** Why it could not be read; "" if it was. */
  problem: string;
  /** Sessions, then tombstones, each sorted by name. */
  sessions: SurveyedSession[];
  /** It contains other things too, so it cannot become empty. */
  hasOthers: boolean;
}

/** The state of the place where sessions are kept. */
export interface StoreCheck {
  /** Whether it has been made; if not, only `git` is known. */
  exists: boolean;
  /** Whether git ignores it; null outside a checkout. */
  git: "ignored" | "hidden by itself" | "not ignored" | "tracked" | null;
  /**
   * Whether it is its owner's alone, shared with a group, or `open` to more
   * people, as older versions left it; null where files have no such modes.
   */
  access: "private" | "shared" | "open" | null;
  /** Its network file system, such as "NFS", which can lose events; or null. */
  networkFileSystem: string | null;
  /** Why writing failed; "" if it worked, or was not tried. */
  writeProblem: string;
  /** Whether it failed because the disk, or the quota, is used up. */
  isFull: boolean;
  /** How far its clock is ahead of the machine's. */
  clockOffsetS: number;
  /** How many temporary files killed writers have left. */
  temporaries: number;
  /** Why these could not be removed; "" if they were, or were to stay. */
  fixProblem: string;
}

/** A place where sessions are kept. */
export interface SessionStore {
  /** Names the place in messages. */
  readonly location: string;
  /** Variables that lead other ptrack processes to this store. */
  environment(): Record<string, string>;
  /** Names of the workspaces, sorted. */
  workspaces(): Promise<string[]>;
  /** Names of a workspace's sessions, sorted; empty if there is no such one. */
  sessionIds(workspace: string): Promise<string[]>;
  /** One session; null if it does not exist. */
  read(ref: SessionRef): Promise<SessionView | null>;
  /** A workspace's sessions, sorted, to be read; null if it does not exist. */
  list(workspace: string): Promise<SessionEntry[] | null>;
  /** Some sessions of a workspace; one that is gone by now is unreadable. */
  readSome(
    workspace: string,
    entries: readonly SessionEntry[],
  ): Promise<SessionView[]>;
  /** Records the event that `decide` returns. */
  record(
    ref: SessionRef,
    decide: Decide,
    options?: RecordOptions,
  ): Promise<Recorded>;
  /** Events of a session; null if it does not exist. */
  readLog(ref: SessionRef, range?: LogRange): Promise<LogPage | null>;
  /**
   * Watches a workspace, or all if `workspace` is null. The interval is the
   * longest time between two looks where no change is reported.
   */
  feed(workspace: string | null, pollIntervalMs: number): Promise<Feed>;
  /**
   * Removes a session or tombstone if `mayGo` still agrees at the last moment.
   * Returns false if it does not agree, or if there is no such session.
   */
  remove(
    ref: SessionRef,
    mayGo: (view: SessionView) => boolean,
  ): Promise<boolean>;
  /** Removes a workspace if it is empty; returns whether it did. */
  removeWorkspace(workspace: string): Promise<boolean>;
  /**
   * What a workspace contains, or all of them if `workspace` is null. Throws
   * RefusedError if the place does not look like a store.
   */
  survey(workspace: string | null): Promise<WorkspaceSurvey[]>;
  /** Makes the place where sessions are kept, if it does not exist. */
  create(): Promise<void>;
  /** Lets its group read all that is there, and all that is made later. */
  share(): Promise<void>;
  /**
   * Checks that place. `look`: only reads. `write`: also writes a file, to see
   * whether that works and what its time is. `fix`: also removes the temporary
   * files of killed writers.
   */
  check(depth: "look" | "write" | "fix"): Promise<StoreCheck>;
}

/** How `.parallel` is searched where none is named. */
export interface Search {
  /** Where from, an absolute path; by default the working directory. */
  from?: string;
  /** Whether it is about to be made, and so even in a home directory. */
  mayMake?: boolean;
}
