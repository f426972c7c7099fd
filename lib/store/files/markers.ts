/**
 * COMPLETED and FAILED are for programs that only look at file names. ptrack
 * writes them after the status; a foreign status may be older than its marker.
 */
import { errorCode } from "../../errors.ts";
import { replaceFile, type Replacement } from "../../platform/files.ts";
import type { Files } from "../../platform/platform.ts";
import { isObject, stringOr, textsOf } from "../../session/event.ts";
import type { Folded } from "../../session/fold.ts";
import { failureOf, hasEnded } from "../../session/status.ts";
import type { JsonObject, Status } from "../../session/types.ts";
import {
  ENDED_STATES,
  isNotRegular,
  KIND_PROBLEMS,
  markerName,
} from "./layout.ts";

/** How a file is made: a word for its temporary name, and its permissions. */
type MadeFile = Pick<Replacement, "word" | "mode">;

const MARKER_LIMIT = 1024 * 1024;

/**
 * Makes the markers in a session's directory agree with its status, where
 * `needsMarkers` says that they may not. Returns whether anything had to be done.
 * Throws file errors.
 */
export function mendMarkers(
  directory: Files,
  status: Folded,
  made: MadeFile,
): boolean {
  let changed = false;
  for (const state of ENDED_STATES) {
    const name = markerName(state);
    if (status.state !== state) {
      changed = directory.remove(name) || changed;
      continue;
    }
    if (readMarker(directory, name)?.["attempt"] === status.ptrack.attempt) {
      continue;
    }
    writeMarker(directory, status, made);
    changed = true;
  }
  return changed;
}

/** Removes both markers, before an attempt begins. Throws file errors. */
export function removeMarkers(directory: Files): void {
  for (const state of ENDED_STATES) directory.remove(markerName(state));
}

/**
 * The status as a marker completes it; null if there is no marker. `prefix` is
 * the way to the session's directory, with a slash at its end.
 */
export function applyMarker(
  files: Files,
  prefix: string,
  status: Status,
): Status | null {
  for (const state of ENDED_STATES) {
    const path = `${prefix}${markerName(state)}`;
    // To look first costs a monitor less than a file that is not there.
    const marker = files.inspect(path) && readMarker(files, path);
    if (marker === null) continue;
    const outputs = textsOf(marker["output_files"]) ?? [];
    const summary = stringOr(marker["error_summary"], "");
    const endedAt = stringOr(marker["timestamp"], null);
    const isCompleted = state === "completed";
    return {
      ...status,
      state,
      progress_pct: isCompleted ? 100 : status.progress_pct,
      message: isCompleted || summary === ""
        ? status.message
        : `FAILED: ${summary}`,
      completed_at: status.completed_at ?? endedAt,
      output_files: outputs.length > 0 ? outputs : status.output_files,
    };
  }
  return null;
}

/** A foreign status may be older than its marker, which then completes it. */
export function completeByMarker(
  files: Files,
  prefix: string,
  status: Status,
): Status {
  if (status.ptrack !== undefined || hasEnded(status.state)) return status;
  return applyMarker(files, prefix, status) ?? status;
}

/** Says which marker is not a file; "" if both are files or missing. */
export function markerProblem(files: Files, prefix: string): string {
  for (const state of ENDED_STATES) {
    const path = `${prefix}${markerName(state)}`;
    const kind = files.inspect(path)?.kind ?? "file";
    if (kind !== "file") {
      return `Cannot read ${markerName(state)}: ${KIND_PROBLEMS[kind]}`;
    }
  }
  return "";
}

/**
 * The contents of a marker; null if there is no such file. One that cannot be
 * read still tells the state by its name, and is taken as empty.
 */
function readMarker(files: Files, path: string): JsonObject | null {
  try {
    const value = JSON.parse(files.readText(path, MARKER_LIMIT));
    return isObject(value) ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    if (errorCode(error) === "") throw error;
    if (errorCode(error) === "ENOENT" || isNotRegular(error)) return null;
    return files.inspect(path)?.kind === "file" ? {} : null;
  }
}

function writeMarker(directory: Files, status: Folded, made: MadeFile): void {
  const isFailed = status.state === "failed";
  const marker = {
    session_id: status.session_id,
    state: status.state,
    timestamp: status.completed_at,
    output_files: status.output_files,
    error_summary: isFailed ? failureOf(status.message) : null,
    attempt: status.ptrack.attempt,
  };
  replaceFile(directory, {
    path: markerName(status.state),
    text: `${JSON.stringify(marker, null, 2)}\n`,
    word: made.word,
    mode: made.mode,
    flush: true,
  });
}
