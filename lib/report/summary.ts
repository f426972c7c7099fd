/**
 * The summary of a workspace for programs (docs/cli.md, "JSON summary"): the
 * original's keys in its order, then ours.
 */
import type { SessionReport, Snapshot, Totals } from "../session/types.ts";
import { jsonLine, jsonText } from "./json.ts";
import type { Coverage, Results } from "./results.ts";

/** How many sessions a workspace has in which states. */
interface Counted {
  workspace: string;
  totals: Totals;
}

/** The counts alone, under the names that programs know. */
export function summaryCounts({ workspace, totals }: Counted) {
  const { total, ...states } = totals;
  return { workspace, total_sessions: total, ...states };
}

function summarySession({ view, verdict }: SessionReport) {
  return { ...view.status, state: verdict.state, verdict };
}

export function summaryObject(snapshot: Snapshot) {
  const sessions = snapshot.sessions.map(summarySession);
  return { ...summaryCounts(snapshot), sessions };
}

/** A summary whose sessions were turned into text before, in parts. */
export interface SummaryInParts extends Counted {
  /** What `sessionsText` returned, in the order of the sessions. */
  parts: readonly string[];
}

/** How many lists or objects of the JSON a session is in. */
const DEPTH: Record<Coverage, number> = { one: 2, all: 4 };

/** Some sessions as they are in the JSON, separated by commas; may be "". */
export function sessionsText(
  sessions: readonly SessionReport[],
  coverage: Coverage,
): string {
  let nested: unknown = sessions.map(summarySession);
  for (let depth = 1; depth < DEPTH[coverage]; depth++) nested = [nested];
  const text = jsonText(nested);
  return text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1);
}

/** In JSON no text has this in it: its quotes would be escaped. */
const NO_SESSIONS = '"sessions": []';

/** The summary as JSON, in pieces; `all` workspaces as `{"workspaces": […]}`. */
export function summaryPieces(
  summaries: readonly SummaryInParts[],
  coverage: Coverage,
): string[] {
  const frames = summaries.map((one) => ({
    ...summaryCounts(one),
    sessions: [],
  }));
  const frame = jsonText(
    coverage === "all" ? { workspaces: frames } : frames[0],
  );
  const [begin = "", ...ends] = frame.split(NO_SESSIONS);
  const indent = "  ".repeat(DEPTH[coverage]);
  const pieces = [begin];
  ends.forEach((end, at) => {
    const parts = summaries[at]!.parts.filter((part) => part !== "");
    let before = '"sessions": [';
    for (const part of parts) {
      // Apart, because to join long texts takes as long as to make them.
      pieces.push(`${before}\n${indent}`, part);
      before = ",";
    }
    const close = `\n${indent.slice(2)}]`;
    pieces.push((parts.length === 0 ? NO_SESSIONS : close) + end);
  });
  return pieces;
}

/** The summary as one text. */
export function summaryText(
  snapshots: readonly Snapshot[],
  coverage: Coverage,
): string {
  const summaries = snapshots.map(({ workspace, totals, sessions }) => (
    { workspace, totals, parts: [sessionsText(sessions, coverage)] }
  ));
  return summaryPieces(summaries, coverage).join("");
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
