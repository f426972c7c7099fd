/**
 * What the server, or a report, tells the page. Times are milliseconds since
 * 1970, so that the page can count ages itself. Texts are as they came from the
 * session: the page makes them harmless.
 */
import type { PageDetail, PageSession } from "./page_session.ts";

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
