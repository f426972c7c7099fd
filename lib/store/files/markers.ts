/**
 * COMPLETED and FAILED, for programs that only look at file names. ptrack
 * writes them after the status; a foreign status may be older than its marker.
 */
import { errorCode } from "../../errors.ts";
import type { Files, Platform } from "../../platform/platform.ts";
import { replaceFile } from "../../platform/replace_file.ts";
import { isObject, stringOr, textsOf } from "../../session/event.ts";
import type { Folded } from "../../session/fold.ts";
import type { JsonObject, Status } from "../../session/types.ts";
import {
  isNotRegular,
  KIND_PROBLEMS,
  MARKERS,
  type SessionPaths,
} from "./layout.ts";

const MARKER_LIMIT = 1024 * 1024;

const ENDED_STATES = ["failed", "completed"] as const;

type EndedState = typeof ENDED_STATES[number];

/**
 * Makes the markers agree with a status: the one right marker, and no other.
 * Returns whether anything had to be done. Throws file errors.
 */
export function reconcileMarkers(
  platform: Platform,
  paths: SessionPaths,
  status: Folded,
): boolean {
  const { files } = platform;
  let changed = false;
  for (const state of ENDED_STATES) {
    const path = markerPath(paths, state);
    if (status.state !== state) {
      // To look first costs a heartbeat less than a removal that fails.
      if (files.inspect(path) !== null) changed = files.remove(path) || changed;
    } else if (
      readMarker(files, path)?.["attempt"] !== status.ptrack.attempt
    ) {
      writeMarker(platform, paths, status);
      changed = true;
    }
  }
  return changed;
}

/** Removes both markers, before an attempt begins. Throws file errors. */
export function removeMarkers(files: Files, paths: SessionPaths): void {
  for (const state of ENDED_STATES) files.remove(markerPath(paths, state));
}

/** The status as a marker completes it; null if there is no marker. */
export function applyMarker(
  files: Files,
  paths: SessionPaths,
  status: Status,
): Status | null {
  for (const state of ENDED_STATES) {
    const path = markerPath(paths, state);
    // To look first costs a monitor less than a file that is not there.
    const marker = files.inspect(path) && readMarker(files, path);
    if (marker !== null) return withMarker(status, state, marker);
  }
  return null;
}

/** Says which marker is not a file; "" if both are files or missing. */
export function markerProblem(files: Files, paths: SessionPaths): string {
  for (const state of ENDED_STATES) {
    const kind = files.inspect(markerPath(paths, state))?.kind ?? "file";
    if (kind !== "file") {
      return `Cannot read ${MARKERS[state]}: ${KIND_PROBLEMS[kind]}`;
    }
  }
  return "";
}

function markerPath({ directory }: SessionPaths, state: EndedState): string {
  return `${directory}/${MARKERS[state]}`;
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

function writeMarker(
  platform: Platform,
  { directory }: SessionPaths,
  status: Folded,
): void {
  const isFailed = status.state === "failed";
  const marker = {
    session_id: status.session_id,
    state: status.state,
    timestamp: status.completed_at,
    output_files: status.output_files,
    error_summary: isFailed ? status.message.replace(/^FAILED: /, "") : null,
    attempt: status.ptrack.attempt,
  };
  replaceFile(platform, {
    directory,
    name: MARKERS[status.state as EndedState],
    text: `${JSON.stringify(marker, null, 2)}\n`,
    flush: true,
  });
}

function withMarker(
  status: Status,
  state: EndedState,
  marker: JsonObject,
): Status {
  const outputs = textsOf(marker["output_files"]) ?? [];
  const summary = stringOr(marker["error_summary"], "");
  const endedAt = stringOr(marker["timestamp"], null);
  return {
    ...status,
    state,
    progress_pct: state === "completed" ? 100 : status.progress_pct,
    message: state === "failed" && summary !== ""
      ? `FAILED: ${summary}`
      : status.message,
    completed_at: status.completed_at ?? endedAt,
    output_files: outputs.length > 0 ? outputs : status.output_files,
  };
}
