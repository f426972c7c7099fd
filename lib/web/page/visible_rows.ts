/**
 * Which rows of a long list are in sight: only those are drawn, so that
 * thousands of sessions cost no more than a screenful. All rows are of one
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

/** Drawn before they are in sight, so that fast scrolling shows no gaps. */
const SPARE_ROWS = 8;
const FIRST_SIGHT: RowRange = { first: 0, end: 40 };

/** The rows of a list that are in sight, where the window is scrolled. */
export function useVisibleRows(
  list: RefObject<HTMLElement | null>,
  rowHeight: number,
  count: number,
): RowRange {
  const [range, setRange] = useState(FIRST_SIGHT);
  const look = () => {
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
  // What stands above may have grown or shrunk.
  useLayoutEffect(look);
  useEffect(() => {
    // Also of boxes inside the window, the timeline's for one.
    const options = { passive: true, capture: true };
    addEventListener("scroll", look, options);
    addEventListener("resize", look);
    return () => {
      removeEventListener("scroll", look, options);
      removeEventListener("resize", look);
    };
  }, [rowHeight, count]);
  return {
    first: Math.min(range.first, count),
    end: Math.min(range.end, count),
  };
}
