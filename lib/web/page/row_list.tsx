/**
 * A long list of rows that all have the same height. Only those in sight are
 * drawn, so that thousands of sessions cost no more than a screenful.
 */
/// <reference lib="dom" />
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useEvent } from "./parts.tsx";

/** Drawn beyond what is in sight, so that fast scrolling shows no gaps. */
const SPARE_ROWS = 8;
const FIRST_RANGE = { first: 0, end: 40 };

/** The list of these items; the one that is pinned is drawn in any case. */
export function RowList<T>({ items, pinned, rowHeight, keyOf, row }: {
  items: readonly T[];
  pinned?: T | undefined;
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
  useEvent(globalThis, "scroll", update);
  useEvent(globalThis, "resize", update);
  const rows: ComponentChildren[] = [];
  items.forEach((item, index) => {
    const isDrawn = index >= first && index < end || item === pinned;
    if (!isDrawn) return;
    rows.push(
      <li
        key={keyOf(item)}
        style={{ top: `${index * rowHeight}px` }}
        aria-setsize={items.length}
        aria-posinset={index + 1}
      >
        {row(item)}
      </li>,
    );
  });
  return (
    <ul ref={list} style={{ height: `${items.length * rowHeight}px` }}>
      {rows}
    </ul>
  );
}
