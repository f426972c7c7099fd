/**
 * The summary of a workspace for programs (docs/cli.md, "JSON summary"): the
 * original's keys in its order, then ours. Sessions keep their keys as stored,
 * but `state` is the verdict's.
 */
import type {
  SessionReport,
  Snapshot,
  Status,
  Totals,
  Verdict,
  VerdictState,
} from "../session/types.ts";
import { jsonText } from "./json.ts";
import type { Results } from "./results.ts";

/** The counts of a workspace under the names that programs know. */
export interface SummaryCounts extends Omit<Totals, "total"> {
  workspace: string;
  total_sessions: number;
}

/** A session in a summary: its status as stored, and the verdict on it. */
export type SummarySession = Omit<Status, "state"> & {
  state: VerdictState;
  verdict: Verdict;
};

/** A workspace for programs. */
export interface Summary extends SummaryCounts {
  sessions: SummarySession[];
}

/** The counts alone, in the order of the original's keys. */
export function summaryCounts({ workspace, totals }: Snapshot): SummaryCounts {
  return {
    workspace,
    total_sessions: totals.total,
    pending: totals.pending,
    running: totals.running,
    completed: totals.completed,
    failed: totals.failed,
    timed_out: totals.timed_out,
    stale: totals.stale,
    crashed: totals.crashed,
    waiting: totals.waiting,
    unreadable: totals.unreadable,
  };
}

/** The summary of a workspace as a value. */
export function summaryObject(snapshot: Snapshot): Summary {
  return {
    ...summaryCounts(snapshot),
    sessions: snapshot.sessions.map(summarySession),
  };
}

function summarySession({ view, verdict }: SessionReport): SummarySession {
  return { ...view.status, state: verdict.state, verdict };
}

/** The summary as JSON with its newline; `indent` 0 puts it on one line. */
export function summaryText(snapshot: Snapshot, indent: number = 2): string {
  return jsonText(summaryObject(snapshot), indent);
}

/** The summaries of several workspaces as `{"workspaces": […]}`. */
export function summariesText(
  snapshots: readonly Snapshot[],
  indent: number = 2,
): string {
  return jsonText({ workspaces: snapshots.map(summaryObject) }, indent);
}

/** The summary of the workspace that was named, or of all as one object. */
export function jsonReport(
  results: readonly Results[],
  coverage: "one" | "all",
): string {
  const snapshots = results.map(({ snapshot }) => snapshot);
  return coverage === "all"
    ? summariesText(snapshots)
    : summaryText(snapshots[0]!);
}
