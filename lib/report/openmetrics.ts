/**
 * OpenMetrics text, for the textfile collector of a node exporter or a push
 * gateway: gauges and counters of each session and workspace. States are gauges
 * of 0 and 1 with a label, not of the type stateset, which the older Prometheus
 * format does not know; times are timestamps, so that a file does not age.
 */
import { parseTimestamp } from "../session/times.ts";
import type { SessionReport, Snapshot } from "../session/types.ts";
import { type VerdictWord, verdictWord } from "../session/verdict.ts";
import type { Results } from "./results.ts";
import { exactName } from "./json.ts";

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

/** A metric, whose samples must all stand together. */
interface Metric {
  name: string;
  type?: "counter";
  help: string;
  samples: (snapshot: Snapshot) => Sample[];
}

const METRICS: readonly Metric[] = [
  {
    name: "ptrack_workspace_sessions",
    help: "Sessions of the workspace in each state.",
    samples: ({ workspace, sessions }) => {
      const words = sessions.map(({ verdict }) => verdictWord(verdict));
      return WORDS.map((state) => [
        { workspace: exactName(workspace), state },
        words.filter((word) => word === state).length,
      ]);
    },
  },
  {
    name: "ptrack_workspace_taken_timestamp_seconds",
    help: "When the workspace was looked at, seconds since 1970.",
    samples: ({ workspace, takenUs }) => [
      [{ workspace: exactName(workspace) }, takenUs / 1e6],
    ],
  },
  {
    name: "ptrack_session_state",
    help: "1 for the state that the session is in, 0 for all others.",
    samples: ({ sessions }) =>
      sessions.flatMap((report) => {
        const labels = labelsOf(report);
        const word = verdictWord(report.verdict);
        return WORDS.map((state): Sample => [
          { ...labels, state },
          state === word ? 1 : 0,
        ]);
      }),
  },
  {
    name: "ptrack_session_progress_ratio",
    help: "How far the session says it is, 0 to 1.",
    samples: ofEach(({ view }) => view.status.progress_pct / 100),
  },
  {
    name: "ptrack_session_elapsed_seconds",
    help: "How long the attempt took, or has taken when the file was written.",
    samples: ofEach(({ verdict }) => verdict.elapsed_s),
  },
  {
    name: "ptrack_session_eta_seconds",
    help: "What is left at the pace so far, when the file was written.",
    samples: ofEach(({ verdict }) => verdict.eta_s),
  },
  {
    name: "ptrack_session_started_timestamp_seconds",
    help: "When the attempt began, seconds since 1970.",
    samples: ofEach(({ view }) => secondsOf(view.status.started_at)),
  },
  {
    name: "ptrack_session_last_heartbeat_timestamp_seconds",
    help: "The last sign of life, seconds since 1970.",
    samples: ofEach(({ view }) => secondsOf(view.status.last_heartbeat)),
  },
  {
    name: "ptrack_session_ended_timestamp_seconds",
    help: "When the attempt ended, seconds since 1970.",
    samples: ofEach(({ view }) => secondsOf(view.status.completed_at)),
  },
  {
    name: "ptrack_session_attempt",
    help: "The number of the attempt, from 1.",
    samples: ofEach(({ view }) => view.status.ptrack?.attempt ?? null),
  },
  {
    name: "ptrack_session_errors",
    type: "counter",
    help: "Errors of the attempt, fatal ones included.",
    samples: ofEach(({ view: { status } }) =>
      status.ptrack?.errors_total ?? status.errors.length
    ),
  },
];

export function openmetricsReport(results: readonly Results[]): string {
  const snapshots = results.map(({ snapshot }) => snapshot);
  const texts = METRICS.map((metric) => metricText(metric, snapshots));
  return `${texts.join("")}# EOF\n`;
}

/** A number for each session; none where it is null. */
function ofEach(of: (report: SessionReport) => number | null) {
  return ({ sessions }: Snapshot): Sample[] =>
    sessions.flatMap((report) => {
      const value = of(report);
      const isNumber = value !== null && Number.isFinite(value);
      return isNumber ? [[labelsOf(report), value] as const] : [];
    });
}

function labelsOf({ view: { workspace, sessionId } }: SessionReport): Labels {
  return { workspace: exactName(workspace), session: exactName(sessionId) };
}

function metricText(
  { name, type, help, samples }: Metric,
  snapshots: readonly Snapshot[],
): string {
  const suffix = type === "counter" ? "_total" : "";
  const unit = /_(seconds|ratio)$/.exec(name)?.[1];
  const lines = [
    `# TYPE ${name} ${type ?? "gauge"}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${help}`,
    ...snapshots.flatMap(samples).map(([labels, value]) =>
      `${name}${suffix}{${labelsText(labels)}} ${value}`
    ),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** Names have only quotes and backslashes left to escape, as JSON does. */
function labelsText(labels: Labels): string {
  return Object.entries(labels).map(([name, value]) =>
    `${name}=${JSON.stringify(value)}`
  ).join(",");
}

function secondsOf(timestamp: string | null): number | null {
  const us = parseTimestamp(timestamp);
  return us === null ? null : us / 1e6;
}
