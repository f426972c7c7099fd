/** The whole page: what is known, what is shown of it, and the keys. */
/// <reference lib="dom" />
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { displayName } from "../../report/sanitize.ts";
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
  const nowMs = useNow(known);
  const rowHeight = useRowHeight();
  const [filter, setFilter] = useState(NO_FILTER);
  const [marked, setMarked] = useState<string | null>(null);
  const [open, setOpen] = useOpenSession();
  const [helps, setHelps] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const { sessions } = known;
  const shown = useMemo(() => filtered(sessions, filter), [sessions, filter]);
  const groups = useMemo(() => grouped(shown), [shown]);
  const workspaces = useMemo(
    () => [...new Set(sessions.map(({ workspace }) => workspace))].sort(),
    [sessions],
  );
  const place = placeOf(known, workspaces);
  const opened = sessions.find(({ key }) => key === open) ?? null;
  useTitle(titleOf(sessions, place));
  const mark = (key: string) => {
    setMarked(key);
    focusRow(groups, key, rowHeight);
  };
  const close = () => {
    setOpen(null);
    if (open !== null) mark(open);
  };
  const switchTheme = () => applyTheme(otherTheme(storedTheme()));
  useKeys({ groups, marked, isOpen: opened !== null, filter, input }, {
    mark,
    close,
    filter: setFilter,
    help: () => setHelps(true),
    theme: switchTheme,
  });
  return (
    <>
      <div class={`page ${opened === null ? "" : "with-details"}`}>
        <Head
          place={place}
          connection={known.connection}
          takenMs={known.takenMs}
          onTheme={switchTheme}
          onHelp={() => setHelps(true)}
        />
        <main>
          {sessions.length > 0 && <Overall sessions={sessions} />}
          <Filters
            sessions={sessions}
            workspaces={workspaces}
            filter={filter}
            onFilter={setFilter}
            input={input}
          />
          <Timeline sessions={shown} nowMs={nowMs} open={open} />
          <SessionList
            groups={groups}
            nowMs={nowMs}
            rowHeight={rowHeight}
            marked={shown.some(({ key }) => key === marked) ? marked : null}
            open={open}
            showsWorkspace={workspaces.length > 1}
          />
          {shown.length === 0 && <p class="empty">{emptyText(known)}</p>}
        </main>
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
      <p class="unseen" aria-live="polite">{known.news}</p>
    </>
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
