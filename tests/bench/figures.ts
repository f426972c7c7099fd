/** Rows of the tables, and the kinds of them that more than one table has. */
import { type Comparison, median } from "./measure.ts";

/** One row: what was measured, the figure, and the limit it is held to. */
export interface Figure {
  what: string;
  measured: string;
  /** Shown while it is measured; pages for users have the figure only. */
  limit?: { text: string; isMet: boolean };
  /** As many times that of the ptrack before; absent where it has none. */
  toBefore?: number | null;
}

/** Beyond what two measurements of one program differ by. */
const SLOWER = 1.1;

/** How a row compares with the ptrack before; empty if it does not. */
export function describeChange({ toBefore }: Figure): string {
  if (toBefore === undefined || toBefore === null) return "";
  const text = toBefore.toFixed(2);
  return toBefore > SLOWER ? `**${text}: more than before**` : text;
}

/** A limit from above. */
export function atMost(
  limit: number,
  value: number,
  unit = "",
): Figure["limit"] {
  const text = `≤ ${Number(limit.toFixed(2))}${unit}`;
  return { text, isMet: value <= limit };
}

interface RatioRow<Name extends string> {
  what: string;
  /** The command that is measured, and the one that it is held against. */
  names: [Name, Name];
  limit?: number;
}

/** How many times the wall time of another command one takes. */
export function ratioFigure<Name extends string>(
  found: Comparison<Name>,
  { what, names: [name, other], limit }: RatioRow<Name>,
): Figure {
  const ratio = found.ratio(name, other);
  return {
    what,
    measured: `${ratio.toFixed(2)} (${describeMs(found.wallMs(name))} / ${
      describeMs(found.wallMs(other))
    } ms)`,
    limit: limit === undefined ? undefined : atMost(limit, ratio),
    toBefore: found.toBefore(name),
  };
}

function describeMs(ms: number): string {
  return ms.toFixed(ms < 100 ? 1 : 0);
}

interface PeakRow<Name extends string> {
  what: string;
  name: Name;
  limitMb: number;
}

/** The most memory that a command takes. */
export function peakFigure<Name extends string>(
  found: Comparison<Name>,
  { what, name, limitMb }: PeakRow<Name>,
): Figure {
  const peakMb = found.peakMb(name);
  return {
    what: `${what}: peak memory`,
    measured: `${peakMb.toFixed(0)} MB`,
    limit: atMost(limitMb, peakMb, " MB"),
    toBefore: found.toBefore(name, "peakMb"),
  };
}

/** How soon something was seen, each time, by each ptrack. */
export function latencyFigure(
  what: string,
  [nowMs, beforeMs]: number[][],
): Figure {
  const worstMs = Math.max(...nowMs);
  return {
    what: `${what}, after`,
    measured: `${median(nowMs).toFixed(0)} ms, at most ${
      worstMs.toFixed(0)
    } ms`,
    limit: atMost(100, worstMs, " ms"),
    toBefore: beforeMs && median(nowMs) / median(beforeMs),
  };
}

/** A row for what cannot be measured here. */
export function notInstalled(what: string, program: string): Figure {
  return { what, measured: `\`${program}\` is not installed here` };
}

/** A number as people write it. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}
