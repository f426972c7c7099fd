/**
 * What the timeline shows: when each session ran, waited and erred, how many
 * ran at once, and in words what held all of it up. Pure.
 */
import { displayName } from "../../report/sanitize.ts";
import type { PageSession, Span } from "../wire.ts";
import { duration, endOf } from "./format_time.ts";
import { hasEnded, WORDS } from "./sessions.ts";

/** A stretch of time, with its end. */
export type Stretch = [fromMs: number, toMs: number];

/** A session on the timeline. */
export interface Lane {
  session: PageSession;
  runs: Stretch[];
  waits: Stretch[];
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
  const { runs, waits, errorsMs } = session.history;
  const endMs = endOf(session) ?? nowMs;
  const close = ([from, to]: Span): Stretch => [
    from,
    Math.max(from, to ?? endMs),
  ];
  // A log may not tell of the beginning, or be another program's.
  const known: readonly Span[] = runs.length > 0 || session.startedMs === null
    ? runs
    : [[session.startedMs, null]];
  return {
    session,
    runs: known.map(close),
    waits: waits.map(close),
    errorsMs,
  };
}

/** From the first beginning to the last end; null if nothing has begun. */
export function rangeOf(
  lanes: readonly Lane[],
  lastMs: number | null,
): Stretch | null {
  let [from, to] = [Infinity, -Infinity];
  for (const { runs } of lanes) {
    for (const [begin, end] of runs) {
      from = Math.min(from, begin);
      to = Math.max(to, end);
    }
  }
  if (!Number.isFinite(from)) return null;
  if (lastMs !== null) from = Math.max(from, to - lastMs);
  return [from, Math.max(to, from + 1000)];
}

/** How many ran, and how many of them waited, in equal parts of a range. */
export interface Load {
  running: number[];
  waiting: number[];
}

/** The load in so many parts. */
export function loadOf(
  lanes: readonly Lane[],
  range: Stretch,
  parts: number,
): Load {
  const count = (stretches: (lane: Lane) => Stretch[]) => {
    const steps = new Array<number>(parts + 1).fill(0);
    const part = (ms: number) =>
      Math.floor((ms - range[0]) / (range[1] - range[0]) * parts);
    for (const lane of lanes) {
      for (const [from, to] of stretches(lane)) {
        if (to < range[0] || from > range[1]) continue;
        const first = Math.max(0, Math.min(parts - 1, part(from)));
        const last = Math.max(first, Math.min(parts - 1, part(to)));
        steps[first]!++;
        steps[last + 1]!--;
      }
    }
    let sum = 0;
    return steps.slice(0, parts).map((step) => sum += step);
  };
  return {
    running: count(({ runs }) => runs),
    waiting: count(({ waits }) => waits),
  };
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

/** What ran in parallel and what held it up, in a few short sentences. */
export function storyOf(lanes: readonly Lane[], nowMs: number): string[] {
  if (lanes.length === 0) return [];
  const most = mostAtOnce(lanes);
  const story = [
    most === 1 ? "One at a time." : `Up to ${most} at the same time.`,
  ];
  const waited = lanes
    .map((lane) => ({ lane, ms: lengthOf(lane.waits) }))
    .filter(({ ms }) => ms >= 1000)
    .sort((a, b) => b.ms - a.ms);
  const longest = waited[0];
  if (longest !== undefined) {
    const name = displayName(longest.lane.session.id);
    story.push(
      waited.length === 1
        ? `${name} waited ${duration(longest.ms)}.`
        : `${waited.length} waited, ${name} longest: ${duration(longest.ms)}.`,
    );
  }
  const held = heldUp(lanes, nowMs);
  if (held !== null) story.push(held);
  return story;
}

function lengthOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** Who is still at it, or who was last by far. */
function heldUp(lanes: readonly Lane[], nowMs: number): string | null {
  const open = lanes.filter(({ session }) => !hasEnded(session));
  if (open.length > 0) {
    const oldest = open.reduce((a, b) =>
      b.runs.at(-1)![0] < a.runs.at(-1)![0] ? b : a
    );
    const { id, word } = oldest.session;
    const age = duration(nowMs - oldest.runs.at(-1)![0]);
    const left = open.length === 1 ? "Only" : `${open.length} left, longest`;
    return `${left} ${displayName(id)}, ${WORDS[word]}: ${age}.`;
  }
  if (lanes.length < 2) return null;
  const byEnd = lanes.map(({ session, runs }) => ({
    id: session.id,
    endMs: runs.at(-1)![1],
  })).sort((a, b) => b.endMs - a.endMs);
  const gapMs = byEnd[0]!.endMs - byEnd[1]!.endMs;
  const after = gapMs < 1000 ? "" : `, ${duration(gapMs)} after all the others`;
  return `Last to end: ${displayName(byEnd[0]!.id)}${after}.`;
}

/** Steps between ticks of a time axis, in seconds. */
const STEPS = [
  1,
  2,
  5,
  10,
  15,
  30,
  60,
  120,
  300,
  600,
  900,
  1800,
  3600,
  7200,
  10_800,
  21_600,
  43_200,
  86_400,
];

/** Ticks for a range, at most so many, with their words. */
export function ticksOf(
  [from, to]: Stretch,
  most: number,
): { atMs: number; label: string }[] {
  const stepS = STEPS.find((step) => (to - from) / 1000 / step <= most) ??
    Math.ceil((to - from) / 86_400_000 / most) * 86_400;
  const stepMs = stepS * 1000;
  const zoneMs = new Date(from).getTimezoneOffset() * 60_000;
  const ticks = [];
  let atMs = Math.ceil((from - zoneMs) / stepMs) * stepMs + zoneMs;
  for (; atMs <= to; atMs += stepMs) {
    ticks.push({ atMs, label: tickLabel(atMs, stepS) });
  }
  return ticks;
}

function tickLabel(ms: number, stepS: number): string {
  const date = new Date(ms);
  if (stepS >= 86_400) {
    return date.toLocaleDateString(undefined, {
      month: "short",
      day: "numeric",
    });
  }
  return date.toLocaleTimeString(undefined, {
    hourCycle: "h23",
    hour: "2-digit",
    minute: "2-digit",
    ...(stepS < 60 ? { second: "2-digit" } : {}),
  });
}
