/** What the page knows and shows, from its source, its filter, its address. */
import {
  useEffect,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from "preact/hooks";
import { displayName } from "../../report/sanitize.ts";
import type { PageSession } from "../page_data.ts";
import { useEvent } from "./parts.tsx";
import {
  announcementOf,
  type Filter,
  filtered,
  grouped,
  NO_FILTER,
} from "./sessions.ts";
import type { Connection, Source, SourceMessage } from "./source.ts";

/** What the page knows at one moment. */
export interface PageState {
  connection: Connection;
  /** The one workspace that is shown; null for all. */
  workspace: string | null;
  /** By their keys. */
  sessions: ReadonlyMap<string, PageSession>;
  /** When the sessions were last heard of; 0 if they never were. */
  takenMs: number;
  /** How far the server's clock is ahead of ours. */
  aheadMs: number;
  /** The last changes, in words to be read out. */
  announcement: string;
}

/** The state before the first message. */
export const EMPTY: PageState = {
  connection: "connecting",
  workspace: null,
  sessions: new Map(),
  takenMs: 0,
  aheadMs: 0,
  announcement: "",
};

export function nextState(page: PageState, message: SourceMessage): PageState {
  if (message.kind === "connection") {
    return { ...page, connection: message.connection };
  }
  const changed = message.kind === "state"
    ? message.state.sessions
    : message.delta.changed;
  const isFirst = page.takenMs === 0;
  const news = isFirst ? "" : announcementOf(page.sessions, changed);
  const announcement = news || page.announcement;
  const changes = changed.map((one) => [one.key, one] as const);
  if (message.kind === "state") {
    const { workspace, takenMs } = message.state;
    const sessions = new Map(changes);
    return { ...page, workspace, takenMs, sessions, announcement };
  }
  const { removed, takenMs } = message.delta;
  const sessions = new Map([...page.sessions, ...changes]);
  for (const key of removed) sessions.delete(key);
  const aheadMs = takenMs - Date.now();
  return { ...page, takenMs, aheadMs, sessions, announcement };
}

/** The page as it is shown now, and what can be done with it. */
export type View = ReturnType<typeof useView>;

/** Follows the source, and returns what to show. */
export function useView(source: Source) {
  const [state, tell] = useReducer(nextState, EMPTY);
  useEffect(() => source.start(tell), [source]);
  const [filter, replaceFilter] = useState(NO_FILTER);
  const [showsHelp, setHelp] = useState(false);
  const [marked, setMarked] = useState({ key: "" });
  const [open, leave] = useOpenSession();
  const rowHeight = useRowHeight();
  const [sessions, workspaces] = useMemo(() => {
    const sessions = [...state.sessions.values()];
    const names = new Set(sessions.map(({ workspace }) => workspace));
    return [sessions, [...names].sort()];
  }, [state.sessions]);
  const shown = useMemo(() => filtered(sessions, filter), [sessions, filter]);
  const groups = useMemo(() => grouped(shown), [shown]);
  const [only = null] = workspaces.length === 1 ? workspaces : [];
  const place = state.workspace ?? only;
  const mark = (key: string) => setMarked({ key });
  useLayoutEffect(() => focusRow(marked.key), [marked]);
  return {
    ...state,
    source,
    nowMs: useNow(state),
    sessions,
    workspaces,
    /** The name of what is shown. */
    place: place === null ? "all workspaces" : displayName(place),
    filter,
    /** Changes some of the filter. */
    setFilter: (some: Partial<Filter>) =>
      replaceFilter((all) => ({ ...all, ...some })),
    /** The field of the filter's text. */
    input: useRef<HTMLInputElement>(null),
    /** The sessions that match the filter, and the same in groups. */
    shown,
    groups,
    rowHeight,
    /** The session that the keyboard is at; null for none. */
    marked: shown.find(({ key }) => key === marked.key) ?? null,
    mark,
    showsHelp,
    setHelp,
    /** The session whose details are open; null for none. */
    open: state.sessions.get(open) ?? null,
    /** Back to the list, where the session was opened. */
    close() {
      leave();
      mark(open);
    },
  };
}

/** Now, by the server's clock, each second; of a report, when it was made. */
function useNow({ connection, takenMs, aheadMs }: PageState): number {
  const [, tick] = useState(0);
  const isReport = connection === "report";
  useEffect(() => {
    if (isReport) return;
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, [isReport]);
  // A small difference is the time that the message took.
  const offsetMs = Math.abs(aheadMs) < 2000 ? 0 : aheadMs;
  const nowMs = isReport ? takenMs : Date.now() + offsetMs;
  return Math.floor(nowMs / 1000) * 1000;
}

/** How high a row is: it has more lines in a narrow window. */
function useRowHeight(): number {
  const [media] = useState(() => matchMedia("(max-width: 720px)"));
  const [isNarrow, setNarrow] = useState(media.matches);
  useEvent(media, "change", () => setNarrow(media.matches));
  return isNarrow ? 104 : 60;
}

/** Focuses the row of a session, which is drawn though it may be out of sight. */
function focusRow(key: string): void {
  const selector = `.row[data-key="${CSS.escape(key)}"]`;
  const row = document.querySelector<HTMLElement>(selector);
  if (row === null || row === document.activeElement) return;
  row.scrollIntoView({ block: "nearest" });
  row.focus({ preventScroll: true });
}

/** The key of the session in the address, and a function that closes it. */
function useOpenSession(): [open: string, close: () => void] {
  const [open, setOpen] = useState(keyInAddress);
  useEvent(globalThis, "hashchange", () => setOpen(keyInAddress()));
  const close = () => {
    history.replaceState(null, "", location.pathname + location.search);
    setOpen("");
  };
  return [open, close];
}

/** "" if the address names no session. */
function keyInAddress(): string {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}
