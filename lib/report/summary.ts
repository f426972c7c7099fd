/**
 * The summary of a workspace for programs (docs/cli.md, "JSON summary"): the
 * original's keys in its order, then ours.
 */
import type { Snapshot } from "../session/types.ts";
import { jsonLine, jsonText } from "./json.ts";
import type { Coverage, Results } from "./results.ts";

/** The counts alone, under the names that programs know. */
export function summaryCounts({ workspace, totals }: Snapshot) {
  const { total, ...states } = totals;
  return { workspace, total_sessions: total, ...states };
}

export function summaryObject(snapshot: Snapshot) {
  const sessions = snapshot.sessions.map(({ view, verdict }) => (
    { ...view.status, state: verdict.state, verdict }
  ));
  return { ...summaryCounts(snapshot), sessions };
}

/** The summary as JSON; those of `all` workspaces as `{"workspaces": […]}`. */
export function summaryText(
  snapshots: readonly Snapshot[],
  coverage: Coverage,
): string {
  const summaries = snapshots.map(summaryObject);
  return jsonText(
    coverage === "all" ? { workspaces: summaries } : summaries[0],
  );
}

/** The summary as the first line of a stream, with its end. */
export function summaryLine(snapshot: Snapshot): string {
  return `${jsonLine({ type: "summary", ...summaryObject(snapshot) })}\n`;
}

/** `{"workspaces": […]}`, each with the counts of its summary. */
export function workspacesJson(snapshots: readonly Snapshot[]): string {
  return jsonText({ workspaces: snapshots.map(summaryCounts) });
}

export function jsonReport(
  results: readonly Results[],
  coverage: Coverage,
): string {
  return summaryText(results.map(({ snapshot }) => snapshot), coverage);
}
