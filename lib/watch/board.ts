/**
 * A snapshot as a board: its sessions in order, painted in part. Between two
 * snapshots ages go on, so that a second costs no new judgement of all
 * sessions.
 */
import type { Clock } from "../platform/platform.ts";
import { dashboard, inOrder } from "../report/dashboard.ts";
import type { SessionReport, Snapshot } from "../session/types.ts";
import type { Board } from "./view.ts";

/** How a board is painted. */
export interface BoardOptions {
  color: boolean;
  /** Tells how old the snapshot is when it is painted. */
  clock: Pick<Clock, "nowUs">;
}

/** The dashboard of a snapshot, those that need somebody first. */
export function dashboardBoard(
  snapshot: Snapshot,
  { color, clock }: BoardOptions,
): Board {
  const sorted = inOrder(snapshot.sessions, "attention");
  return {
    title: titleOf(snapshot),
    // The last error stands on a line of its own.
    heights: sorted.map(({ view }) => view.status.errors.length > 0 ? 2 : 1),
    paint(columns, { first, end }) {
      const takenUs = Math.max(snapshot.takenUs, clock.nowUs());
      const laterS = (takenUs - snapshot.takenUs) / 1e6;
      const sessions = sorted.slice(first, end)
        .map((report) => aged(report, laterS));
      const shown = { ...snapshot, takenUs, sessions };
      return dashboard(shown, { columns, color, order: "attention" });
    },
  };
}

/** A line of text in the place of a dashboard. */
export function textBoard(text: string): Board {
  return { title: NAME, heights: [], paint: () => `\n  ${text}\n` };
}

const NAME = "ptrack";

/** What the terminal's title says: above all whether somebody is waited for. */
function titleOf({ totals: { waiting } }: Snapshot): string {
  return waiting === 0 ? NAME : `${waiting} waiting · ${NAME}`;
}

/** A report some seconds later, if nothing has happened meanwhile. */
function aged({ view, verdict }: SessionReport, laterS: number): SessionReport {
  if (verdict.recorded_state !== "running") return { view, verdict };
  const later = (ageS: number | null) => ageS === null ? null : ageS + laterS;
  return {
    view,
    verdict: {
      ...verdict,
      heartbeat_age_s: later(verdict.heartbeat_age_s),
      progress_age_s: later(verdict.progress_age_s),
      elapsed_s: later(verdict.elapsed_s),
    },
  };
}
