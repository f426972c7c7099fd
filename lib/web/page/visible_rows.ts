/**
 * The rows of a long list that are in sight: only those are drawn, so that
 * thousands of sessions cost no more than a screenful. All rows have the same
 * height.
 */
/// <reference lib="dom" />
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";

/** Rows from `first` to `end` (exclusive). */
export interface RowRange {
  first: number;
  end: number;
}

/** Drawn beyond what is in sight, so that fast scrolling shows no gaps. */
const SPARE_ROWS = 8;
const FIRST_RANGE: RowRange = { first: 0, end: 40 };

/** The rows of a list that are in sight, where the window is scrolled. */
export function useVisibleRows(
  list: RefObject<HTMLElement | null>,
  rowHeight: number,
  count: number,
): RowRange {
  const [range, setRange] = useState(FIRST_RANGE);
  const update = () => {
    if (list.current === null) return;
    const { top } = list.current.getBoundingClientRect();
    const first = Math.floor(-top / rowHeight) - SPARE_ROWS;
    const end = Math.ceil((innerHeight - top) / rowHeight) + SPARE_ROWS;
    const next = {
      first: Math.max(0, Math.min(first, count)),
      end: Math.max(0, Math.min(end, count)),
    };
    setRange((range) =>
      range.first === next.first && range.end === next.end ? range : next
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
  }, [rowHeight, count]);
  return {
    first: Math.min(range.first, count),
    end: Math.min(range.end, count),
  };
}
