/**
 * The source of the page's sessions: a server, which sends changes as events and
 * is asked for everything after each lost connection, or the report that the
 * page is.
 */
/// <reference lib="dom" />
import type { PageDetail } from "../page_session.ts";
import type { PageData, PageDelta, PageNote, ServerState } from "../wire.ts";

/** The state of the connection; a report has none. */
export type Connection = "connecting" | "live" | "lost" | "report";

/** What a source tells. */
export type SourceMessage =
  | { kind: "connection"; connection: Connection }
  | { kind: "state"; state: ServerState }
  | { kind: "delta"; delta: PageDelta };

type Tell = (message: SourceMessage) => void;

/** Where sessions come from. */
export interface Source {
  /** Shown at the top of a report. */
  readonly notes: readonly PageNote[];
  /** Begins to tell everything. */
  start(tell: Tell): void;
  /** The details of a session; null if it is gone, or not in the report. */
  detail(key: string): Promise<PageDetail | null>;
}

/** The report that the page is. */
export function reportSource(
  { notes, state, details }: PageData & { kind: "report" },
): Source {
  return {
    notes,
    start(tell) {
      tell({ kind: "connection", connection: "report" });
      tell({ kind: "state", state });
    },
    detail: (key) =>
      Promise.resolve(Object.hasOwn(details, key) ? details[key]! : null),
  };
}

const AGAIN_MS = 2_000;
/** A server says more often that it is alive: after this silence it is gone. */
const SILENCE_MS = 40_000;

/** The server that the page came from. */
export function liveSource(): Source {
  return {
    notes: [],
    start: (tell) => new Follower(tell).connect(),
    async detail(key) {
      const response = await fetch(`/session?key=${encodeURIComponent(key)}`);
      if (response.ok) return await response.json();
      if (response.status === 404) return null;
      throw new Error(`The server answered ${response.status}`);
    },
  };
}

/** Follows the events of a server, whatever happens to the connection. */
class Follower {
  readonly #tell: Tell;
  /** Null until the state is known; changes before that are kept. */
  #version: number | null = null;
  #early: PageDelta[] = [];
  #reloads = 0;
  /** The current connection. */
  #events: EventSource | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  connect(): void {
    const events = new EventSource("/events");
    this.#events = events;
    // A server that hangs, or is cut off, never closes the connection.
    const heard = () => {
      clearTimeout(this.#silence);
      this.#silence = setTimeout(() => this.#reconnect(events), SILENCE_MS);
    };
    heard();
    events.addEventListener("hello", () => {
      heard();
      this.#reload().catch(() => this.#reconnect(events));
    });
    events.addEventListener("delta", (event) => {
      heard();
      this.#take(JSON.parse((event as MessageEvent).data));
    });
    events.addEventListener("alive", heard);
    events.addEventListener("error", () => {
      this.#tell({ kind: "connection", connection: "lost" });
      // In the other states the browser itself tries again.
      if (events.readyState === EventSource.CLOSED) this.#reconnect(events);
    });
  }

  #reconnect(events: EventSource): void {
    // This connection has been given up already, for another reason.
    if (this.#events !== events) return;
    this.#events = null;
    clearTimeout(this.#silence);
    events.close();
    this.#tell({ kind: "connection", connection: "lost" });
    setTimeout(() => this.connect(), AGAIN_MS);
  }

  async #reload(): Promise<void> {
    const reload = ++this.#reloads;
    this.#version = null;
    this.#early = [];
    const signal = AbortSignal.timeout(SILENCE_MS);
    const response = await fetch("/state", { signal });
    if (!response.ok) throw new Error(`The server answered ${response.status}`);
    const state: ServerState = await response.json();
    if (reload !== this.#reloads) return;
    this.#version = state.version;
    this.#tell({ kind: "state", state });
    this.#tell({ kind: "connection", connection: "live" });
    for (const delta of this.#early) this.#take(delta);
    this.#early = [];
  }

  #take(delta: PageDelta): void {
    if (this.#version === null) this.#early.push(delta);
    else if (delta.version > this.#version) {
      this.#version = delta.version;
      this.#tell({ kind: "delta", delta });
    }
  }
}
