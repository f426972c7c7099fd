/**
 * Timestamps as they are on disk, `2026-02-13T10:15:00.123456+00:00`, and
 * durations as people write them, `1h30m`. Inside, a moment is a number of
 * microseconds since 1970 (UTC), a duration a number of seconds.
 */

/** Readers also take `Z`, any fraction, other offsets, and no zone (UTC). */
const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(?:Z|z|([+-])(\d\d):?(\d\d))?$/;

/** Writes a moment as it is on disk. */
export function formatTimestamp(us: number): string {
  const ms = Math.floor(us / 1000);
  const micros = String(us - ms * 1000).padStart(3, "0");
  return `${new Date(ms).toISOString().slice(0, -1)}${micros}+00:00`;
}

/** Microseconds since 1970, or null if it is no timestamp. */
export function parseTimestamp(text: unknown): number | null {
  if (typeof text !== "string" || text.length > 40) return null;
  return parseOwn(text) ?? parseAny(text);
}

/** The form that ptrack writes. */
const OWN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/;
/** Days of each month, from 1; the 29th of February is left to `parseAny`. */
const DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** That form, by arithmetic: monitors parse tens of thousands. */
export function parseOwn(text: string): number | null {
  if (!OWN.test(text)) return null;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const isPlain = year > 99 && day > 0 && day <= (DAYS[month] ?? 0) &&
    hour < 24 && minute < 60 && second < 60;
  if (!isPlain) return null;
  const fraction = twoDigits(text, 20) * 10_000 + twoDigits(text, 22) * 100 +
    twoDigits(text, 24);
  const micros = fraction % 1000;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second) +
    (fraction - micros) / 1000;
  return ms * 1000 + micros;
}

function twoDigits(text: string, at: number): number {
  return text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 11 * 48;
}

function parseAny(text: string): number | null {
  const match = TIMESTAMP.exec(text);
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

/** Whether a timestamp names its zone. */
export function hasZone(text: string): boolean {
  return /(?:[Zz]|[+-]\d\d:?\d\d)$/.test(text.slice("2026-02-13".length));
}

/** Whether timestamp `a` is later than `b`; an absent one is the earliest. */
export function isLater(a: string | null, b: string | null): boolean {
  const first = parseTimestamp(a);
  if (first === null) return false;
  const second = parseTimestamp(b);
  return second === null || first > second;
}

/** A hundred years: a longer duration is a mistake. */
const LONGEST_S = 100 * 365 * 86_400;

/**
 * Seconds of a text such as `90s`, `5m`, `2h`, `1h30m` or `1d`, also with
 * decimals (`1.5h`); null if it is no duration.
 */
export function parseDuration(
  text: string,
  bareNumber: "seconds" | "minutes" = "seconds",
): number | null {
  const bare = parseDecimal(text);
  const seconds = bare === null
    ? sumOfUnits(text.toLowerCase())
    : bare * (bareNumber === "minutes" ? 60 : 1);
  return seconds !== null && seconds <= LONGEST_S ? seconds : null;
}

function sumOfUnits(text: string): number | null {
  const shape = /^(?:([\d.]+)d)?(?:([\d.]+)h)?(?:([\d.]+)m)?(?:([\d.]+)s)?$/;
  const match = shape.exec(text);
  if (match === null || text === "") return null;
  const counts = match.slice(1).map((part) => parseDecimal(part ?? "0"));
  if (counts.includes(null)) return null;
  const [days, hours, minutes, seconds] = counts as number[];
  return days! * 86_400 + hours! * 3_600 + minutes! * 60 + seconds!;
}

function parseDecimal(text: string): number | null {
  return /^(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : null;
}

/** A duration to the two units that matter: `45s`, `5m 30s`, `1h 05m`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m ${padded(whole % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${padded(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${padded(hours % 24)}h`;
}

function padded(count: number): string {
  return String(count).padStart(2, "0");
}
