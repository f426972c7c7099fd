/**
 * The dashboard of a workspace, and the table of workspaces. Without a terminal
 * it is byte for byte what the original printed, but for times, which are local;
 * in one it fills the width.
 */
import { offsetAt } from "../platform/time_zone.ts";
import { failureOf, messageOrTask, textOfError } from "../session/status.ts";
import { formatDuration } from "../session/times.ts";
import type { SessionReport, Snapshot, Totals } from "../session/types.ts";
import {
  type Ages,
  agesLater,
  type VerdictWord,
  verdictWord,
} from "../session/verdict.ts";
import {
  cutToWidth,
  padToWidth,
  paintLine,
  type Part,
  type Style,
  type Surface,
  widthOf,
} from "./display.ts";
import { localError, zonedSecond } from "./local_time.ts";
import { displayName, sanitize } from "./sanitize.ts";

/** For files, pipes and programs. */
const PLAIN: Surface = { columns: null, color: false };

/** For reports: there is no terminal, and texts are not cut to columns. */
export const REPORT: Surface = { ...PLAIN, textColumns: 200 };

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
export function dashboard(snapshot: Snapshot, surface = PLAIN): string {
  const sorted = { ...snapshot, sessions: snapshot.sessions.toSorted(byId) };
  const linesAt = renderDashboard(sorted, surface);
  const { head, rows, foot } = linesAt(snapshot.takenUs);
  return `\n${[...head, ...rows, ...foot].join("\n")}\n\n`;
}

/** The lines of a dashboard. */
export interface DashboardLines {
  head: readonly string[];
  /** Sessions as they come; each has a row, or two with an error. */
  rows: readonly string[];
  foot: readonly string[];
}

/**
 * Renders all that stays the same while nothing happens. Returns what fills in
 * the rest, ages and the time: the lines at a moment, the snapshot's or later.
 */
export function renderDashboard(
  { workspace, takenUs, sessions, totals }: Snapshot,
  surface: Surface,
): (nowUs: number) => DashboardLines {
  const layout = {
    ...layOut(sessions, surface),
    offsetMinutes: offsetAt(takenUs),
  };
  const counts = shownCounts([totals])
    .map(([title, key]) => `${title}: ${totals[key]}`);
  const paint = (...parts: Part[]) => paintLine(parts, surface);
  const rule = paint([`  ${"-".repeat(RULE_WIDTH)}`, "dim"]);
  const head = [
    paint([`  Parallel Session Dashboard: ${displayName(workspace)}`, "bold"]),
    paint([`  ${"=".repeat(RULE_WIDTH)}`, "dim"]),
    paint([`  ${counts.join(" | ")}`, "plain"]),
    rule,
  ];
  const rows = sessions.map((report) => renderSession(report, layout, surface));
  return (nowUs) => {
    const laterS = (nowUs - takenUs) / 1e6;
    const polled = `  Polled at: ${zonedSecond(nowUs, offsetAt(nowUs))}`;
    return {
      head,
      rows: rows.flatMap((linesAt) => linesAt(laterS)),
      foot: [rule, paint([polled, "dim"])],
    };
  };
}

/** The dashboards of several workspaces, one blank line between two. */
export function dashboards(
  snapshots: readonly Snapshot[],
  surface = PLAIN,
): string {
  const texts = snapshots.map((snapshot) => dashboard(snapshot, surface));
  return texts.join("").replaceAll("\n\n\n", "\n\n");
}

/** A table with one line per workspace; "" if there is none. */
export function workspacesText(snapshots: readonly Snapshot[]): string {
  if (snapshots.length === 0) return "";
  const counts = shownCounts(snapshots.map(({ totals }) => totals));
  const table = snapshots.map(({ workspace, totals }) => ({
    name: cutToWidth(displayName(workspace), ID_WIDTH.most, "…"),
    cells: counts.map(([, key]) => String(totals[key])),
  }));
  table.unshift({ name: "Workspace", cells: counts.map(([title]) => title) });
  const width = Math.max(
    ID_WIDTH.least,
    ...table.map(({ name }) => widthOf(name)),
  );
  return table.map(({ name, cells }) => {
    const padded = cells.map((cell, index) =>
      cell.padStart(Math.max(5, counts[index]![0].length))
    );
    return `  ${[padToWidth(name, width), ...padded].join("  ")}\n`;
  }).join("");
}

function shownCounts(all: readonly Totals[]): Count[] {
  const rare = RARE_COUNTS.filter(([, key]) => all.some((one) => one[key] > 0));
  return [...USUAL_COUNTS, ...rare];
}

/** Sorts those that need attention first, then by id. */
export function byUrgency(a: SessionReport, b: SessionReport): number {
  return urgencyOf(a) - urgencyOf(b) || byId(a, b);
}

function urgencyOf({ verdict }: SessionReport): number {
  return URGENCY.indexOf(verdictWord(verdict));
}

