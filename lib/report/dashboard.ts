/**
 * The dashboard: a snapshot as people read it. Without a terminal it is byte
 * for byte what the original printed; in one it fills the width, with colour
 * and with ages where there is room.
 */
import { type VerdictWord, verdictWord } from "../session/verdict.ts";
import { formatDuration } from "../session/duration.ts";
import { formatSecond, parseTimestamp } from "../session/timestamp.ts";
import type {
  SessionReport,
  SessionView,
  Snapshot,
  Totals,
} from "../session/types.ts";
import { cutToWidth, fitToWidth, padToWidth, widthOf } from "./display.ts";
import { displayName, sanitize } from "./sanitize.ts";
import { inDisplayOrder } from "./order.ts";
import { paintLine, type Part, type Style, type Surface } from "./paint.ts";

/** Where and how a dashboard is shown. */
export interface DashboardOptions extends Surface {
  /** Sessions that need somebody first; otherwise by id. */
  needsFirst: boolean;
}

/** For files, pipes and programs. */
export const PLAIN: DashboardOptions = {
  columns: null,
  color: false,
  needsFirst: false,
};

const RULE_WIDTH = 55;
const BAR_WIDTH = 20;
const ID_WIDTH = { least: 20, most: 40 };
const MESSAGE_WIDTH = 40;
const ERROR_WIDTH = 60;
const ERROR_LABEL = "      Last error: ";

const LOOKS: Record<VerdictWord, { icon: string; style: Style }> = {
  pending: { icon: "[.]", style: "dim" },
  running: { icon: "[~]", style: "cyan" },
  stale: { icon: "[~]", style: "yellow" },
  waiting: { icon: "[w]", style: "yellow" },
  completed: { icon: "[+]", style: "green" },
  failed: { icon: "[X]", style: "red" },
  timed_out: { icon: "[!]", style: "red" },
  crashed: { icon: "[!]", style: "red" },
  unreadable: { icon: "[?]", style: "magenta" },
};

/** The dashboard of a workspace, with a blank line before and after it. */
export function dashboard(
  snapshot: Snapshot,
  options: DashboardOptions = PLAIN,
): string {
  const sessions = inDisplayOrder(
    snapshot.sessions,
    options.needsFirst ? "need" : "id",
  );
  const layout = layOut(sessions, options);
  const rule = "-".repeat(RULE_WIDTH);
  const lines: Part[][] = [
    [[
      `  Parallel Session Dashboard: ${displayName(snapshot.workspace)}`,
      "bold",
    ]],
    [[`  ${"=".repeat(RULE_WIDTH)}`, "dim"]],
    [[`  ${totalsLine(snapshot.totals)}`, "plain"]],
    [[`  ${rule}`, "dim"]],
    ...sessions.flatMap((report) => sessionLines(report, layout)),
    [[`  ${rule}`, "dim"]],
    [[`  Polled at: ${formatSecond(snapshot.takenUs)}`, "dim"]],
  ];
  const text = lines.map((parts) => paintLine(parts, options)).join("\n");
  return `\n${text}\n\n`;
}

/** The dashboards of several workspaces, one blank line between two. */
export function dashboards(
  snapshots: readonly Snapshot[],
  options: DashboardOptions = PLAIN,
): string {
  return snapshots.map((snapshot, index) => {
    const text = dashboard(snapshot, options);
    return index === 0 ? text : text.slice(1);
  }).join("");
}

function totalsLine(totals: Totals): string {
  const always = [
    `Total: ${totals.total}`,
    `Running: ${totals.running}`,
    `Done: ${totals.completed}`,
    `Failed: ${totals.failed}`,
    `Timed Out: ${totals.timed_out}`,
    `Stale: ${totals.stale}`,
  ];
  const sometimes: [string, number][] = [
    ["Pending", totals.pending],
    ["Waiting", totals.waiting],
    ["Crashed", totals.crashed],
    ["Unreadable", totals.unreadable],
  ];
  const present = sometimes.filter(([, count]) => count > 0);
  return [...always, ...present.map(([name, count]) => `${name}: ${count}`)]
    .join(" | ");
}

/** A column at the right end, shown where there is room. */
interface Detail {
  width: number;
  of: (report: SessionReport) => string;
}

/** In the order in which they are given room. */
const DETAILS: readonly Detail[] = [
  { width: 8, of: ({ verdict }) => lasting("", verdict.elapsed_s) },
  { width: 11, of: ({ verdict }) => lasting("hb ", verdict.heartbeat_age_s) },
  { width: 12, of: ({ verdict }) => lasting("eta ", verdict.eta_s) },
];

function lasting(name: string, seconds: number | null): string {
  return seconds === null ? "" : `${name}${formatDuration(seconds)}`;
}

/** How wide everything is, the same for all sessions. */
interface Layout {
  idWidth: number;
  hasBar: boolean;
  messageWidth: number;
  errorWidth: number;
  inTerminal: boolean;
  details: readonly Detail[];
}

