/** The whole page: what is known, what is shown of it, and the keys. */
/// <reference lib="dom" />
import type { RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { displayName, sanitize } from "../../report/sanitize.ts";
import { Details } from "./details.tsx";
import { Help } from "./help.tsx";
import { useKeys } from "./keys.ts";
import {
  type Knowledge,
  useKnowledge,
  useNow,
  useOpenSession,
  useRowHeight,
} from "./page_model.ts";
import { focusRow, SessionList } from "./session_list.tsx";
import { filtered, grouped, NO_FILTER, titleOf } from "./sessions.ts";
import type { Source } from "./source.ts";
import { applyTheme, otherTheme, storedTheme } from "./theme.ts";
import { Timeline } from "./timeline.tsx";
import { Filters, Head, Overall } from "./toolbar.tsx";

/** The page of a source. */
export function App({ source }: { source: Source }) {
  const known = useKnowledge(source);
  const view = useView(known);
  const [helps, setHelps] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const { groups, marked, opened, filter, setFilter, mark, close } = view;
  const help = () => setHelps(true);
  const theme = () => applyTheme(otherTheme(storedTheme()));
  useKeys({ groups, marked, isOpen: opened !== null, filter, input }, {
    mark,
    close,
    filter: setFilter,
    help,
    theme,
  });
  const nowMs = useNow(known);
  const { place } = view;
  const { connection, takenMs, news } = known;
  return (
    <>
      <div class={`page ${opened === null ? "" : "with-details"}`}>
        <Head
          {...{ place, connection, takenMs }}
          onTheme={theme}
          onHelp={help}
        />
        <Notes notes={source.notes} />
        <Body known={known} view={view} nowMs={nowMs} input={input} />
      </div>
      {opened !== null && (
        <Details
          session={opened}
          source={source}
          nowMs={nowMs}
          onClose={close}
        />
      )}
      {helps && <Help onClose={() => setHelps(false)} />}
      <p class="unseen" aria-live="polite">{news}</p>
    </>
  );
}

/** What is shown of what is known. */
function useView(known: Knowledge) {
  const { sessions } = known;
  const rowHeight = useRowHeight();
  const [filter, setFilter] = useState(NO_FILTER);
  const [marked, setMarked] = useState<string | null>(null);
  const [open, setOpen] = useOpenSession();
  const shown = useMemo(() => filtered(sessions, filter), [sessions, filter]);
  const groups = useMemo(() => grouped(shown), [shown]);
  const workspaces = useMemo(
    () => [...new Set(sessions.map(({ workspace }) => workspace))].sort(),
    [sessions],
  );
  const place = placeOf(known, workspaces);
  useTitle(titleOf(sessions, place));
  const mark = (key: string) => {
    setMarked(key);
    focusRow(groups, key, rowHeight);
  };
  return {
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
      setOpen(null);
      if (open !== null) mark(open);
    },
  };
}

interface BodyProps {
  known: Knowledge;
  view: ReturnType<typeof useView>;
  nowMs: number;
  input: RefObject<HTMLInputElement | null>;
}

function Body({ known, view, nowMs, input }: BodyProps) {
  const { sessions } = known;
  const { shown, groups, workspaces, marked, rowHeight } = view;
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
      {shown.length === 0 && <p class="empty">{emptyText(known)}</p>}
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

function placeOf(
  { workspace }: Knowledge,
  workspaces: readonly string[],
): string {
  const only = workspace ?? (workspaces.length === 1 ? workspaces[0]! : null);
  return only === null ? "all workspaces" : displayName(only);
}

function emptyText({ sessions, takenMs }: Knowledge): string {
  if (takenMs === 0) return "";
  return sessions.length === 0
    ? "No sessions yet. They appear here as they begin."
    : "No session is like that. Esc clears the filter.";
}

function useTitle(title: string): void {
  useEffect(() => {
    document.title = title;
  }, [title]);
}
