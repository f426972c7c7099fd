/** The whole page: what it knows, what it shows of that, and the keys. */
/// <reference lib="dom" />
import type { RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { displayName, sanitize } from "../../report/sanitize.ts";
import { Details } from "./details.tsx";
import { Help, useKeys } from "./keys.tsx";
import {
  type PageState,
  useNow,
  useOpenSession,
  usePageState,
  useRowHeight,
} from "./page_model.ts";
import { focusRow, SessionList } from "./session_list.tsx";
import { filtered, grouped, NO_FILTER, titleOf } from "./sessions.ts";
import type { Source } from "./source.ts";
import { switchTheme } from "./theme.ts";
import { Timeline } from "./timeline.tsx";
import { Filters, Head, Overall } from "./toolbar.tsx";

/** The page of a source. */
export function App({ source }: { source: Source }) {
  const state = usePageState(source);
  const view = useView(state);
  const nowMs = useNow(state);
  const [showsHelp, setShowsHelp] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const { opened, close } = view;
  const help = () => setShowsHelp(true);
  const isOpen = opened !== null;
  useKeys({ ...view, isOpen, input, help, theme: switchTheme });
  return (
    <>
      <div class={`page ${isOpen ? "with-details" : ""}`}>
        <Head
          place={view.place}
          connection={state.connection}
          takenMs={state.takenMs}
          onTheme={switchTheme}
          onHelp={help}
        />
        <Notes notes={source.notes} />
        <Body view={view} nowMs={nowMs} input={input} />
      </div>
      {isOpen && (
        <Details
          session={opened}
          source={source}
          nowMs={nowMs}
          onClose={close}
        />
      )}
      {showsHelp && <Help onClose={() => setShowsHelp(false)} />}
      <p class="unseen" aria-live="polite">{state.announcement}</p>
    </>
  );
}

/** The state of the view: filter, groups, the marked and the open session. */
function useView(state: PageState) {
  const sessions = useMemo(
    () => [...state.sessions.values()],
    [state.sessions],
  );
  const rowHeight = useRowHeight();
  const [filter, setFilter] = useState(NO_FILTER);
  const [marked, setMarked] = useState<string | null>(null);
  const [open, leave] = useOpenSession();
  const shown = useMemo(() => filtered(sessions, filter), [sessions, filter]);
  const groups = useMemo(() => grouped(shown), [shown]);
  const workspaces = useMemo(
    () => [...new Set(sessions.map(({ workspace }) => workspace))].sort(),
    [sessions],
  );
  const only = state.workspace ??
    (workspaces.length === 1 ? workspaces[0]! : null);
  const place = only === null ? "all workspaces" : displayName(only);
  const title = titleOf(sessions, place);
  useEffect(() => {
    document.title = title;
  }, [title]);
  const mark = (key: string) => {
    setMarked(key);
    focusRow(groups, key, rowHeight);
  };
  return {
    isLoaded: state.takenMs > 0,
    sessions,
    rowHeight,
    filter,
    setFilter,
    shown,
    groups,
    workspaces,
    place,
    marked: shown.some(({ key }) => key === marked) ? marked : null,
    setMarked,
    mark,
    opened: sessions.find(({ key }) => key === open) ?? null,
    /** Back to the list, where the session was opened. */
    close() {
      leave();
      if (open !== null) mark(open);
    },
  };
}

function Body({ view, nowMs, input }: {
  view: ReturnType<typeof useView>;
  nowMs: number;
  input: RefObject<HTMLInputElement | null>;
}) {
  const { sessions, shown, groups, workspaces, marked, rowHeight } = view;
  const open = view.opened?.key ?? null;
  return (
    <main>
      {sessions.length > 0 && <Overall sessions={sessions} />}
      <Filters
        sessions={sessions}
        workspaces={workspaces}
        filter={view.filter}
        onFilter={view.setFilter}
        input={input}
      />
      <Timeline sessions={shown} nowMs={nowMs} open={open} />
      <SessionList
        groups={groups}
        nowMs={nowMs}
        rowHeight={rowHeight}
        marked={marked}
        open={open}
        showsWorkspace={workspaces.length > 1}
        onMark={view.setMarked}
      />
      {view.isLoaded && shown.length === 0 && (
        <p class="empty">
          {sessions.length === 0
            ? "No sessions yet. They appear here as they start."
            : "No sessions match. Esc clears the filter."}
        </p>
      )}
    </main>
  );
}

function Notes({ notes }: Pick<Source, "notes">) {
  if (notes.length === 0) return null;
  return (
    <ul class="notes" aria-label="Notes">
      {notes.map(({ id, text }, index) => (
        <li key={index}>
          {id !== "" && (
            <strong>
              <bdi>{displayName(id)}</bdi>
            </strong>
          )} <bdi>{sanitize(text)}</bdi>
        </li>
      ))}
    </ul>
  );
}
