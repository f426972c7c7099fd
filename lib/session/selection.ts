/** Which of a workspace's sessions a monitor looks at. */
import { parseTimestamp } from "./timestamp.ts";
import type { SessionView } from "./types.ts";

/** A choice of sessions; each part narrows it further. */
export interface Selection {
  /** Only these ids; all if empty. */
  sessions?: readonly string[];
  /** Not these ids. */
  leaveOut?: readonly string[];
  /** Only attempts of this batch. */
  batch?: string | null;
  /** Only attempts begun then or later, microseconds since 1970. */
  sinceUs?: number | null;
}

/** The sessions of a selection, in the order in which they came. */
export function select(
  views: readonly SessionView[],
  selection: Selection,
): SessionView[] {
  return views.filter((view) => isSelected(view, selection));
}

/** Whether a session belongs to a selection. */
export function isSelected(view: SessionView, selection: Selection): boolean {
  const { sessions = [], leaveOut = [] } = selection;
  if (leaveOut.includes(view.sessionId)) return false;
  if (sessions.length > 0 && !sessions.includes(view.sessionId)) return false;
  return isOfBatch(view, selection.batch ?? null) &&
    hasBegunSince(view, selection.sinceUs ?? null);
}

function isOfBatch(view: SessionView, batch: string | null): boolean {
  return batch === null || view.status.ptrack?.batch === batch;
}

/** What cannot be read counts by its last change: it must not go unseen. */
function hasBegunSince(view: SessionView, sinceUs: number | null): boolean {
  if (sinceUs === null) return true;
  if (view.condition === "unreadable") return view.modifiedUs >= sinceUs;
  const startedUs = parseTimestamp(view.status.started_at);
  return startedUs !== null && startedUs >= sinceUs;
}
