/**
 * When each session ran, with its waits and errors, and how many ran at once:
 * what ran in parallel and what took longest can be seen at a glance.
 */
/// <reference lib="dom" />
import { useMemo, useState } from "preact/hooks";
import { displayName } from "../../report/sanitize.ts";
import type { PageSession } from "../page_data.ts";
import { duration } from "./sessions.ts";
import type { View } from "./page_model.ts";
import { RowList } from "./row_list.tsx";
import { addressOf, plural, STATES } from "./sessions.ts";
import {
  type Lane,
  lanesOf,
  loadOf,
  mostAtOnce,
  type Period,
  rangeOf,
  ticksOf,
  timelineSummary,
  totalMs,
} from "./timeline_data.ts";

const LANE_HEIGHT = 22;
const MOST_TICKS = 6;
const LOAD_PARTS = 240;
const LOAD_HEIGHT = 44;
/** In a narrower window it is folded, so that the sessions come first. */
const NARROW = 720;
const HOUR_MS = 3_600_000;
const RANGES: readonly [label: string, ms: number | null][] = [
  ["All", null],
  ["Last day", 24 * HOUR_MS],
  ["Last hour", HOUR_MS],
  ["Last 10 minutes", HOUR_MS / 6],
];

/** The timeline of these sessions. */
export function Timeline({ shown, nowMs, open }: View) {
  const [last, setLast] = useState(0);
  const [isFolded, setFolded] = useState(() => innerWidth <= NARROW);
  const lanes = useMemo(() => lanesOf(shown, nowMs), [shown, nowMs]);
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
        <p class="summary">{timelineSummary(lanes, nowMs)}</p>
        {!isFolded && (
          <select
            aria-label="Time shown"
            value={String(last)}
            onChange={({ currentTarget }) =>
              setLast(Number(currentTarget.value))}
          >
            {RANGES.map(([label], index) => (
              <option key={label} value={String(index)}>{label}</option>
            ))}
          </select>
        )}
      </div>
      {!isFolded && <Chart lanes={lanes} range={range} open={open} />}
    </section>
  );
}

function Chart({ lanes, range, open }: {
  lanes: readonly Lane[];
  range: Period;
  open: PageSession | null;
}) {
  const shown = lanes.filter(({ runs }) => runs.at(-1)![1] >= range[0]);
  return (
    <>
      <LoadChart lanes={lanes} range={range} />
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
          row={(lane) => (
            <LaneLink
              lane={lane}
              range={range}
              isOpen={lane.session === open}
            />
          )}
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

function LoadChart(
  { lanes, range }: { lanes: readonly Lane[]; range: Period },
) {
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

function LaneLink(
  { lane, range, isOpen }: { lane: Lane; range: Period; isOpen: boolean },
) {
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
