/**
 * What the server, or a report, tells the page: sessions in a form that is
 * small enough to be sent at each change, and the details of one session.
 * Times are milliseconds since 1970, so that the page can count ages itself.
 * Texts are as they came from the session: the page makes them harmless.
 */
import type { VerdictWord } from "../session/verdict.ts";

/** From when to when; null if it goes on, or its end is not known. */
export type Span = readonly [fromMs: number, toMs: number | null];

/** When a session ran, waited and reported errors, for the timeline. */
export interface History {
  /** One for each attempt in the end of the log. */
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
export interface ServerState {
  /** Grows with each change; a page that missed one asks for all again. */
  version: number;
  /** When it was taken. */
  takenMs: number;
  /** The one workspace that is shown; null for all. */
  workspace: string | null;
  sessions: PageSession[];
}

/** The changes since the version before. */
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

/** What is loaded when somebody opens a session. */
export interface PageDetail {
  /** The last events, oldest first. */
  lines: PageLine[];
  errors: PageError[];
  outputs: string[];
  metadata: [key: string, value: string][];
  /** How a command failed, as text of several lines; "" for nothing. */
  failureReport: string;
}

/** A note at the top of a report, such as on a session that never began. */
export interface PageNote {
  /** The session's id; "" for none, or if nobody knows it. */
  id: string;
  text: string;
}

/** The data in the page itself. */
export type PageData =
  | { kind: "live" }
  /** A report has all of it, and never changes. */
  | {
    kind: "report";
    state: ServerState;
    details: Record<string, PageDetail>;
    notes: PageNote[];
  };