function byId(a: SessionReport, b: SessionReport): number {
  return compareBytes(a.view.sessionId, b.view.sessionId);
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
  { columns, textColumns }: Surface,
): Layout {
  let idWidth = ID_WIDTH.least;
  for (const { view } of sessions) {
    idWidth = Math.max(idWidth, widthOf(displayName(view.sessionId)));
  }
  idWidth = Math.min(idWidth, ID_WIDTH.most);
  if (columns === null) {
    const widths = {
      messageWidth: textColumns ?? MESSAGE_WIDTH,
      errorWidth: textColumns ?? ERROR_WIDTH,
    };
    const cutMark = textColumns === undefined ? "" : "…";
    return { idWidth, hasBar: true, ...widths, cutMark, ages: [] };
  }
  const { beforeAges, beforeBar, beforeId } = MESSAGE_LEAST;
  const room = columns - FRAME_WIDTH;
  idWidth = Math.min(idWidth, Math.max(ID_LEAST, room - beforeId));
  let messageWidth = Math.max(0, room - idWidth);
  const hasBar = messageWidth >= WHOLE_BAR_WIDTH + beforeBar;
  if (hasBar) messageWidth -= WHOLE_BAR_WIDTH;
  const ages: Age[] = [];
  for (const age of hasBar ? AGES : []) {
    if (messageWidth - age.width - 2 < beforeAges) break;
    messageWidth -= age.width + 2;
    ages.push(age);
  }
  const errorWidth = Math.max(0, columns - ERROR_LABEL.length);
  return { idWidth, hasBar, messageWidth, errorWidth, cutMark: "…", ages };
}

/** Renders a session but for its ages; returns what fills in later ones. */
function renderSession(
  report: SessionReport,
  layout: Layout & { offsetMinutes: number },
  surface: Surface,
): (laterS: number) => string[] {
  const { verdict, view: { status } } = report;
  const parts = sessionRow(report, layout);
  const bare = paintLine(parts, surface);
  const isOriginal = layout.cutMark === "";
  const last = isOriginal ? status.errors.slice(-1) : untoldError(report);
  const errors = last.map((error) => {
    const text = sanitize(localError(error, layout.offsetMinutes));
    const shown = cutToWidth(text, layout.errorWidth, layout.cutMark);
    return paintLine([[`${ERROR_LABEL}${shown}`, "dim"]], surface);
  });
  if (layout.ages.length === 0) {
    const lines = [bare, ...errors];
    return () => lines;
  }
  const [message] = parts.pop()!;
  parts.push([padToWidth(message, layout.messageWidth), "plain"]);
  const padded = paintLine(parts, surface);
  const width = parts.reduce((sum, [text]) => sum + widthOf(text), 0);
  const left = { ...surface, columns: surface.columns! - width };
  const style = verdict.stale ? "yellow" : "dim";
  return (laterS) => {
    const ages = agesText(agesLater(report, laterS), layout.ages);
    const row = ages === "" ? bare : padded + paintLine([[ages, style]], left);
    return [row, ...errors];
  };
}

/** The last error, if there is one and the row does not say the same. */
export function untoldError({ view: { status } }: SessionReport): string[] {
  const isTold = (error: string) =>
    status.state === "failed" &&
    textOfError(error) === failureOf(status.message);
  return status.errors.slice(-1).filter((error) => !isTold(error));
}

function agesText(values: Ages, ages: readonly Age[]): string {
  let text = "";
  for (const { label, key, width } of ages) {
    const seconds = values[key];
    const age = seconds === null ? "" : label + formatDuration(seconds);
    text += `  ${age.padEnd(width)}`;
  }
  return text.trimEnd();
}

/** A row up to its message; ages follow where there is room for them. */
function sessionRow(report: SessionReport, layout: Layout): Part[] {
  const { view, verdict } = report;
  const { idWidth, messageWidth, cutMark } = layout;
  const { icon, style } = LOOKS[verdictWord(verdict)];
  const pct = view.status.progress_pct;
  const filled = Math.floor(pct * BAR_WIDTH / 100);
  const bar = "#".repeat(filled) + "-".repeat(BAR_WIDTH - filled);
  const id = cutToWidth(displayName(view.sessionId), idWidth, "…");
  const text = sanitize(messageOf(report, layout));
  return [
    [`  ${icon}`, style],
    [` ${padToWidth(id, idWidth)}`, "plain"],
    [layout.hasBar ? ` [${bar}]` : "", style],
    [` ${String(pct).padStart(3)}% | `, "plain"],
    [cutToWidth(text, messageWidth, cutMark), "plain"],
  ];
}

/** The session's message or task, or the reason for its verdict if that says more. */
function messageOf(report: SessionReport, { cutMark }: Layout): string {
  const { view: { status }, verdict } = report;
  const message = messageOrTask(status);
  const word = verdictWord(verdict);
  if (word === "waiting") return verdict.reason || message;
  if (word === "stale") {
    // The original has no room for the reason.
    if (cutMark === "") return message;
    return message === "" ? verdict.reason : `${verdict.reason}: ${message}`;
  }
  const isParked = status.state === "running" &&
    status.ptrack?.waiting?.kind === "parked";
  const isOver = ["timed_out", "crashed", "unreadable"].includes(word);
  return isParked || isOver ? verdict.reason : message;
}
