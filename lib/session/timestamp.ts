/**
 * Timestamps on disk: `2026-02-13T10:15:00.123456+00:00`. Inside, a moment is
 * a number of microseconds since 1970, UTC. Readers also take `Z`, any
 * fraction, other offsets, and no zone (UTC); anything else is no timestamp.
 */

const SHAPE =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(?:Z|z|([+-])(\d\d):?(\d\d))?$/;

/** Writes a moment the way it stands on disk. */
export function formatTimestamp(us: number): string {
  const ms = Math.floor(us / 1000);
  const micros = String(us - ms * 1000).padStart(3, "0");
  return `${new Date(ms).toISOString().slice(0, -1)}${micros}+00:00`;
}

/** The same to the second, as people read it. */
export function formatSecond(us: number): string {
  return `${new Date(Math.floor(us / 1000)).toISOString().slice(0, 19)}+00:00`;
}

/** Microseconds since 1970, or null if it is no timestamp. */
export function parseTimestamp(text: unknown): number | null {
  if (typeof text !== "string" || text.length > 40) return null;
  return parseOwn(text) ?? parseAny(text);
}

/** The form that ptrack writes, digit by digit: readers parse thousands. */
function parseOwn(text: string): number | null {
  if (text.length !== 32 || !text.endsWith("+00:00")) return null;
  const ms = Date.parse(`${text.slice(0, 23)}Z`);
  const micros = Number(text.slice(23, 26));
  return Number.isNaN(ms) || Number.isNaN(micros) ? null : ms * 1000 + micros;
}

function parseAny(text: string): number | null {
  const match = SHAPE.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, fraction] = match;
  const ms = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second ?? "00"}.000Z`,
  );
  if (Number.isNaN(ms)) return null;
  const micros = Number((fraction ?? "").padEnd(6, "0").slice(0, 6));
  const offsetMinutes = Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0);
  const sign = match[8] === "-" ? -1 : 1;
  return ms * 1000 + micros - sign * offsetMinutes * 60_000_000;
}

/** Whether timestamp `a` is later than `b`; an absent one is the earliest. */
export function isLater(a: string | null, b: string | null): boolean {
  const first = parseTimestamp(a);
  if (first === null) return false;
  const second = parseTimestamp(b);
  return second === null || first > second;
}
