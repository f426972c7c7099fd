/**
 * Who ran when, with waits and errors, and how many at once: what ran in
 * parallel and what held it up is to be seen at a glance.
 */
/// <reference lib="dom" />
import { useMemo, useRef, useState } from "preact/hooks";
import { displayName } from "../../report/sanitize.ts";
import type { PageSession } from "../wire.ts";
import { duration } from "./format_time.ts";
import { addressOf } from "./session_row.tsx";
import { WORDS } from "./sessions.ts";
import {
  type Lane,
  lanesOf,
  type Load,
  loadOf,
  mostAtOnce,
  rangeOf,
  storyOf,
  type Stretch,
  ticksOf,
} from "./timeline_data.ts";
import { useVisibleRows } from "./visible_rows.ts";

const LANE_HEIGHT = 22;
const MOST_TICKS = 6;
const LOAD_PARTS = 240;
const LOAD_HEIGHT = 44;
/** Where there is little room it is folded, and the sessions come first. */
const NARROW = 720;
const HOUR_MS = 3_600_000;
const RANGES: readonly [label: string, ms: number | null][] = [
  ["All", null],
  ["Last day", 24 * HOUR_MS],
  ["Last hour", HOUR_MS],
  ["Last 10 minutes", HOUR_MS / 6],
];

/** The timeline of these sessions. */
export function Timeline(
  { sessions, nowMs, open }: {
    sessions: readonly PageSession[];
    nowMs: number;
    open: string | null;
  },
) {
  const [last, setLast] = useState(0);
  const [isFolded, setFolded] = useState(() => innerWidth <= NARROW);
  const lanes = useMemo(() => lanesOf(sessions, nowMs), [sessions, nowMs]);
  const range = rangeOf(lanes, RANGES[last]![1]);
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
        <p class="story">{storyOf(lanes, nowMs).join(" ")}</p>
        {!isFolded && <RangeChoice last={last} onChange={setLast} />}
      </div>
      {!isFolded && <Chart lanes={lanes} range={range} open={open} />}
    </section>
  );
}

function RangeChoice(
  { last, onChange }: { last: number; onChange: (last: number) => void },
) {
  return (
    <select
      aria-label="Time shown"
      value={String(last)}
      onChange={({ currentTarget }) => onChange(Number(currentTarget.value))}
    >
      {RANGES.map(([label], index) => (
        <option key={label} value={String(index)}>{label}</option>
      ))}
    </select>
  );
}

interface ChartProps {
  lanes: readonly Lane[];
  range: Stretch;
  open: string | null;
}

function Chart({ lanes, range, open }: ChartProps) {
  return (
    <>
      <LoadChart
        load={loadOf(lanes, range, LOAD_PARTS)}
        most={mostAtOnce(lanes)}
      />
      <Axis range={range} />
      <Lanes
        lanes={lanes.filter(({ runs }) => runs.at(-1)![1] >= range[0])}
        range={range}
        open={open}
      />
      <p class="legend" aria-hidden="true">
        <span class="key is-running">ran</span>
        <span class="key is-waiting">waited</span>
        <span class="key is-error">error</span>
      </p>
    </>
  );
}

function LoadChart({ load, most: mostOfAll }: { load: Load; most: number }) {
  const highest = Math.max(1, ...load.running);
  // Who ends and who begins in the same part were not there at once.
  const most = Math.min(highest, mostOfAll);
  return (
    <div class="load">
      <span class="most">{most} at once</span>
      <svg
        viewBox={`0 0 ${LOAD_PARTS} ${LOAD_HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`How many ran at once: at most ${most}`}
      >
        <path class="is-running" d={areaOf(load.running, highest)} />
        <path class="is-waiting" d={areaOf(load.waiting, highest)} />
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

function share(ms: number, [from, to]: Stretch): number {
  return Math.max(0, Math.min(100, (ms - from) / (to - from) * 100));
}

function Axis({ range }: { range: Stretch }) {
  return (
    <div class="axis" aria-hidden="true">
      {ticksOf(range, MOST_TICKS).map(({ atMs, label }) => (
        <span key={atMs} style={{ left: `${share(atMs, range)}%` }}>
          <i>{label}</i>
        </span>
      ))}
    </div>
  );
}

function Lanes({ lanes, range, open }: ChartProps) {
  const list = useRef<HTMLUListElement>(null);
  const { first, end } = useVisibleRows(list, LANE_HEIGHT, lanes.length);
  return (
    <div class="lanes" tabIndex={lanes.length > 14 ? 0 : undefined}>
      <ul ref={list} style={{ height: `${lanes.length * LANE_HEIGHT}px` }}>
        {lanes.slice(first, end).map((lane, index) => (
          <li
            key={lane.session.key}
            style={{ top: `${(first + index) * LANE_HEIGHT}px` }}
          >
            <LaneLink
              lane={lane}
              range={range}
              isOpen={lane.session.key === open}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

function LaneLink(
  { lane, range, isOpen }: { lane: Lane; range: Stretch; isOpen: boolean },
) {
  const { session, runs, waits, errorsMs } = lane;
  const name = displayName(session.id);
  const words = wordsOf(lane);
  return (
    <a
      class="lane"
      href={addressOf(session.key)}
      tabIndex={-1}
      title={`${name}: ${words}`}
      aria-label={`${name}: ${words}`}
      aria-current={isOpen ? "true" : undefined}
    >
      <bdi class="name">{name}</bdi>
      <span class="strip">
        {runs.map((run, index) => (
          <Bar
            key={`r${run[0]}`}
            stretch={run}
            range={range}
            kind={index === runs.length - 1 ? session.word : "replaced"}
          />
        ))}
        {waits.map((wait) => (
          <Bar key={`w${wait[0]}`} stretch={wait} range={range} kind="wait" />
        ))}
        {errorsMs.filter((ms) => ms >= range[0]).map((ms) => (
          <span
            key={`e${ms}`}
            class="error"
            style={{ left: `${share(ms, range)}%` }}
          />
        ))}
      </span>
    </a>
  );
}

function Bar(
  { stretch: [from, to], range, kind }: {
    stretch: Stretch;
    range: Stretch;
    kind: string;
  },
) {
  const left = share(from, range);
  const width = share(to, range) - left;
  if (to < range[0]) return null;
  return (
    <span
      class={`stretch is-${kind}`}
      style={{ left: `${left}%`, width: `${width}%` }}
    />
  );
}

function wordsOf({ session, runs, waits, errorsMs }: Lane): string {
  const length = (stretches: readonly Stretch[]) =>
    duration(stretches.reduce((sum, [from, to]) => sum + to - from, 0));
  const parts = [`${WORDS[session.word]}, ran ${length(runs)}`];
  if (runs.length > 1) parts.push(`${runs.length} attempts`);
  if (waits.length > 0) parts.push(`waited ${length(waits)}`);
  const errors = errorsMs.length;
  if (errors > 0) parts.push(errors === 1 ? "1 error" : `${errors} errors`);
  return parts.join(", ");
}
