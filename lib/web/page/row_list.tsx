/**
 * A long list of rows that all have the same height. Only those in sight are
 * drawn, so that thousands of sessions cost no more than a screenful.
 */
/// <reference lib="dom" />
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Group } from "./sessions.ts";

/** Drawn beyond what is in sight, so that fast scrolling shows no gaps. */
const SPARE_ROWS = 8;
const FIRST_RANGE = { first: 0, end: 40 };

/** The list of these items. */
export function RowList<T>({ items, rowHeight, keyOf, row }: {
  items: readonly T[];
  rowHeight: number;
  keyOf: (item: T) => string;
  row: (item: T) => ComponentChildren;
}) {
  const list = useRef<HTMLUListElement>(null);
  const [{ first, end }, setRange] = useState(FIRST_RANGE);
  const update = () => {
    if (list.current === null) return;
    const { top } = list.current.getBoundingClientRect();
    const first = Math.floor(-top / rowHeight) - SPARE_ROWS;
    const end = Math.ceil((innerHeight - top) / rowHeight) + SPARE_ROWS;
    setRange((range) =>
      range.first === first && range.end === end ? range : { first, end }
    );
  };
  // What is above the list may have grown or shrunk.
  useLayoutEffect(update);
  useEffect(() => {
    // Capture: boxes inside the window scroll too, such as the timeline's.
    const options = { passive: true, capture: true };
    addEventListener("scroll", update, options);
    addEventListener("resize", update);
    return () => {
      removeEventListener("scroll", update, options);
      removeEventListener("resize", update);
    };
  }, [rowHeight]);
  const begin = Math.max(0, first);
  return (
    <ul ref={list} style={{ height: `${items.length * rowHeight}px` }}>
      {items.slice(begin, Math.max(0, end)).map((item, index) => (
        <li
          key={keyOf(item)}
          style={{ top: `${(begin + index) * rowHeight}px` }}
          aria-setsize={items.length}
          aria-posinset={begin + index + 1}
        >
          {row(item)}
        </li>
      ))}
    </ul>
  );
}

/** The session that gets the focus once it is drawn. */
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
  const bottom = top + rowHeight;
  if (top < rowHeight) scrollBy(0, top - 2 * rowHeight);
  else if (bottom > innerHeight) scrollBy(0, bottom + rowHeight - innerHeight);
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
