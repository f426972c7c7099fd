/**
 * What people read of a workspace: the dashboard with one row per session, and
 * the table of workspaces with their counts. Without a terminal it is byte for
 * byte what the original printed; in one it fills the width, with colour and ages.
 */
import {
  formatDuration,
  formatSecond,
  parseTimestamp,
} from "../session/times.ts";
import type { SessionReport, Snapshot, Totals } from "../session/types.ts";
import { type VerdictWord, verdictWord } from "../session/verdict.ts";
import {
  cutToWidth,
  padToWidth,
  paintLine,
  type Part,
  type Style,
  type Surface,
  widthOf,
} from "./display.ts";
import { displayName, sanitize } from "./sanitize.ts";

/** Where and how a dashboard is shown. */
export interface DashboardOptions extends Surface {
  /** By id, or those that need attention first. */
  order: "id" | "attention";
}

/** For files, pipes and programs. */
const PLAIN: DashboardOptions = { columns: null, color: false, order: "id" };

const RULE_WIDTH = 55;
const BAR_WIDTH = 20;
const ID_WIDTH = { least: 20, most: 40 };
const MESSAGE_WIDTH = 40;
const ERROR_WIDTH = 60;
const ERROR_LABEL = "      Last error: ";

/** The look of each state; the one that needs attention most comes first. */
const LOOKS: Record<VerdictWord, { icon: string; style: Style }> = {
  failed: { icon: "[X]", style: "red" },
  timed_out: { icon: "[!]", style: "red" },
  crashed: { icon: "[!]", style: "red" },
  unreadable: { icon: "[?]", style: "magenta" },
  waiting: { icon: "[w]", style: "yellow" },
  stale: { icon: "[~]", style: "yellow" },
  running: { icon: "[~]", style: "cyan" },
  pending: { icon: "[.]", style: "dim" },
  completed: { icon: "[+]", style: "green" },
};
const URGENCY = Object.keys(LOOKS);

type Count = readonly [title: string, key: keyof Totals];

const USUAL_COUNTS: readonly Count[] = [
  ["Total", "total"],
  ["Running", "running"],
  ["Done", "completed"],
  ["Failed", "failed"],
  ["Timed Out", "timed_out"],
  ["Stale", "stale"],
];
/** Shown only where there are any. */
const RARE_COUNTS: readonly Count[] = [
  ["Pending", "pending"],
  ["Waiting", "waiting"],
  ["Crashed", "crashed"],
  ["Unreadable", "unreadable"],
];

/** The dashboard of a workspace, with a blank line before and after it. */
export function dashboard(
  snapshot: Snapshot,
  options: Partial<DashboardOptions> = {},
): string {
  const { head, rows, foot } = dashboardLines(snapshot, options);
  return `\n${[...head, ...rows, ...foot].join("\n")}\n\n`;
}

/** The lines of a dashboard; a session has one row, or two with an error. */
export function dashboardLines(
  snapshot: Snapshot,
  options: Partial<DashboardOptions>,
): { head: string[]; rows: string[]; foot: string[] } {
  const surface = { ...PLAIN, ...options };
  const sessions = inOrder(snapshot.sessions, surface.order);
  const layout = layOut(sessions, surface.columns);
  const counts = shownCounts([snapshot])
    .map(([title, key]) => `${title}: ${snapshot.totals[key]}`);
  const rule: Part[] = [[`  ${"-".repeat(RULE_WIDTH)}`, "dim"]];
  const paint = (lines: Part[][]) =>
    lines.map((parts) => paintLine(parts, surface));
  const name = displayName(snapshot.workspace);
  return {
    head: paint([
      [[`  Parallel Session Dashboard: ${name}`, "bold"]],
      [[`  ${"=".repeat(RULE_WIDTH)}`, "dim"]],
      [[`  ${counts.join(" | ")}`, "plain"]],
      rule,
    ]),
    rows: paint(sessions.flatMap((report) => sessionLines(report, layout))),
    foot: paint([
      rule,
      [[`  Polled at: ${formatSecond(snapshot.takenUs)}`, "dim"]],
    ]),
  };
}

