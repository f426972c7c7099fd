/**
 * Durations as people type and read them. Inside, a duration is a number of
 * seconds.
 */

const SECONDS: Record<string, number> = {
  d: 86_400,
  h: 3_600,
  m: 60,
  s: 1,
};

const SHAPE = /^(?:([\d.]+)d)?(?:([\d.]+)h)?(?:([\d.]+)m)?(?:([\d.]+)s)?$/;

/** Longer than anything: a hundred years. */
const LIMIT_S = 100 * 365 * 86_400;

/** How to read a number without a unit. */
export interface DurationOptions {
  bareNumber?: "seconds" | "minutes";
}

/**
 * Seconds of a text such as `90s`, `5m`, `2h`, `1h30m` or `1d`; null if it is
 * none. Decimals are fine (`1.5h`), negative ones are not.
 */
export function parseDuration(
  text: string,
  { bareNumber = "seconds" }: DurationOptions = {},
): number | null {
  const bare = parseDecimal(text);
  const seconds = bare === null
    ? sumOfParts(text.toLowerCase())
    : bare * (bareNumber === "minutes" ? 60 : 1);
  return seconds !== null && seconds <= LIMIT_S ? seconds : null;
}

function sumOfParts(text: string): number | null {
  const match = SHAPE.exec(text);
  if (match === null || text === "") return null;
  let sum = 0;
  for (const [index, unit] of ["d", "h", "m", "s"].entries()) {
    const part = match[index + 1];
    if (part === undefined) continue;
    const count = parseDecimal(part);
    if (count === null) return null;
    sum += count * SECONDS[unit]!;
  }
  return sum;
}

function parseDecimal(text: string): number | null {
  return /^(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : null;
}

/** A duration to the two units that matter: `45s`, `5m 30s`, `1h 05m`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3_600) return pair(whole, "m", "s");
  if (whole < 86_400) return pair(Math.floor(whole / 60), "h", "m");
  const hours = Math.floor(whole / 3_600);
  return `${Math.floor(hours / 24)}d ${padded(hours % 24)}h`;
}

/** A count of the smaller of two units that make sixty of the larger. */
function pair(count: number, larger: string, smaller: string): string {
  return `${Math.floor(count / 60)}${larger} ${padded(count % 60)}${smaller}`;
}

function padded(count: number): string {
  return String(count).padStart(2, "0");
}
