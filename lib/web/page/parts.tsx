/** Small parts that are used in several places of the page. */
/// <reference lib="dom" />
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { VerdictWord } from "../../session/verdict.ts";
import type { PageSession } from "../page_data.ts";
import { STATES } from "./sessions.ts";

const SHAPES: Record<VerdictWord, string> = {
  completed: "M3.5 8.5l3 3 6-7",
  failed: "M4 4l8 8M12 4l-8 8",
  timed_out: "M8 4v4.2l3 1.8M8 1.8a6.2 6.2 0 1 0 .01 0z",
  crashed: "M9 1.5L4 9h3.5L7 14.5 12 7H8.5z",
  unreadable: "M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.7 8 9.2 8 10M8 12.6v.2",
  waiting: "M5.5 4v8M10.5 4v8",
  stale: "M4.5 2h7M4.5 14h7M5 2c0 4 6 4 6 6s-6 2-6 6M11 2c0 4-6 4-6 6s6 2 6 6",
  running: "M8 2a6 6 0 1 1-5.2 3",
  pending: "M4.5 8h.1M8 8h.1M11.5 8h.1",
};

/** The sign of a state: a shape, a colour, and its name for screen readers. */
export function StateIcon({ word }: Pick<PageSession, "word">) {
  return (
    <span class={`icon is-${word}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={SHAPES[word]} />
      </svg>
      <span class="unseen">{STATES[word]}</span>
    </span>
  );
}

/** A bar, and the percentage in figures. */
export function Progress(
  { percent, word }: Pick<PageSession, "percent" | "word">,
) {
  return (
    <span class={`progress is-${word}`}>
      <span
        class="track"
        role="progressbar"
        aria-label="Progress"
        aria-valuenow={percent}
      >
        <span class="bar" style={{ width: `${percent}%` }} />
      </span>
      <span class="figure" aria-hidden="true">{percent}%</span>
    </span>
  );
}

/** A button that shows a sign; its label is for screen readers. */
export function IconButton({ label, shortcut, ...rest }: {
  label: string;
  shortcut: string;
  onClick: () => void;
  children: ComponentChildren;
}) {
  return (
    <button
      type="button"
      class="quiet"
      aria-label={label}
      aria-keyshortcuts={shortcut}
      {...rest}
    />
  );
}

/** Drawn beyond what is in sight, so that fast scrolling shows no gaps. */
const SPARE_ROWS = 8;

/**
 * A long list of rows of the same height. Only those in sight are drawn, and the
 * one that is pinned: thousands cost no more than a screenful.
 */
export function RowList<T>({ items, pinned, rowHeight, keyOf, row }: {
  items: readonly T[];
  pinned?: T | undefined;
  rowHeight: number;
  keyOf: (item: T) => string;
  row: (item: T) => ComponentChildren;
}) {
  const list = useRef<HTMLUListElement>(null);
  const [{ first, end }, setRange] = useState({ first: 0, end: 40 });
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

/** Listens to the events of a target; below the window to those of all boxes. */
export function useEvent<E extends Event>(
  target: EventTarget,
  type: string,
  listener: (event: E) => void,
): void {
  // Events may follow one another faster than effects do.
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const listen = (event: Event) => latest.current(event as E);
    target.addEventListener(type, listen, { capture: true });
    return () => target.removeEventListener(type, listen, { capture: true });
  }, []);
}
