/** Times and durations as the page shows them. */
import { formatDuration } from "../../session/times.ts";
import type { PageSession } from "../page_session.ts";
import { hasEnded } from "./sessions.ts";

/** A duration in its two largest units: `3s`, `4m 05s`, `2h 10m`, `3d 04h`. */
export function duration(ms: number): string {
  return formatDuration(ms / 1000);
}

/** The time of day, with seconds; the date too if it is not today's. */
export function clockTime(ms: number, nowMs: number): string {
  const date = new Date(ms);
  const time = date.toLocaleTimeString(undefined, { hourCycle: "h23" });
  return Math.abs(nowMs - ms) < 20 * 3_600_000
    ? time
    : `${date.toLocaleDateString()} ${time}`;
}

/** When a session ended, as far as it is known; null while it goes on. */
export function endOf(session: PageSession): number | null {
  if (!hasEnded(session)) return null;
  return session.endedMs ?? session.heartbeatMs ?? session.startedMs;
}

/** How long the attempt has taken; null if it has not begun. */
export function elapsedMs(session: PageSession, nowMs: number): number | null {
  if (session.startedMs === null) return null;
  return Math.max(0, (endOf(session) ?? nowMs) - session.startedMs);
}

/** The estimated time left at the pace so far; null if unknown. */
export function etaMs(session: PageSession, nowMs: number): number | null {
  const { percent } = session;
  const elapsed = elapsedMs(session, nowMs);
  const isKnown = percent > 0 && percent < 100 && !hasEnded(session);
  return elapsed === null || !isKnown
    ? null
    : elapsed * (100 - percent) / percent;
}
