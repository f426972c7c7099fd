/**
 * The order in which sessions are shown: by the bytes of their ids, or those
 * that need somebody first. What is in order already is not sorted again.
 */
import { type VerdictWord, verdictWord } from "../session/verdict.ts";
import type { SessionReport } from "../session/types.ts";

/** Who needs somebody most comes first. */
const NEED: Record<VerdictWord, number> = {
  failed: 0,
  timed_out: 1,
  crashed: 2,
  unreadable: 3,
  waiting: 4,
  stale: 5,
  running: 6,
  pending: 7,
  completed: 8,
};

/** The sessions by id, or by how much they need somebody and then by id. */
export function inDisplayOrder(
  sessions: readonly SessionReport[],
  by: "id" | "need",
): readonly SessionReport[] {
  const compare = by === "id" ? byId : byNeed;
  const isOrdered = sessions.every((report, index) =>
    index === 0 || compare(sessions[index - 1]!, report) <= 0
  );
  return isOrdered ? sessions : [...sessions].sort(compare);
}

function byId(a: SessionReport, b: SessionReport): number {
  return compareBytes(a.view.sessionId, b.view.sessionId);
}

function byNeed(a: SessionReport, b: SessionReport): number {
  return NEED[verdictWord(a.verdict)] - NEED[verdictWord(b.verdict)] ||
    byId(a, b);
}

/** Which of two texts comes first by the bytes of their UTF-8. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x === y) continue;
    // Surrogates stand for code points above all others.
    const [isHighX, isHighY] = [isSurrogate(x), isSurrogate(y)];
    return isHighX === isHighY ? x - y : isHighX ? 1 : -1;
  }
  return a.length - b.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
