/**
 * What the page knows, and how it learns: sessions from the source, in bunches
 * where many come at once; the time, each second; what to read out.
 */
/// <reference lib="dom" />
import { useEffect, useState } from "preact/hooks";
import type { PageDelta, PageSession, PageState } from "../wire.ts";
import { newsOf } from "./sessions.ts";
import type { Connection, Source } from "./source.ts";

/** What the page knows at one moment. */
export interface Knowledge {
  connection: Connection;
  workspace: string | null;
  sessions: readonly PageSession[];
  /** When the sessions were last heard of. */
  takenMs: number;
  /** How far the server's clock is ahead of ours. */
  aheadMs: number;
  /** What has changed, in words to be read out. */
  news: string;
}

const NOTHING: Knowledge = {
  connection: "connecting",
  workspace: null,
  sessions: [],
  takenMs: 0,
  aheadMs: 0,
  news: "",
};
/** So much time, at least, between two drawings. */
const BUNCH_MS = 40;

/** Collects what the source tells, and passes it on in bunches. */
class Collector {
  #sessions = new Map<string, PageSession>();
  #knowledge: Knowledge = NOTHING;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #shownMs = 0;
  readonly #show: (knowledge: Knowledge) => void;

  constructor(show: (knowledge: Knowledge) => void) {
    this.#show = show;
  }

  connection(connection: Connection): void {
    this.#learn({ connection });
  }

  state({ sessions, workspace, takenMs }: PageState): void {
    const isFirst = this.#knowledge.takenMs === 0;
    const news = isFirst ? "" : newsOf(this.#sessions, sessions);
    this.#sessions = new Map(sessions.map((one) => [one.key, one]));
    this.#learn({ workspace, takenMs, ...(news === "" ? {} : { news }) });
  }

  delta({ changed, removed, takenMs }: PageDelta): void {
    const news = newsOf(this.#sessions, changed);
    for (const session of changed) this.#sessions.set(session.key, session);
    for (const key of removed) this.#sessions.delete(key);
    const aheadMs = takenMs - Date.now();
    this.#learn({ takenMs, aheadMs, ...(news === "" ? {} : { news }) });
  }

  #learn(news: Partial<Knowledge>): void {
    this.#knowledge = { ...this.#knowledge, ...news };
    if (this.#timer !== null) return;
    const waitMs = this.#shownMs + BUNCH_MS - Date.now();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#shownMs = Date.now();
      this.#knowledge.sessions = [...this.#sessions.values()];
      this.#show({ ...this.#knowledge });
    }, Math.max(0, Math.min(waitMs, BUNCH_MS)));
  }
}

/** What is known now. */
export function useKnowledge(source: Source): Knowledge {
  const [knowledge, setKnowledge] = useState(NOTHING);
  useEffect(() => source.start(new Collector(setKnowledge)), [source]);
  return knowledge;
}

/** Now, by the server's clock, each second; of a report, when it was made. */
export function useNow({ connection, takenMs, aheadMs }: Knowledge): number {
  const [, tick] = useState(0);
  const isReport = connection === "report";
  useEffect(() => {
    if (isReport) return;
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, [isReport]);
  // A clock that is wrong by less than a moment is right.
  const offMs = Math.abs(aheadMs) < 2000 ? 0 : aheadMs;
  const nowMs = isReport ? takenMs : Date.now() + offMs;
  return Math.floor(nowMs / 1000) * 1000;
}

/** How high a row is: it has more lines where there is little room. */
export function useRowHeight(): number {
  const query = "(max-width: 720px)";
  const [isNarrow, setNarrow] = useState(matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const look = () => setNarrow(media.matches);
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, []);
  return isNarrow ? 104 : 60;
}

/** The session in the address, and a function that changes it. */
export function useOpenSession(): [
  string | null,
  (key: string | null) => void,
] {
  const [open, setOpen] = useState(keyInAddress);
  useEffect(() => {
    const look = () => setOpen(keyInAddress());
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  const change = (key: string | null) => {
    if (key !== null) location.hash = encodeURIComponent(key.toWellFormed());
    else history.replaceState(null, "", location.pathname + location.search);
    setOpen(key);
  };
  return [open, change];
}

function keyInAddress(): string | null {
  if (location.hash.length < 2) return null;
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return null;
  }
}
