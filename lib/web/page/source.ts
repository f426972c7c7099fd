/**
 * Where the page has its sessions from: a server, whose changes come as events
 * and which is asked for everything whenever the connection was lost, or the
 * report that the page is.
 */
/// <reference lib="dom" />
import type {
  PageData,
  PageDelta,
  PageDetail,
  PageNote,
  PageState,
} from "../wire.ts";

/** How it stands with the server; a report has none. */
export type Connection = "connecting" | "live" | "lost" | "report";

/** What a source tells. */
export interface Listener {
  state(state: PageState): void;
  delta(delta: PageDelta): void;
  connection(connection: Connection): void;
}

/** Where sessions come from. */
export interface Source {
  /** What is to be said besides. */
  readonly notes: readonly PageNote[];
  /** Begins; the listener is told everything from here on. */
  start(listener: Listener): void;
  /** What is known of one session; null if it is gone, or not in a report. */
  detail(key: string): Promise<PageDetail | null>;
}

/** A report: everything is there. */
export function reportSource(data: PageData & { kind: "report" }): Source {
  return {
    notes: data.notes,
    start(listener) {
      listener.connection("report");
      listener.state(data.state);
    },
    detail: (key) =>
      Promise.resolve(
        Object.hasOwn(data.details, key) ? data.details[key]! : null,
      ),
  };
}

const AGAIN_MS = 2_000;
/** The server gives a sign each 15 s: after so much silence it is gone. */
const SILENCE_MS = 40_000;

/** The server that the page came from. */
export function liveSource(): Source {
  return {
    notes: [],
    start: (listener) => new Follower(listener).connect(),
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
  readonly #listener: Listener;
  /** Null until the state is known; what comes before is kept. */
  #version: number | null = null;
  #early: PageDelta[] = [];
  #connections = 0;
  /** The one that is listened to. */
  #events: EventSource | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  connect(): void {
    const events = new EventSource("/events");
    this.#events = events;
    // A server that hangs, or is cut off, does not close the connection.
    const heard = () => {
      clearTimeout(this.#silence);
      this.#silence = setTimeout(() => this.#again(events), SILENCE_MS);
    };
    heard();
    events.addEventListener("hello", () => {
      heard();
      this.#reload().catch(() => this.#again(events));
    });
    events.addEventListener("delta", (event) => {
      heard();
      this.#take(JSON.parse((event as MessageEvent).data));
    });
    events.addEventListener("alive", heard);
    events.addEventListener("error", () => {
      this.#listener.connection("lost");
      // Otherwise the browser itself tries again.
      if (events.readyState === EventSource.CLOSED) this.#again(events);
    });
  }

  #again(events: EventSource): void {
    // Given up already, for another reason.
    if (this.#events !== events) return;
    this.#events = null;
    clearTimeout(this.#silence);
    events.close();
    this.#listener.connection("lost");
    setTimeout(() => this.connect(), AGAIN_MS);
  }

  async #reload(): Promise<void> {
    const connection = ++this.#connections;
    this.#version = null;
    this.#early = [];
    const response = await fetch("/state", {
      signal: AbortSignal.timeout(SILENCE_MS),
    });
    if (!response.ok) throw new Error(`The server answered ${response.status}`);
    const state: PageState = await response.json();
    if (connection !== this.#connections) return;
    this.#version = state.version;
    this.#listener.state(state);
    this.#listener.connection("live");
    for (const delta of this.#early) this.#take(delta);
    this.#early = [];
  }

  #take(delta: PageDelta): void {
    if (this.#version === null) this.#early.push(delta);
    else if (delta.version > this.#version) {
      this.#version = delta.version;
      this.#listener.delta(delta);
    }
  }
}
