/**
 * Times for people: local and to the second. All times of a view have the same
 * offset from UTC, which the view says once.
 */
import { formatTimestamp, parseTimestamp } from "../session/times.ts";

/** Such as `2026-02-13T11:15:00`. */
export function localSecond(us: number, offsetMinutes: number): string {
  return formatTimestamp(us + offsetMinutes * 60e6).slice(0, -13);
}

/** Such as `+01:00`. */
export function offsetText(offsetMinutes: number): string {
  const minutes = Math.abs(offsetMinutes);
  const parts = [Math.floor(minutes / 60), minutes % 60]
    .map((part) => String(part).padStart(2, "0"));
  return `${offsetMinutes < 0 ? "-" : "+"}${parts.join(":")}`;
}

/** The same with the offset: `2026-02-13T11:15:00+01:00`. */
export function zonedSecond(us: number, offsetMinutes: number): string {
  return localSecond(us, offsetMinutes) + offsetText(offsetMinutes);
}

/** `[2026-02-13T10:30:00.123456+00:00] text` with a local time. */
export function localError(error: string, offsetMinutes: number): string {
  const match = /^\[([^\]]{1,40})\]/.exec(error);
  const us = parseTimestamp(match?.[1]);
  if (match === null || us === null) return error;
  return `[${localSecond(us, offsetMinutes)}]${error.slice(match[0].length)}`;
}
