/**
 * The source of the page's sessions: a server, which sends changes as events, and
 * all after a lost connection, or the report that the page is.
 */
/// <reference lib="dom" />
import type {
  PageData,
  PageDelta,
  PageDetail,
  ServerState,
} from "../page_data.ts";

/** The state of the connection; a report has none. */
export type Connection = "connecting" | "live" | "lost" | "report";

/** What a source tells. */
export type SourceMessage =
  | { kind: "connection"; connection: Connection }
  | { kind: "state"; state: ServerState }
  | { kind: "delta"; delta: PageDelta };

type Tell = (message: SourceMessage) => void;
type Report = PageData & { kind: "report" };

export interface Source {
  /** Shown at the top of a report. */
  readonly notes: Report["notes"];
  /** Begins to tell everything. */
  start(tell: Tell): void;
  /** The details of a session; null if it is gone, or not in the report. */
  detail(key: string): Promise<PageDetail | null>;
}

/** The report that the page is. */
export function reportSource({ notes, state, details }: Report): Source {
  return {
    notes,
    start(tell) {
      tell({ kind: "connection", connection: "report" });
      tell({ kind: "state", state });
    },
    detail: (key) => Promise.resolve(details[key] ?? null),
  };
}

const AGAIN_MS = 2_000;
/** A server says more often that it is alive: after this silence it is gone. */
const SILENCE_MS = 40_000;

/** The server that the page came from. */
export function liveSource(): Source {
  return {
    notes: [],
    start: follow,
    detail: (key) => load(`/session?key=${encodeURIComponent(key)}`),
  };
}

/** An address of the server, with the token that is in that of the page. */
function addressOf(path: string): string {
  const address = new URL(path, location.origin);
  const token = new URLSearchParams(location.search).get("token");
  if (token !== null) address.searchParams.set("token", token);
  return address.href;
}

/** Loads JSON from the server; null if there is no such thing. */
async function load(path: string) {
  const signal = AbortSignal.timeout(SILENCE_MS);
  const response = await fetch(addressOf(path), { signal });
  if (response.ok) return await response.json();
  if (response.status === 404) return null;
  throw new Error(`The server answered ${response.status}`);
}

/** Follows the events of the server; when the connection is lost, anew. */
function follow(tell: Tell): void {
  const events = new EventSource(addressOf("/events"));
  let silence: ReturnType<typeof setTimeout> | undefined;
  /** The last time that all sessions were asked for. */
  let loading: Promise<void> | null = null;
  let version = 0;
  let isGivenUp = false;
  const giveUp = () => {
    if (isGivenUp) return;
    isGivenUp = true;
    loading = null;
    clearTimeout(silence);
    events.close();
    tell({ kind: "connection", connection: "lost" });
    setTimeout(() => follow(tell), AGAIN_MS);
  };
  // A server that hangs, or is cut off, never closes the connection.
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(giveUp, SILENCE_MS);
  };
  heard();
  events.addEventListener("hello", () => {
    heard();
    const current = load("/state").then((state: ServerState) => {
      if (current !== loading) return;
      version = state.version;
      tell({ kind: "state", state });
      tell({ kind: "connection", connection: "live" });
    });
    current.catch(giveUp);
    loading = current;
  });
  events.addEventListener("delta", async ({ data }: MessageEvent) => {
    heard();
    const delta: PageDelta = JSON.parse(data);
    const current = loading;
    // Until all sessions are known, changes wait.
    await current?.catch(() => {});
    if (current !== loading || delta.version <= version) return;
    version = delta.version;
    tell({ kind: "delta", delta });
  });
  events.addEventListener("alive", heard);
  events.addEventListener("error", () => {
    tell({ kind: "connection", connection: "lost" });
    // In the other states the browser itself tries again.
    if (events.readyState === EventSource.CLOSED) giveUp();
  });
}
