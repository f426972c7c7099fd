/**
 * Folding a session from whatever there is (docs/format.md, rules 8 and 9): the
 * log alone, a status that is not ptrack's, or whose log was replaced, or a
 * marker.
 */
import type { OpenFile } from "../../platform/platform.ts";
import { parseLine } from "../../session/event.ts";
import type { Folded } from "../../session/fold.ts";
import { blankBookkeeping, blankStatus } from "../../session/status.ts";
import { isLater } from "../../session/times.ts";
import type { SessionRef, Status } from "../../session/types.ts";
import {
  beginFold,
  beginOnward,
  eachLine,
  foldOnward,
  type FoldState,
  type OnLine,
} from "./session_files.ts";
import type { SessionFiles } from "./layout.ts";
import { applyMarker, completeByMarker } from "./markers.ts";

/** What is folded: a session's status and its log, as far as there are any. */
export interface FoldSource extends SessionFiles {
  stored: Status | null;
  log: OpenFile | null;
}

/**
 * Folds a session: its status and the later lines of the log, else the log
 * alone, else a marker. `known` is false if there is nothing of all that.
 */
export function foldSession(
  { ref, stored: found, log, files, prefix }: FoldSource,
  onLine?: OnLine,
): FoldState & { known: boolean } {
  const stored = found && completeByMarker(files, prefix, found);
  let state = beginOnward(stored, log) ?? beginElsewhere(ref, stored, log);
  if (log !== null) state = foldOnward(state, log, onLine);
  if (stored !== null || state.status.ptrack.attempt > 0) {
    return { ...state, known: true };
  }
  const marked = applyMarker(files, prefix, state.status);
  const status = (marked ?? state.status) as Folded;
  return { ...state, status, known: marked !== null };
}

/** Begins over a status that may have some of the lines, else anew. */
function beginElsewhere(
  ref: SessionRef,
  stored: Status | null,
  log: OpenFile | null,
): FoldState {
  if (stored === null) {
    const blank = { ...blankStatus(ref), ptrack: blankBookkeeping() };
    return beginFold(blank, "from nothing");
  }
  if (stored.ptrack === undefined) {
    return beginFold(adopt(stored, log), "overlapping", stored.started_at);
  }
  const { ptrack } = stored;
  const fromStart = { ...stored, ptrack: { ...ptrack, log_bytes: 0 } };
  return beginFold(fromStart, "overlapping", ptrack.log_tail?.timestamp);
}

/** Adds bookkeeping to a foreign status; the log tells its attempt. */
function adopt(stored: Status, log: OpenFile | null): Folded {
  const attempt = stored.state === "pending" ? 0 : attemptIn(stored, log) ?? 1;
  const errors_total = stored.errors.length;
  const ptrack = { ...blankBookkeeping(), attempt, errors_total };
  return { ...stored, ptrack };
}

/** The attempt that the first line later than a foreign status belongs to. */
function attemptIn(stored: Status, log: OpenFile | null): number | null {
  if (log === null) return null;
  let attempt: number | null = null;
  eachLine(log, 0, (text) => {
    if (attempt !== null || !text.includes('"id"')) return;
    const line = parseLine(text);
    if (line === null || line.id === "" || line.attempt === null) return;
    if (!isLater(line.timestamp, stored.started_at)) return;
    attempt = Math.max(0, line.attempt - (line.event === "started" ? 1 : 0));
  });
  return attempt;
}