/** What a message keeps before the details, the bar, the id have room. */
const MESSAGE_LEAST = { beforeDetails: 24, beforeBar: 16, beforeId: 16 };
const ID_LEAST = 10;
/** Columns of a row besides id, bar and message; and those of the bar. */
const FRAME_WIDTH = "  [~] id 100% | ".length - "id".length;
const WHOLE_BAR_WIDTH = BAR_WIDTH + " []".length;

function layOut(
  sessions: readonly SessionReport[],
  { columns }: Surface,
): Layout {
  const idWidth = idWidthOf(sessions);
  return columns === null
    ? {
      idWidth,
      hasBar: true,
      messageWidth: MESSAGE_WIDTH,
      errorWidth: ERROR_WIDTH,
      inTerminal: false,
      details: [],
    }
    : layOutTerminal(idWidth, columns);
}

function idWidthOf(sessions: readonly SessionReport[]): number {
  let width = ID_WIDTH.least;
  for (const { view } of sessions) {
    width = Math.max(width, widthOf(displayName(view.sessionId)));
  }
  return Math.min(width, ID_WIDTH.most);
}

function layOutTerminal(wantedIdWidth: number, columns: number): Layout {
  const { beforeDetails, beforeBar, beforeId } = MESSAGE_LEAST;
  const roomForId = columns - FRAME_WIDTH - beforeId;
  const idWidth = Math.min(wantedIdWidth, Math.max(ID_LEAST, roomForId));
  let messageWidth = Math.max(0, columns - FRAME_WIDTH - idWidth);
  const hasBar = messageWidth >= WHOLE_BAR_WIDTH + beforeBar;
  if (hasBar) messageWidth -= WHOLE_BAR_WIDTH;
  const details: Detail[] = [];
  for (const detail of hasBar ? DETAILS : []) {
    if (messageWidth - detail.width - 2 < beforeDetails) break;
    messageWidth -= detail.width + 2;
    details.push(detail);
  }
  const errorWidth = Math.max(0, columns - ERROR_LABEL.length);
  const inTerminal = true;
  return { idWidth, hasBar, messageWidth, errorWidth, inTerminal, details };
}

function sessionLines(report: SessionReport, layout: Layout): Part[][] {
  const { errors } = report.view.status;
  const row = sessionRow(report, layout);
  if (errors.length === 0) return [row];
  const error = errorToTheSecond(errors[errors.length - 1]!);
  const shown = cutToWidth(sanitize(error), layout.errorWidth, markOf(layout));
  return [row, [[`${ERROR_LABEL}${shown}`, "dim"]]];
}

function sessionRow(report: SessionReport, layout: Layout): Part[] {
  const { view, verdict } = report;
  const { icon, style } = LOOKS[verdictWord(verdict)];
  const pct = view.status.progress_pct;
  const filled = Math.floor(pct * BAR_WIDTH / 100);
  const bar = "#".repeat(filled) + "-".repeat(BAR_WIDTH - filled);
  const id = fitToWidth(displayName(view.sessionId), layout.idWidth, "…");
  const text = sanitize(messageOf(report, layout));
  const message = cutToWidth(text, layout.messageWidth, markOf(layout));
  const row: Part[] = [
    [`  ${icon}`, style],
    [` ${id}`, "plain"],
    [layout.hasBar ? ` [${bar}]` : "", style],
    [` ${String(pct).padStart(3)}% | `, "plain"],
  ];
  const details = layout.details.map(({ width, of }) =>
    `  ${of(report).padEnd(width)}`
  ).join("").trimEnd();
  if (details === "") return [...row, [message, "plain"]];
  return [
    ...row,
    [padToWidth(message, layout.messageWidth), "plain"],
    [details, verdict.stale ? "yellow" : "dim"],
  ];
}

/** What a session says; what is said of it where it cannot say it itself. */
function messageOf({ view, verdict }: SessionReport, layout: Layout): string {
  const { message } = view.status;
  switch (verdictWord(verdict)) {
    case "timed_out":
    case "crashed":
    case "unreadable":
      return verdict.reason;
    case "waiting":
      return verdict.reason || message;
    case "stale":
      return layout.inTerminal ? `${verdict.reason}: ${message}` : message;
    default:
      return isParked(view) ? verdict.reason : message;
  }
}

function isParked({ status }: SessionView): boolean {
  return status.state === "running" &&
    status.ptrack?.waiting?.kind === "parked";
}

/** A cut shows in a terminal; plain text is cut as the original cuts it. */
function markOf({ inTerminal }: Layout): string {
  return inTerminal ? "…" : "";
}

/** `[2026-02-13T10:30:00.123456+00:00] text` without what nobody reads. */
function errorToTheSecond(error: string): string {
  const match = /^\[([^\]]{1,40})\]/.exec(error);
  const us = parseTimestamp(match?.[1]);
  if (match === null || us === null) return error;
  return `[${formatSecond(us).slice(0, 19)}]${error.slice(match[0].length)}`;
}
