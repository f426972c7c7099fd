/**
 * When each session ran, with its waits and errors, and how many ran at once:
 * what ran in parallel and what took longest can be seen at a glance.
 */
import { useMemo, useState } from "preact/hooks";
import { displayName } from "../../report/sanitize.ts";
import type { PageSession, Span } from "../page_data.ts";
import type { View } from "./page_model.ts";
import { RowList } from "./parts.tsx";
import {
  addressOf,
  duration,
  endOf,
  hasEnded,
  plural,
  STATES,
} from "./sessions.ts";

const LANE_HEIGHT = 22;
const MOST_TICKS = 6;
const LOAD_PARTS = 240;
const LOAD_HEIGHT = 44;
/** In a narrower window it is folded, so that the sessions come first. */
const NARROW = 720;
const HOUR_MS = 3_600_000;
const RANGES: readonly [label: string, ms: number][] = [
  ["All", Infinity],
  ["Last day", 24 * HOUR_MS],
  ["Last hour", HOUR_MS],
  ["Last 10 minutes", HOUR_MS / 6],
];

export function Timeline({ shown, nowMs, open }: View) {
  const [lastMs, setLastMs] = useState(Infinity);
  const [isFolded, setFolded] = useState(() => innerWidth <= NARROW);
  const lanes = useMemo(() => lanesOf(shown, nowMs), [shown, nowMs]);
  const range = rangeOf(lanes, lastMs);
  if (range === null) return null;
  return (
    <section
      class={`timeline ${isFolded ? "is-folded" : ""}`}
      aria-labelledby="timeline-title"
    >
      <div class="timeline-head">
        <h2 id="timeline-title">
          <button
            type="button"
            aria-expanded={!isFolded}
            onClick={() => setFolded(!isFolded)}
          >
            Timeline
          </button>
        </h2>
        <p class="summary">{timelineSummary(lanes, nowMs)}</p>
        {!isFolded && (
          <select
            aria-label="Time shown"
            value={String(lastMs)}
            onChange={({ currentTarget }) =>
              setLastMs(Number(currentTarget.value))}
          >
            {RANGES.map(([label, ms]) => (
              <option key={ms} value={String(ms)}>{label}</option>
            ))}
          </select>
        )}
      </div>
      {!isFolded && chart(lanes, range, open)}
    </section>
  );
}

function chart(lanes: readonly Lane[], range: Period, open: View["open"]) {
  const shown = lanes.filter(({ runs }) => runs.at(-1)![1] >= range[0]);
  return (
    <>
      {loadChart(lanes, range)}
      <div class="axis" aria-hidden="true">
        {ticksOf(range, MOST_TICKS).map(({ atMs, label }) => (
          <span key={atMs} style={{ left: `${share(atMs, range)}%` }}>
            <i>{label}</i>
          </span>
        ))}
      </div>
      <div class="lanes" tabIndex={shown.length > 14 ? 0 : undefined}>
        <RowList
          items={shown}
          rowHeight={LANE_HEIGHT}
          keyOf={({ session }) => session.key}
          row={(lane) => laneLink(lane, range, lane.session === open)}
        />
      </div>
      <p class="legend" aria-hidden="true">
        <span class="key is-running">ran</span>
        <span class="key is-waiting">waited</span>
        <span class="key is-error">error</span>
      </p>
    </>
  );
}

