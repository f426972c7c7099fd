/**
 * The live view without a terminal: what a key does, and the lines to show.
 * Only sessions in view are painted: ten thousand cost no more than ten.
 */
import type { Clock } from "../platform/platform.ts";
import {
  byUrgency,
  type DashboardLines,
  renderDashboard,
  untoldError,
} from "../report/dashboard.ts";
import type { Snapshot } from "../session/types.ts";

export interface Size {
  columns: number;
  rows: number;
}

/** A dashboard that can be painted in part. */
export interface Board {
  /** The title of the terminal: plain text. */
  title: string;
  /** How many lines each session takes, from top to bottom. */
  heights: readonly number[];
  /** The lines of the dashboard with these sessions only, `end` exclusive. */
  paint(
    columns: number,
    range: { first: number; end: number },
  ): DashboardLines;
}

const NAME = "ptrack";

/** A line of text in the place of a dashboard. */
export function textBoard(text: string): Board {
  return {
    title: NAME,
    heights: [],
    paint: () => ({ head: [`  ${text}`], rows: [], foot: [] }),
  };
}

/** The dashboard of a snapshot, the urgent first; its ages go on. */
export function dashboardBoard(
  snapshot: Snapshot,
  { color, clock }: { color: boolean; clock: Pick<Clock, "nowUs"> },
): Board {
  const { waiting } = snapshot.totals;
  const ordered = snapshot.sessions.toSorted(byUrgency);
  // What has been rendered is kept: mostly the same sessions stay in view.
  let paintedAt = "";
  let linesAt: ReturnType<typeof renderDashboard>;
  return {
    title: waiting === 0 ? NAME : `${waiting} waiting · ${NAME}`,
    // The last error stands on a line of its own.
    heights: ordered.map((report) => 1 + untoldError(report).length),
    paint(columns, { first, end }) {
      const place = `${columns} ${first} ${end}`;
      if (place !== paintedAt) {
        const sessions = ordered.slice(first, end);
        linesAt = renderDashboard({ ...snapshot, sessions }, {
          columns,
          color,
        });
        paintedAt = place;
      }
      return linesAt(Math.max(snapshot.takenUs, clock.nowUs()));
    },
  };
}

/** What a key leads to: another session at the top, or one of these. */
export type KeyEffect = number | "quit" | "interrupt" | "suspend";

type Keys = readonly string[];
const EFFECTS: [keys: Keys, (top: number, page: number) => KeyEffect][] = [
  [["q", "Q"], () => "quit"],
  [["\x03"], () => "interrupt"],
  [["\x1a"], () => "suspend"],
  [["j", "\x1b[B", "\x1bOB"], (top) => top + 1],
  [["k", "\x1b[A", "\x1bOA"], (top) => top - 1],
  [[" ", "\x1b[6~"], (top, page) => top + page],
  [["b", "\x1b[5~"], (top, page) => top - page],
  [["g", "\x1b[H", "\x1b[1~"], () => 0],
  [["G", "\x1b[F", "\x1b[4~"], () => Infinity],
];

/**
 * What a key does where `top` is the index of the first session that is shown,
 * and `page` how many lines there are for sessions.
 */
export function onKey(top: number, key: string, page: number): KeyEffect {
  const effect = EFFECTS.find(([keys]) => keys.includes(key))?.[1](top, page);
  return typeof effect === "number" ? Math.max(0, effect) : effect ?? top;
}

/** Lines of a dashboard's head and foot, and of the hint below. */
const FRAME_ROWS = 7;

/** How many lines there are for sessions. */
export function pageRows({ rows }: Size): number {
  return Math.max(1, rows - FRAME_ROWS);
}

/** The top, moved up to where the last page is still full. */
export function settle(top: number, { heights }: Board, size: Size): number {
  const page = pageRows(size);
  let last = heights.length;
  for (let lines = 0; last > 0; last--) {
    lines += heights[last - 1]!;
    if (lines > page) break;
  }
  // A session that is higher than the page is shown from its top.
  return Math.min(top, last, Math.max(0, heights.length - 1));
}

/** The lines to show, from a top that is settled. */
export function render(top: number, board: Board, size: Size): string[] {
  const page = pageRows(size);
  const { heights } = board;
  const total = heights.length;
  let end = top;
  for (let lines = 0; end < total && lines < page; end++) {
    lines += heights[end]!;
  }
  const { head, rows, foot } = board.paint(size.columns, { first: top, end });
  const hint = top === 0 && end === total
    ? "  q quits"
    : `  q quits, arrows scroll: sessions ${top + 1} to ${end} of ${total}`;
  return [...head, ...rows.slice(0, page), ...foot, hint];
}
