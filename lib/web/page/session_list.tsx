/** The sessions in their groups; only the rows in sight are drawn. */
/// <reference lib="dom" />
import { useRef } from "preact/hooks";
import type { Group } from "./sessions.ts";
import { SessionRow } from "./session_row.tsx";
import { useVisibleRows } from "./visible_rows.ts";

/** What the list shows, and how. */
export interface ListProps {
  groups: readonly Group[];
  nowMs: number;
  rowHeight: number;
  /** The session with the keyboard's mark; null for the first one. */
  marked: string | null;
  open: string | null;
  showsWorkspace: boolean;
  onMark: (key: string) => void;
}

/** All groups. */
export function SessionList(props: ListProps) {
  return (
    <>
      {props.groups.map((group) => (
        <GroupPart key={group.name} group={group} {...props} />
      ))}
    </>
  );
}

function GroupPart(props: ListProps & { group: Group }) {
  const { group, rowHeight, nowMs, open, showsWorkspace, groups } = props;
  const { name, title, sessions } = group;
  const list = useRef<HTMLUListElement>(null);
  const { first, end } = useVisibleRows(list, rowHeight, sessions.length);
  const marked = props.marked ?? groups[0]?.sessions[0]?.key;
  return (
    <section class={`group in-${name}`} aria-labelledby={`group-${name}`}>
      <h2 id={`group-${name}`}>
        {title} <span class="count">{sessions.length}</span>
      </h2>
      <ul ref={list} style={{ height: `${sessions.length * rowHeight}px` }}>
        {sessions.slice(first, end).map((session, index) => (
          <li
            key={session.key}
            style={{ top: `${(first + index) * rowHeight}px` }}
            onFocusIn={() => props.onMark(session.key)}
            aria-setsize={sessions.length}
            aria-posinset={first + index + 1}
          >
            <SessionRow
              session={session}
              nowMs={nowMs}
              isMarked={session.key === marked}
              isOpen={session.key === open}
              showsWorkspace={showsWorkspace}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What is to get the focus, once it is drawn. */
let wanted = "";

/** Scrolls to a session's row, which may not be drawn yet, and focuses it. */
export function focusRow(
  groups: readonly Group[],
  key: string,
  rowHeight: number,
): void {
  const group = groups.find(({ sessions }) =>
    sessions.some((session) => session.key === key)
  );
  const list = document.querySelector(`.in-${group?.name} ul`);
  if (group === undefined || list === null) return;
  const index = group.sessions.findIndex((session) => session.key === key);
  const top = list.getBoundingClientRect().top + index * rowHeight;
  const margin = rowHeight;
  if (top < margin) scrollBy(0, top - 2 * margin);
  else if (top + rowHeight > innerHeight) {
    scrollBy(0, top + rowHeight + margin - innerHeight);
  }
  wanted = key;
  // After the scrolling has been noticed, and the row drawn.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      // Another key was pressed meanwhile.
      if (wanted !== key) return;
      const rows = document.querySelectorAll<HTMLElement>(".row");
      [...rows].find((row) => row.dataset["key"] === key)
        ?.focus({ preventScroll: true });
    })
  );
}
