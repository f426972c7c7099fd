/** Which sessions of a workspace a monitor shows or waits for. */
import { parseTimestamp } from "./times.ts";
import type { SessionView } from "./types.ts";

/** A choice of sessions; each part narrows it further. */
export interface Selection {
  /** Only these ids; all if empty. */
  sessions?: readonly string[];
  /** Not these ids. */
  leaveOut?: readonly string[];
  /** Only attempts of this batch. */
  batch?: string | null;
  /** Only attempts that began then or later, microseconds since 1970. */
  sinceUs?: number | null;
}

/** The selected sessions, in the given order. */
export function select(
  views: readonly SessionView[],
  { sessions = [], leaveOut = [], batch = null, sinceUs = null }: Selection,
): SessionView[] {
  return views.filter((view) =>
    !leaveOut.includes(view.sessionId) &&
    (sessions.length === 0 || sessions.includes(view.sessionId)) &&
    (batch === null || view.status.ptrack?.batch === batch) &&
    (sinceUs === null || hasBegunSince(view, sinceUs))
  );
}

/** An unreadable session counts by its last change, so that it is not missed. */
function hasBegunSince(view: SessionView, sinceUs: number): boolean {
  if (view.condition === "unreadable") return view.modifiedUs >= sinceUs;
  const startedUs = parseTimestamp(view.status.started_at);
  return startedUs !== null && startedUs >= sinceUs;
}
