/**
 * The live view without a terminal: a state, what a key does to it, and the
 * lines to show. The dashboard's head and foot stay where they are; the
 * sessions between them scroll. Only the sessions in view are painted, so
 * that a second costs the same for ten sessions as for ten thousand.
 */

/** Columns and rows. */
export interface Size {
  columns: number;
  rows: number;
}

/** What a person has done to the view. */
export interface ViewState {
  /** The first session that is shown. */
  top: number;
}

/** A range of sessions, `end` exclusive. */
export interface Window {
  first: number;
  end: number;
}

/** A dashboard that can be painted in part. */
export interface Board {
  /** For the title of the terminal: plain text. */
  title: string;
  /** How many lines each session takes, in the order in which they stand. */
  heights: readonly number[];
  /** The text of the dashboard with only these sessions. */
  paint(columns: number, window: Window): string;
}

/** What a key leads to. */
export type KeyEffect =
  | { kind: "view"; state: ViewState }
  | { kind: "leave" }
  | { kind: "interrupt" }
  | { kind: "suspend" };

/** The view as it opens. */
export const FIRST_VIEW: ViewState = { top: 0 };

/** Lines of a dashboard's head and foot, and of the hint below. */
const FRAME_ROWS = 7;

/** What a key does; `page` is how many lines there are for sessions. */
export function onKey(state: ViewState, key: string, page: number): KeyEffect {
  const moveBy = (sessions: number): KeyEffect => ({
    kind: "view",
    state: { top: Math.max(0, state.top + sessions) },
  });
  switch (key) {
    case "q":
    case "Q":
      return { kind: "leave" };
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

/** How many lines there are for sessions. */
export function pageRows({ rows }: Size): number {
  return Math.max(1, rows - FRAME_ROWS);
}

/** The state with its place where the last page is still full. */
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
  const text = board.paint(size.columns, { first: top, end });
  const { head, body, foot } = cutPanels(text);
  const shown = body.slice(0, page);
  return [...head, ...shown, ...foot, hint(heights.length, top, end)];
}

function hint(total: number, top: number, end: number): string {
  if (top === 0 && end === total) return "  q quits";
  return `  q quits, arrows scroll: sessions ${top + 1} to ${end} of ${total}`;
}

/** A dashboard's text, cut at its first and its last rule. */
interface Panels {
  head: string[];
  body: string[];
  foot: string[];
}

function cutPanels(text: string): Panels {
  const lines = text.replace(/^\n/, "").replace(/\n+$/, "").split("\n");
  const first = lines.findIndex(isRule);
  const last = lines.findLastIndex(isRule);
  if (first === last) return { head: lines, body: [], foot: [] };
  return {
    head: lines.slice(0, first + 1),
    body: lines.slice(first + 1, last),
    foot: lines.slice(last),
  };
}

/** Colour may stand around a rule. */
function isRule(line: string): boolean {
  // deno-lint-ignore no-control-regex
  return /^\s*-{8,}$/.test(line.replace(/\x1b\[[0-9;]*m/g, "").trimEnd());
}
