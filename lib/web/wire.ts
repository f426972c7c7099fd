/**
 * What the page is told: sessions in a form that is small enough to be sent
 * at each change, and what is known of one session besides. Times are
 * milliseconds since 1970, so that the page can let ages go on by itself.
 * Texts are as they came from the session: the page makes them harmless.
 */
import type { VerdictWord } from "../session/verdict.ts";

/** From when to when; null: it goes on, or its end is not known. */
export type Span = readonly [fromMs: number, toMs: number | null];

/** When a session ran, waited and erred, for the timeline. */
export interface History {
  /** One for each attempt that the log still tells of. */
  runs: Span[];
  waits: Span[];
  errorsMs: number[];
}

/** A session in a list. */
export interface PageSession {
  /** Names it among all workspaces. */
  key: string;
  workspace: string;
  id: string;
  /** The verdict in one word. */
  word: VerdictWord;
  /** Why, in words; "" where the word says it all. */
  reason: string;
  /** Since when it waits, was silent or ended. */
  sinceMs: number | null;
  task: string;
  message: string;
  /** 0 to 100. */
  percent: number;
  startedMs: number | null;
  endedMs: number | null;
  /** The last sign of life. */
  heartbeatMs: number | null;
  attempt: number;
  batch: string | null;
  errorsTotal: number;
  lastError: string;
  outputsTotal: number;
  history: History;
}

/** All sessions at one moment. */
export interface PageState {
  /** Grows with each change; a page that missed one asks for all again. */
  version: number;
  /** When it was taken. */
  takenMs: number;
  /** The workspace that was asked for; null for all. */
  workspace: string | null;
  sessions: PageSession[];
}

/** What changed since the version before. */
export interface PageDelta {
  version: number;
  takenMs: number;
  changed: PageSession[];
  /** Keys of sessions that are gone. */
  removed: string[];
}

/** An event of a log. */
export interface PageLine {
  /** Null if the line does not say. */
  atMs: number | null;
  event: string;
  percent: number;
  /** What belongs to it, in words. */
  text: string;
}

/** An error of a session. */
export interface PageError {
  /** Null if it does not say. */
  atMs: number | null;
  text: string;
}

/** What is looked up when somebody opens a session. */
export interface PageDetail {
  /** The last events, oldest first. */
  lines: PageLine[];
  errors: PageError[];
  outputs: string[];
  metadata: [key: string, value: string][];
  /** How a command failed, as text of several lines; "" for nothing. */
  failureReport: string;
}

/** What is to be said besides, such as of a session that never began. */
export interface PageNote {
  /** The session; "" for none, or one whose name nobody knows. */
  id: string;
  text: string;
}

/** What a page begins with. */
export type PageData =
  | { kind: "live" }
  /** A report: all of it, and nothing will follow. */
  | {
    kind: "report";
    state: PageState;
    details: Record<string, PageDetail>;
    notes: PageNote[];
  };
