/** Times and durations as the page shows them. */
import type { PageSession } from "../wire.ts";
import { hasEnded } from "./sessions.ts";

/** A duration in its two largest units: `3s`, `4m 05s`, `2h 10m`, `3d 4h`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${two(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
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

/** How long it will still take at the pace so far; null if nobody knows. */
export function etaMs(session: PageSession, nowMs: number): number | null {
  const { word, percent } = session;
  const isMoving = word === "running" || word === "stale" || word === "waiting";
  const elapsed = elapsedMs(session, nowMs);
  if (!isMoving || elapsed === null || percent <= 0 || percent >= 100) {
    return null;
  }
  return elapsed * (100 - percent) / percent;
}
