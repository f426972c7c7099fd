/** Which lines of a log tell people something, and of which attempt. */
import type { LogLine } from "./types.ts";

/** Whether a line only says that a session is alive, by itself. */
export function isAutomatic({ event, details }: LogLine): boolean {
  return event === "heartbeat" && details["auto"] === true;
}

/** A try of a command that failed, and that another one followed. */
export interface FailedTry {
  /** From 1. */
  number: number;
  /** Such as `Try 1 of 3: exit code 1`. */
  error: string;
  line: LogLine;
}

/** The tries that failed before the one that passed, or failed for good. */
export function failedTries(lines: readonly LogLine[]): FailedTry[] {
  return lines.flatMap((line) => {
    const { event, details: { try: number, error } } = line;
    return event === "error" && typeof number === "number" &&
        typeof error === "string"
      ? [{ number, error, line }]
      : [];
  });
}

/**
 * The lines of attempts of a batch, and of the current attempt; those without
 * an attempt too. An attempt whose beginning is not among the lines is of none.
 */
export function linesOfBatch(
  lines: readonly LogLine[],
  { batch, attempt: current }: { batch: string; attempt: number },
): LogLine[] {
  const attempts = new Set<number | null>([null, current]);
  for (const { event, attempt, details } of lines) {
    const begins = event === "started" && details["batch"] === batch;
    if (begins) attempts.add(attempt);
  }
  return lines.filter(({ attempt }) => attempts.has(attempt));
}
