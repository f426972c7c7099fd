/**
 * OpenMetrics text, for the textfile collector of a node exporter or a push
 * gateway: gauges and counters of each session and workspace. States are gauges
 * of 0 and 1 with a label, not of the type stateset, which the older Prometheus
 * format does not know; times are timestamps, so that a file does not age.
 */
import { type VerdictWord, verdictWord } from "../session/verdict.ts";
import { parseTimestamp } from "../session/timestamp.ts";
import type { SessionReport, Snapshot } from "../session/types.ts";
import type { Results } from "./results.ts";
import { exactName } from "./exact_name.ts";

/** Every word, so that a series that ends goes to 0. */
const WORDS: readonly VerdictWord[] = [
  "pending",
  "running",
  "waiting",
  "stale",
  "completed",
  "failed",
  "timed_out",
  "crashed",
  "unreadable",
];

type Labels = Record<string, string>;
type Sample = readonly [labels: Labels, value: number];

/** A metric with all of its samples, which must stand together. */
interface Family {
  name: string;
  type: "gauge" | "counter";
  help: string;
  unit?: "seconds" | "ratio";
  samples: readonly Sample[];
}

/** A number for each session; null where it has none. */
interface Measure extends Omit<Family, "samples"> {
  of: (report: SessionReport) => number | null;
}

const MEASURES: readonly Measure[] = [
  {
    name: "ptrack_session_progress_ratio",
    type: "gauge",
    unit: "ratio",
    help: "How far the session says it is, 0 to 1.",
    of: ({ view }) => view.status.progress_pct / 100,
  },
  {
    name: "ptrack_session_elapsed_seconds",
    type: "gauge",
    unit: "seconds",
    help: "How long the attempt took, or has taken when the file was written.",
    of: ({ verdict }) => verdict.elapsed_s,
  },
  {
    name: "ptrack_session_eta_seconds",
    type: "gauge",
    unit: "seconds",
    help: "What is left at the pace so far, when the file was written.",
    of: ({ verdict }) => verdict.eta_s,
  },
  {
    name: "ptrack_session_started_timestamp_seconds",
    type: "gauge",
    unit: "seconds",
    help: "When the attempt began, seconds since 1970.",
    of: ({ view }) => secondsOf(view.status.started_at),
  },
  {
    name: "ptrack_session_last_heartbeat_timestamp_seconds",
    type: "gauge",
    unit: "seconds",
    help: "The last sign of life, seconds since 1970.",
    of: ({ view }) => secondsOf(view.status.last_heartbeat),
  },
  {
    name: "ptrack_session_ended_timestamp_seconds",
    type: "gauge",
    unit: "seconds",
    help: "When the attempt ended, seconds since 1970.",
    of: ({ view }) => secondsOf(view.status.completed_at),
  },
  {
    name: "ptrack_session_attempt",
    type: "gauge",
    help: "The number of the attempt, from 1.",
    of: ({ view }) => view.status.ptrack?.attempt ?? null,
  },
  {
    name: "ptrack_session_errors",
    type: "counter",
    help: "Errors of the attempt, fatal ones included.",
    of: ({ view: { status } }) =>
      status.ptrack?.errors_total ?? status.errors.length,
  },
];

/** The results as one exposition. */
export function openmetricsReport(results: readonly Results[]): string {
  const snapshots = results.map(({ snapshot }) => snapshot);
  const families: Family[] = [
    {
      name: "ptrack_workspace_sessions",
      type: "gauge",
      help: "Sessions of the workspace in each state.",
      samples: snapshots.flatMap(countSamples),
    },
    {
      name: "ptrack_workspace_taken_timestamp_seconds",
      type: "gauge",
      unit: "seconds",
      help: "When the workspace was looked at, seconds since 1970.",
      samples: snapshots.map(({ workspace, takenUs }): Sample => [
        { workspace: exactName(workspace) },
        takenUs / 1e6,
      ]),
    },
    {
      name: "ptrack_session_state",
      type: "gauge",
      help: "1 for the state that the session is in, 0 for all others.",
      samples: snapshots.flatMap(stateSamples),
    },
    ...MEASURES.map(({ of, ...family }) => ({
      ...family,
      samples: snapshots.flatMap((snapshot) => samplesOf(snapshot, of)),
    })),
  ];
  return `${families.map(familyText).join("")}# EOF\n`;
}

function countSamples({ workspace, sessions }: Snapshot): Sample[] {
  const words = sessions.map(({ verdict }) => verdictWord(verdict));
  return WORDS.map((state) => [
    { workspace: exactName(workspace), state },
    words.filter((word) => word === state).length,
  ]);
}

function stateSamples({ workspace, sessions }: Snapshot): Sample[] {
  return sessions.flatMap((report) => {
    const word = verdictWord(report.verdict);
    const labels = labelsOf(workspace, report);
    return WORDS.map((state): Sample => [
      { ...labels, state },
      state === word ? 1 : 0,
    ]);
  });
}

function samplesOf(
  { workspace, sessions }: Snapshot,
  of: Measure["of"],
): Sample[] {
  return sessions.flatMap((report) => {
    const value = of(report);
    return value === null || !Number.isFinite(value)
      ? []
      : [[labelsOf(workspace, report), value] as const];
  });
}

function labelsOf(workspace: string, { view }: SessionReport): Labels {
  return {
    workspace: exactName(workspace),
    session: exactName(view.sessionId),
  };
}

function familyText({ name, type, help, unit, samples }: Family): string {
  const suffix = type === "counter" ? "_total" : "";
  const lines = [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${help}`,
    ...samples.map(([labels, value]) =>
      `${name}${suffix}{${labelsText(labels)}} ${value}`
    ),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function labelsText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`).join(",");
}

/** Names have been made harmless; what is left are these. */
function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")
    .replaceAll('"', '\\"');
}

function secondsOf(timestamp: string | null): number | null {
  const us = parseTimestamp(timestamp);
  return us === null ? null : us / 1e6;
}