function loadChart(lanes: readonly Lane[], range: Period) {
  const load = (kind: "runs" | "waits") =>
    loadOf(lanes.flatMap((lane) => lane[kind]), range, LOAD_PARTS);
  const [running, waiting] = [load("runs"), load("waits")];
  const highest = Math.max(1, ...running);
  // One that ends and one that begins in the same part did not overlap.
  const most = Math.min(highest, mostAtOnce(lanes));
  return (
    <div class="load">
      <span class="most">{most} at once</span>
      <svg
        viewBox={`0 0 ${LOAD_PARTS} ${LOAD_HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`How many ran at once: at most ${most}`}
      >
        <path class="is-running" d={areaOf(running, highest)} />
        <path class="is-waiting" d={areaOf(waiting, highest)} />
      </svg>
    </div>
  );
}

function areaOf(values: readonly number[], most: number): string {
  const steps = values.map((value, index) => {
    const y = (LOAD_HEIGHT * (1 - value / most * 0.94)).toFixed(1);
    return `L${index} ${y}L${index + 1} ${y}`;
  });
  return `M0 ${LOAD_HEIGHT}${steps.join("")}L${values.length} ${LOAD_HEIGHT}Z`;
}

/** Where a time is in the range, 0 to 100. */
function share(ms: number, [from, to]: Period): number {
  return Math.max(0, Math.min(100, (ms - from) / (to - from) * 100));
}

function laneLink(lane: Lane, range: Period, isOpen: boolean) {
  const { session, runs, waits, errorsMs } = lane;
  const name = displayName(session.id);
  const label = `${name}: ${laneText(lane)}`;
  const bar = ([from, to]: Period, kind: string) => {
    const left = share(from, range);
    const width = share(to, range) - left;
    return to >= range[0] && (
      <span
        key={`${kind} ${from}`}
        class={`stretch is-${kind}`}
        style={{ left: `${left}%`, width: `${width}%` }}
      />
    );
  };
  return (
    <a
      class="lane"
      href={addressOf(session.key)}
      tabIndex={-1}
      title={label}
      aria-label={label}
      aria-current={isOpen ? "true" : undefined}
    >
      <bdi class="name">{name}</bdi>
      <span class="strip">
        {runs.map((run, index) =>
          bar(run, index < runs.length - 1 ? "replaced" : session.word)
        )}
        {waits.map((wait) => bar(wait, "wait"))}
        {errorsMs.filter((ms) => ms >= range[0]).map((ms) => (
          <span
            key={ms}
            class="error"
            style={{ left: `${share(ms, range)}%` }}
          />
        ))}
      </span>
    </a>
  );
}

function laneText({ session, runs, waits, errorsMs }: Lane): string {
  return [
    `${STATES[session.word]}, ran ${duration(totalMs(runs))}`,
    runs.length > 1 ? `${runs.length} attempts` : "",
    waits.length > 0 ? `waited ${duration(totalMs(waits))}` : "",
    errorsMs.length > 0 ? plural(errorsMs.length, "error") : "",
  ].filter((part) => part !== "").join(", ");
}

type Period = [fromMs: number, toMs: number];

interface Lane {
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

/** The last so many milliseconds of all runs; null if nothing has begun. */
export function rangeOf(lanes: readonly Lane[], lastMs: number): Period | null {
  let [from, to] = [Infinity, -Infinity];
  for (const [begin, end] of lanes.flatMap(({ runs }) => runs)) {
    from = Math.min(from, begin);
    to = Math.max(to, end);
  }
  if (!Number.isFinite(from)) return null;
  from = Math.max(from, to - lastMs);
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
function totalMs(periods: readonly Period[]): number {
  return periods.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** The session that still works longest, or that ended last. */
function lastAtWork(lanes: readonly Lane[], nowMs: number): string {
  const lastRun = ({ runs }: Lane) => runs.at(-1)!;
  const open = lanes.filter(({ session }) => !hasEnded(session))
    .sort((a, b) => lastRun(a)[0] - lastRun(b)[0]);
  const [oldest] = open;
  if (oldest !== undefined) {
    const { id, word } = oldest.session;
    const left = open.length === 1 ? "Only" : `${open.length} left, longest`;
    const time = duration(nowMs - lastRun(oldest)[0]);
    return `${left} ${displayName(id)}, ${STATES[word]}: ${time}.`;
  }
  const [last, next] = lanes
    .toSorted((a, b) => lastRun(b)[1] - lastRun(a)[1]);
  if (last === undefined || next === undefined) return "";
  const gapMs = lastRun(last)[1] - lastRun(next)[1];
  const after = gapMs < 1000 ? "" : `, ${duration(gapMs)} after all the others`;
  return `Last to end: ${displayName(last.session.id)}${after}.`;
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
