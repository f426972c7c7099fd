/**
 * The live view without a terminal: a state, what a key does to it, and the
 * lines to show. The dashboard's head and foot stay where they are; the
 * sessions between them scroll. Only the sessions in view are painted, so that
 * a second costs the same for ten sessions as for ten thousand.
 */
import type { Clock } from "../platform/platform.ts";
import { dashboardLines, inOrder } from "../report/dashboard.ts";
import type { SessionReport, Snapshot } from "../session/types.ts";

/** Columns and rows. */
export interface Size {
  columns: number;
  rows: number;
}

/** What a person has done to the view. */
export interface ViewState {
  /** The index of the first session that is shown. */
  top: number;
}

/** The view as it opens. */
export const FIRST_VIEW: ViewState = { top: 0 };

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
  ): ReturnType<typeof dashboardLines>;
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

/**
 * The dashboard of a snapshot, sessions that need attention first. Ages go on
 * between two snapshots.
 */
export function dashboardBoard(
  snapshot: Snapshot,
  { color, clock }: { color: boolean; clock: Pick<Clock, "nowUs"> },
): Board {
  const { waiting } = snapshot.totals;
  const ordered = inOrder(snapshot.sessions, "attention");
  return {
    title: waiting === 0 ? NAME : `${waiting} waiting · ${NAME}`,
    // The last error stands on a line of its own.
    heights: ordered.map(({ view }) => view.status.errors.length > 0 ? 2 : 1),
    paint(columns, { first, end }) {
      const takenUs = Math.max(snapshot.takenUs, clock.nowUs());
      const laterS = (takenUs - snapshot.takenUs) / 1e6;
      const sessions = ordered.slice(first, end)
        .map((report) => later(report, laterS));
      const shown = { ...snapshot, takenUs, sessions };
      return dashboardLines(shown, { columns, color, order: "attention" });
    },
  };
}

/** The same session some seconds later, if nothing has happened meanwhile. */
function later({ view, verdict }: SessionReport, laterS: number) {
  if (verdict.recorded_state !== "running") return { view, verdict };
  const older = (ageS: number | null) => ageS === null ? null : ageS + laterS;
  return {
    view,
    verdict: {
      ...verdict,
      heartbeat_age_s: older(verdict.heartbeat_age_s),
      progress_age_s: older(verdict.progress_age_s),
      elapsed_s: older(verdict.elapsed_s),
    },
  };
}

/** What a key leads to. */
export type KeyEffect =
  | { kind: "view"; state: ViewState }
  | { kind: "quit" }
  | { kind: "interrupt" }
  | { kind: "suspend" };

/** What a key does; `page` is how many lines there are for sessions. */
export function onKey(state: ViewState, key: string, page: number): KeyEffect {
  const moveBy = (sessions: number): KeyEffect => ({
    kind: "view",
    state: { top: Math.max(0, state.top + sessions) },
  });
  switch (key) {
    case "q":
    case "Q":
      return { kind: "quit" };
    case "\x03":
      return { kind: "interrupt" };
    case "\x1a":
      return { kind: "suspend" };
    case "j":
    case "\x1b[B":
    case "\x1bOB":
      return moveBy(1);
    case "k":
    case "\x1b[A":
    case "\x1bOA":
      return moveBy(-1);
    case " ":
    case "\x1b[6~":
      return moveBy(page);
    case "b":
    case "\x1b[5~":
      return moveBy(-page);
    case "g":
    case "\x1b[H":
    case "\x1b[1~":
      return moveBy(-state.top);
    case "G":
    case "\x1b[F":
    case "\x1b[4~":
      return moveBy(Number.MAX_SAFE_INTEGER - state.top);
    default:
      return { kind: "view", state };
  }
}

/** Lines of a dashboard's head and foot, and of the hint below. */
const FRAME_ROWS = 7;

/** How many lines there are for sessions. */
export function pageRows({ rows }: Size): number {
  return Math.max(1, rows - FRAME_ROWS);
}

/** The state, moved up to where the last page is still full. */
export function settle(state: ViewState, board: Board, size: Size): ViewState {
  const page = pageRows(size);
  let last = board.heights.length;
  for (let lines = 0; last > 0; last--) {
    lines += board.heights[last - 1]!;
    if (lines > page) break;
  }
  // A session that is higher than the page is shown from its top.
  const highest = Math.min(last, Math.max(0, board.heights.length - 1));
  return { top: Math.min(state.top, highest) };
}

/** The lines to show. */
export function render(state: ViewState, board: Board, size: Size): string[] {
  const page = pageRows(size);
  const { top } = settle(state, board, size);
  const { heights } = board;
  let end = top;
  for (let lines = 0; end < heights.length && lines < page; end++) {
    lines += heights[end]!;
  }
  const { head, rows, foot } = board.paint(size.columns, { first: top, end });
  const total = heights.length;
  const hint = top === 0 && end === total
    ? "  q quits"
    : `  q quits, arrows scroll: sessions ${top + 1} to ${end} of ${total}`;
  return [...head, ...rows.slice(0, page), ...foot, hint];
}
