/**
 * What the timeline shows: when each session ran, waited and reported errors,
 * how many ran at once, and in words what took longest. Pure.
 */
import { displayName } from "../../report/sanitize.ts";
import type { PageSession, Span } from "../page_data.ts";
import { duration, endOf } from "./sessions.ts";
import { hasEnded, STATES } from "./sessions.ts";

/** A period with its end. */
export type Period = [fromMs: number, toMs: number];

/** A session on the timeline. */
export interface Lane {
  session: PageSession;
  /** One for each attempt; at least one. */
  runs: Period[];
  waits: Period[];
  errorsMs: number[];
}

/** The lanes, in the order in which the sessions began. */
export function lanesOf(
  sessions: readonly PageSession[],
  nowMs: number,
): Lane[] {
  return sessions.map((session) => laneOf(session, nowMs))
    .filter(({ runs }) => runs.length > 0)
    .sort((a, b) => a.runs[0]![0] - b.runs[0]![0]);
}

function laneOf(session: PageSession, nowMs: number): Lane {
  const { history: { runs, waits, errorsMs }, startedMs } = session;
  const endMs = endOf(session) ?? nowMs;
  const close = ([from, to]: Span): Period => [
    from,
    Math.max(from, to ?? endMs),
  ];
  // The end of a log may lack the beginning.
  const known: readonly Span[] = runs.length > 0 || startedMs === null
    ? runs
    : [[startedMs, null]];
  return { session, runs: known.map(close), waits: waits.map(close), errorsMs };
}

/**
 * From the first beginning to the last end, or only so much before the end;
 * null if nothing has begun.
 */
export function rangeOf(
  lanes: readonly Lane[],
  lastMs: number | null,
): Period | null {
  let [from, to] = [Infinity, -Infinity];
  for (const [begin, end] of lanes.flatMap(({ runs }) => runs)) {
    from = Math.min(from, begin);
    to = Math.max(to, end);
  }
  if (!Number.isFinite(from)) return null;
  if (lastMs !== null) from = Math.max(from, to - lastMs);
  return [from, Math.max(to, from + 1000)];
}

/** Counts the periods in each of so many equal parts of a range. */
export function loadOf(
  periods: readonly Period[],
  [begin, end]: Period,
  parts: number,
): number[] {
  const steps = new Array<number>(parts + 1).fill(0);
  const partOf = (ms: number) => {
    const part = Math.floor((ms - begin) / (end - begin) * parts);
    return Math.max(0, Math.min(parts - 1, part));
  };
  for (const [from, to] of periods) {
    if (to < begin || from > end) continue;
    steps[partOf(from)]!++;
    steps[partOf(to) + 1]!--;
  }
  let sum = 0;
  return steps.slice(0, parts).map((step) => sum += step);
}

/** The most that ran at the same moment. */
export function mostAtOnce(lanes: readonly Lane[]): number {
  const events = lanes.flatMap(({ runs }) =>
    runs.flatMap(([from, to]): [number, number][] => [[from, 1], [to, -1]])
  ).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let [now, most] = [0, 0];
  for (const [, step] of events) most = Math.max(most, now += step);
  return Math.max(most, Math.min(1, lanes.length));
}

/** What ran in parallel and what took longest, in a few short sentences. */
export function timelineSummary(lanes: readonly Lane[], nowMs: number): string {
  if (lanes.length === 0) return "";
  const most = mostAtOnce(lanes);
  const sentences = [
    most === 1 ? "One at a time." : `Up to ${most} at the same time.`,
    longestWait(lanes),
    lastAtWork(lanes, nowMs),
  ];
  return sentences.filter((sentence) => sentence !== "").join(" ");
}

function longestWait(lanes: readonly Lane[]): string {
  const waits = lanes
    .map(({ session, waits }) => ({ id: session.id, ms: totalMs(waits) }))
    .filter(({ ms }) => ms >= 1000)
    .sort((a, b) => b.ms - a.ms);
  const longest = waits[0];
  if (longest === undefined) return "";
  const name = displayName(longest.id);
  const time = duration(longest.ms);
  return waits.length === 1
    ? `${name} waited ${time}.`
    : `${waits.length} waited, ${name} longest: ${time}.`;
}

/** How long the periods are together. */
export function totalMs(periods: readonly Period[]): number {
  return periods.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** The session that still works longest, or that ended last. */
function lastAtWork(lanes: readonly Lane[], nowMs: number): string {
  const open = lanes.filter(({ session }) => !hasEnded(session))
    .map(({ session, runs }) => ({ session, beganMs: runs.at(-1)![0] }))
    .sort((a, b) => a.beganMs - b.beganMs);
  const oldest = open[0];
  if (oldest !== undefined) {
    const { id, word } = oldest.session;
    const left = open.length === 1 ? "Only" : `${open.length} left, longest`;
    const time = duration(nowMs - oldest.beganMs);
    return `${left} ${displayName(id)}, ${STATES[word]}: ${time}.`;
  }
  const ends = lanes
    .map(({ session, runs }) => ({ id: session.id, endMs: runs.at(-1)![1] }))
    .sort((a, b) => b.endMs - a.endMs);
  const [last, next] = ends;
  if (last === undefined || next === undefined) return "";
  const gapMs = last.endMs - next.endMs;
  const after = gapMs < 1000 ? "" : `, ${duration(gapMs)} after all the others`;
  return `Last to end: ${displayName(last.id)}${after}.`;
}

/** Steps between ticks of a time axis: seconds, minutes, hours and a day. */
const STEPS_S = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * 3600),
];

/** Ticks for a range, at most so many, with their labels. */
export function ticksOf(
  [from, to]: Period,
  most: number,
): { atMs: number; label: string }[] {
  const stepS = STEPS_S.find((step) => (to - from) / 1000 / step <= most) ??
    Math.ceil((to - from) / 86_400_000 / most) * 86_400;
  const stepMs = stepS * 1000;
  const zoneMs = new Date(from).getTimezoneOffset() * 60_000;
  const ticks = [];
  let atMs = Math.ceil((from - zoneMs) / stepMs) * stepMs + zoneMs;
  for (; atMs <= to; atMs += stepMs) {
    ticks.push({ atMs, label: tickLabel(new Date(atMs), stepS) });
  }
  return ticks;
}

function tickLabel(date: Date, stepS: number): string {
  if (stepS >= 86_400) {
    const options = { month: "short", day: "numeric" } as const;
    return date.toLocaleDateString(undefined, options);
  }
  return date.toLocaleTimeString(undefined, {
    hourCycle: "h23",
    hour: "2-digit",
    minute: "2-digit",
    ...(stepS < 60 ? { second: "2-digit" } : {}),
  });
}