/** The dashboards of several workspaces, one blank line between two. */
export function dashboards(
  snapshots: readonly Snapshot[],
  options: Partial<DashboardOptions> = {},
): string {
  const texts = snapshots.map((snapshot) => dashboard(snapshot, options));
  return texts.join("").replaceAll("\n\n\n", "\n\n");
}

/** A table with one line per workspace; "" if there is none. */
export function workspacesText(snapshots: readonly Snapshot[]): string {
  if (snapshots.length === 0) return "";
  const counts = shownCounts(snapshots);
  const names = snapshots.map(({ workspace }) =>
    cutToWidth(displayName(workspace), ID_WIDTH.most, "…")
  );
  const width = Math.max(ID_WIDTH.least, ...names.map(widthOf));
  const row = (name: string, cell: (count: Count) => string) => {
    const cells = counts.map((count) =>
      cell(count).padStart(Math.max(5, count[0].length))
    );
    return `  ${[padToWidth(name, width), ...cells].join("  ")}\n`;
  };
  const head = row("Workspace", ([title]) => title);
  const rows = snapshots.map(({ totals }, index) =>
    row(names[index]!, ([, key]) => `${totals[key]}`)
  );
  return head + rows.join("");
}

function shownCounts(snapshots: readonly Snapshot[]): Count[] {
  const rare = RARE_COUNTS.filter(([, key]) =>
    snapshots.some(({ totals }) => totals[key] > 0)
  );
  return [...USUAL_COUNTS, ...rare];
}

/** The sessions by id, or by how much they need attention and then by id. */
export function inOrder(
  sessions: readonly SessionReport[],
  order: DashboardOptions["order"],
): readonly SessionReport[] {
  const urgency = ({ verdict }: SessionReport) =>
    order === "id" ? 0 : URGENCY.indexOf(verdictWord(verdict));
  return sessions.toSorted((a, b) =>
    urgency(a) - urgency(b) || compareBytes(a.view.sessionId, b.view.sessionId)
  );
}

/** Which of two texts comes first by the bytes of their UTF-8. */
export function compareBytes(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return (a.codePointAt(at) ?? -1) - (b.codePointAt(at) ?? -1);
}

/** How wide everything is, the same for all sessions. */
interface Layout {
  idWidth: number;
  hasBar: boolean;
  messageWidth: number;
  errorWidth: number;
  /** What stands where a text was cut. */
  cutMark: "…" | "";
  ages: readonly Age[];
}

/** What stands at the right end, in the order in which it is given room. */
const AGES = [
  { label: "", key: "elapsed_s", width: 8 },
  { label: "hb ", key: "heartbeat_age_s", width: 11 },
  { label: "eta ", key: "eta_s", width: 12 },
] as const;
type Age = (typeof AGES)[number];

/** The least width of a message, to which ages, bar and id give way. */
const MESSAGE_LEAST = { beforeAges: 24, beforeBar: 16, beforeId: 16 };
const ID_LEAST = 10;
/** Columns of a row besides id, bar and message; and those of the bar. */
const FRAME_WIDTH = "  [~] id 100% | ".length - "id".length;
const WHOLE_BAR_WIDTH = BAR_WIDTH + " []".length;

function layOut(
  sessions: readonly SessionReport[],
  columns: number | null,
): Layout {
  let idWidth = ID_WIDTH.least;
  for (const { view } of sessions) {
    idWidth = Math.max(idWidth, widthOf(displayName(view.sessionId)));
  }
  idWidth = Math.min(idWidth, ID_WIDTH.most);
  if (columns !== null) return layOutTerminal(idWidth, columns);
  const widths = { messageWidth: MESSAGE_WIDTH, errorWidth: ERROR_WIDTH };
  return { idWidth, hasBar: true, ...widths, cutMark: "", ages: [] };
}

