/**
 * The sessions as the viewers of a page know them: takes each look of the
 * monitor, finds what is new in it, and says so. Logs are read only on from
 * where they were read before, and only of sessions that have changed.
 */
import { jsonLine } from "../report/json.ts";
import { verdictWord } from "../session/verdict.ts";
import type { LogLine, SessionReport, Snapshot } from "../session/types.ts";
import type { LogCursor, SessionStore } from "../store/store.ts";
import { addLines, type GrowingHistory, noHistory } from "./history.ts";
import { keyOf, pageDetail, pageSession } from "./page_session.ts";
import type { PageDelta, PageDetail, PageSession, PageState } from "./wire.ts";

/** The end of a log that is enough for a timeline. */
const FIRST_LINES = 500;
/** The end of a log that somebody is shown. */
const SHOWN_LINES = 300;

/** How old the age in a reason may be. */
const REASON_MS = 60_000;

type Logs = Pick<SessionStore, "readLog">;

/** One session, and how far its log has been read. */
interface Entry {
  report: SessionReport;
  session: PageSession;
  history: GrowingHistory;
  cursor: LogCursor | null;
  takenMs: number;
}

/** What viewers know. */
export class LiveState {
  readonly #logs: Logs;
  readonly #workspace: string | null;
  readonly #entries = new Map<string, Entry>();
  #version = 0;
  #takenMs = 0;
  #text: Uint8Array | null = null;

  constructor(logs: Logs, workspace: string | null) {
    this.#logs = logs;
    this.#workspace = workspace;
  }

  /** Grows with each change. */
  get version(): number {
    return this.#version;
  }

  /** Takes a look at all workspaces; null if nothing has changed. */
  async take(
    snapshots: readonly Snapshot[],
    takenMs: number,
  ): Promise<PageDelta | null> {
    const changed: PageSession[] = [];
    const gone = new Set(this.#entries.keys());
    for (const { sessions } of snapshots) {
      for (const report of sessions) {
        const { workspace, sessionId } = report.view;
        const key = keyOf(workspace, sessionId);
        gone.delete(key);
        const before = this.#entries.get(key);
        if (before !== undefined && isSame(before, report, takenMs)) continue;
        const entry = await this.#read({ report, takenMs }, before);
        this.#entries.set(key, entry);
        changed.push(entry.session);
      }
    }
    for (const key of gone) this.#entries.delete(key);
    if (changed.length === 0 && gone.size === 0 && this.#version > 0) {
      return null;
    }
    this.#version++;
    this.#takenMs = takenMs;
    this.#text = null;
    return { version: this.#version, takenMs, changed, removed: [...gone] };
  }

  /** All of it. */
  state(): PageState {
    return {
      version: this.#version,
      takenMs: this.#takenMs,
      workspace: this.#workspace,
      sessions: [...this.#entries.values()].map(({ session }) => session),
    };
  }

  /** All of it as JSON; made once a version, however many ask. */
  stateJson(): Uint8Array {
    this.#text ??= new TextEncoder().encode(jsonLine(this.state()));
    return this.#text;
  }

  /** One session, by its key; null if there is none of that key. */
  async detail(key: string): Promise<PageDetail | null> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    const lines = await this.#lines(entry.report);
    return pageDetail(entry.report.view.status, lines);
  }

  async #lines({ view }: SessionReport): Promise<LogLine[]> {
    const page = await this.#logs.readLog(view, { last: SHOWN_LINES })
      .catch(() => null);
    return page?.lines ?? [];
  }

  async #read(
    { report, takenMs }: Pick<Entry, "report" | "takenMs">,
    before: Entry | undefined,
  ): Promise<Entry> {
    const history = before?.history ?? noHistory();
    const from = before?.cursor ?? null;
    // What cannot be read has no past; the verdict says that it cannot.
    const range = from === null ? { last: FIRST_LINES } : { after: from };
    const page = await this.#logs.readLog(report.view, range)
      .catch(() => null);
    const cursor = page?.cursor ?? null;
    if (!isOnward(from, cursor)) Object.assign(history, noHistory());
    if (page !== null) addLines(history, page.lines);
    const session = pageSession(report, history);
    return { report, session, history, cursor, takenMs };
  }
}

/** Whether the log is still the one that was read before. */
function isOnward(from: LogCursor | null, to: LogCursor | null): boolean {
  return from !== null && to !== null && from.identity === to.identity &&
    to.offset >= from.offset;
}

/** A reason may tell an age: that alone is no news, but for now and then. */
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
