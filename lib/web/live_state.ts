/**
 * The sessions that all viewers of a server see, and what is new in a snapshot.
 * Logs are read on from where they were, and only of sessions that changed.
 */
import { jsonLine } from "../report/json.ts";
import { isAutomatic } from "../session/log_lines.ts";
import type { SessionReport, Snapshot } from "../session/types.ts";
import { verdictWord } from "../session/verdict.ts";
import type { LogCursor, LogRange, SessionStore } from "../store/store.ts";
import {
  History,
  keyOf,
  type PageDelta,
  type PageDetail,
  pageDetail,
  type PageSession,
  pageSession,
  type ServerState,
} from "./page_data.ts";

/** The end of a log that is enough for a timeline. */
const FIRST_LINES = 500;
/** The end of a log that is shown in a session's details. */
const SHOWN_LINES = 300;
/** How old an age in a reason may become on the page. */
const REASON_MS = 60_000;

/** A session, and how far its log has been read. */
interface Entry {
  report: SessionReport;
  session: PageSession;
  history: History;
  cursor: LogCursor | null;
  takenMs: number;
}

type Logs = Pick<SessionStore, "readLog">;

/** What a server's page shows at the moment. */
export class LiveState {
  readonly #store: Logs;
  readonly #workspace: string | null;
  readonly #entries = new Map<string, Entry>();
  #version = 0;
  #takenMs = 0;
  #json: Uint8Array | null = null;

  constructor(store: Logs, workspace: string | null) {
    this.#store = store;
    this.#workspace = workspace;
  }

  /** Takes snapshots of all workspaces; null if nothing has changed. */
  async take(
    snapshots: readonly Snapshot[],
    takenMs: number,
  ): Promise<PageDelta | null> {
    const changed: PageSession[] = [];
    const gone = new Set(this.#entries.keys());
    for (const report of snapshots.flatMap(({ sessions }) => sessions)) {
      const key = keyOf(report.view);
      gone.delete(key);
      const before = this.#entries.get(key);
      if (before !== undefined && isSame(before, report, takenMs)) continue;
      const entry = await this.#read(report, before, takenMs);
      this.#entries.set(key, entry);
      changed.push(entry.session);
    }
    for (const key of gone) this.#entries.delete(key);
    const isSameAsBefore = changed.length === 0 && gone.size === 0;
    if (isSameAsBefore && this.#version > 0) return null;
    this.#version++;
    this.#takenMs = takenMs;
    this.#json = null;
    return { version: this.#version, takenMs, changed, removed: [...gone] };
  }

  async #read(
    report: SessionReport,
    before: Entry | undefined,
    takenMs: number,
  ): Promise<Entry> {
    const from = before?.cursor ?? null;
    const range = from === null ? { last: FIRST_LINES } : { after: from };
    const page = await this.#readLog(report, range);
    const cursor = page?.cursor ?? null;
    const isSameLog = from !== null && from.identity === cursor?.identity &&
      cursor.offset >= from.offset;
    const known = isSameLog ? before?.history : undefined;
    const history = (known ?? new History()).add(page?.lines ?? []);
    const session = pageSession(report, history);
    return { report, session, history, cursor, takenMs };
  }

  /** A log that cannot be read has no past; the verdict says so. */
  async #readLog({ view }: SessionReport, range: LogRange) {
    return await this.#store.readLog(view, range).catch(() => null);
  }

  /** All sessions as JSON; made once a version, however many ask. */
  stateJson(): Uint8Array {
    if (this.#json !== null) return this.#json;
    const state: ServerState = {
      version: this.#version,
      takenMs: this.#takenMs,
      workspace: this.#workspace,
      sessions: [...this.#entries.values()].map(({ session }) => session),
    };
    return this.#json = new TextEncoder().encode(jsonLine(state));
  }

  /** The details of one session; null if there is none of that key. */
  async detail(key: string): Promise<PageDetail | null> {
    const report = this.#entries.get(key)?.report;
    if (report === undefined) return null;
    const range = { last: SHOWN_LINES, leaveOut: isAutomatic };
    const page = await this.#readLog(report, range);
    return pageDetail(report.view.status, page?.lines ?? []);
  }
}

/** Whether nothing changed; an age in the reason counts once a minute. */
function isSame(
  { report: before, takenMs }: Entry,
  now: SessionReport,
  nowMs: number,
): boolean {
  return before.view === now.view &&
    verdictWord(before.verdict) === verdictWord(now.verdict) &&
    before.verdict.since === now.verdict.since &&
    (before.verdict.reason === now.verdict.reason ||
      Math.abs(nowMs - takenMs) < REASON_MS);
}