function layOutTerminal(wantedIdWidth: number, columns: number): Layout {
  const { beforeAges, beforeBar, beforeId } = MESSAGE_LEAST;
  const roomForId = columns - FRAME_WIDTH - beforeId;
  const idWidth = Math.min(wantedIdWidth, Math.max(ID_LEAST, roomForId));
  let messageWidth = Math.max(0, columns - FRAME_WIDTH - idWidth);
  const hasBar = messageWidth >= WHOLE_BAR_WIDTH + beforeBar;
  if (hasBar) messageWidth -= WHOLE_BAR_WIDTH;
  const ages: Age[] = [];
  for (const shown of hasBar ? AGES : []) {
    if (messageWidth - shown.width - 2 < beforeAges) break;
    messageWidth -= shown.width + 2;
    ages.push(shown);
  }
  const errorWidth = Math.max(0, columns - ERROR_LABEL.length);
  return { idWidth, hasBar, messageWidth, errorWidth, cutMark: "…", ages };
}

function sessionLines(report: SessionReport, layout: Layout): Part[][] {
  const row = sessionRow(report, layout);
  const error = report.view.status.errors.at(-1);
  if (error === undefined) return [row];
  const text = sanitize(errorToTheSecond(error));
  const shown = cutToWidth(text, layout.errorWidth, layout.cutMark);
  return [row, [[`${ERROR_LABEL}${shown}`, "dim"]]];
}

function sessionRow(report: SessionReport, layout: Layout): Part[] {
  const { view, verdict } = report;
  const { idWidth, messageWidth, cutMark } = layout;
  const { icon, style } = LOOKS[verdictWord(verdict)];
  const pct = view.status.progress_pct;
  const filled = Math.floor(pct * BAR_WIDTH / 100);
  const bar = "#".repeat(filled) + "-".repeat(BAR_WIDTH - filled);
  const id = cutToWidth(displayName(view.sessionId), idWidth, "…");
  const text = sanitize(messageOf(report, layout));
  const message = cutToWidth(text, messageWidth, cutMark);
  const ages = layout.ages.map(({ label, key, width }) => {
    const seconds = verdict[key];
    const age = seconds === null ? "" : label + formatDuration(seconds);
    return `  ${age.padEnd(width)}`;
  }).join("").trimEnd();
  return [
    [`  ${icon}`, style],
    [` ${padToWidth(id, idWidth)}`, "plain"],
    [layout.hasBar ? ` [${bar}]` : "", style],
    [` ${String(pct).padStart(3)}% | `, "plain"],
    [ages === "" ? message : padToWidth(message, messageWidth), "plain"],
    [ages, verdict.stale ? "yellow" : "dim"],
  ];
}

/** The session's message, or the reason for its verdict if that says more. */
function messageOf(report: SessionReport, { cutMark }: Layout): string {
  const { view: { status }, verdict } = report;
  const isParked = status.state === "running" &&
    status.ptrack?.waiting?.kind === "parked";
  switch (verdictWord(verdict)) {
    case "timed_out":
    case "crashed":
    case "unreadable":
      return verdict.reason;
    case "waiting":
      return verdict.reason || status.message;
    case "stale":
      // The original has no room for the reason.
      return cutMark === ""
        ? status.message
        : `${verdict.reason}: ${status.message}`;
    default:
      return isParked ? verdict.reason : status.message;
  }
}

/** `[2026-02-13T10:30:00.123456+00:00] text` without fraction and zone. */
function errorToTheSecond(error: string): string {
  const match = /^\[([^\]]{1,40})\]/.exec(error);
  const us = parseTimestamp(match?.[1]);
  if (match === null || us === null) return error;
  return `[${formatSecond(us).slice(0, 19)}]${error.slice(match[0].length)}`;
}
