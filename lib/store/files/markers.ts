/**
 * COMPLETED and FAILED: for anything that only looks at names. They follow the
 * status and never lead it, but beside a foreign status they know more.
 */
import { errorCode } from "../../errors.ts";
import type { FileKind, Files, Platform } from "../../platform/platform.ts";
import { isObject, stringOr, textsOf } from "../../session/event.ts";
import type { Folded } from "../../session/fold.ts";
import type { JsonObject, Status } from "../../session/types.ts";
import { markerPath, MARKERS, type SessionPaths } from "./layout.ts";
import { replaceFile } from "./replace.ts";

const MARKER_LIMIT = 1024 * 1024;

type Ended = keyof typeof MARKERS;

const STATES = ["failed", "completed"] as const satisfies Ended[];

/**
 * Makes the markers agree with a status: the one right marker, none else.
 * Returns whether anything had to be done. Throws file errors.
 */
export function reconcileMarkers(
  platform: Platform,
  paths: SessionPaths,
  status: Folded,
): boolean {
  let touched = false;
  for (const state of STATES) {
    const path = markerPath(paths, state);
    if (status.state === state) {
      if (isRight(platform.files, path, status)) continue;
      const text = `${JSON.stringify(markerOf(status), null, 2)}\n`;
      const { directory } = paths;
      replaceFile(platform, {
        directory,
        name: MARKERS[state],
        text,
        flush: true,
      });
      touched = true;
    } else if (platform.files.inspect(path) !== null) {
      touched = platform.files.remove(path) || touched;
    }
  }
  return touched;
}

/** Removes both markers, before an attempt begins. */
export function removeMarkers(files: Files, paths: SessionPaths): void {
  for (const state of STATES) {
    const path = markerPath(paths, state);
    if (files.inspect(path) !== null) files.remove(path);
  }
}

/** What a marker says that lies beside a status that does not know the end. */
export function applyMarker(
  files: Files,
  paths: SessionPaths,
  status: Status,
): Status | null {
  for (const state of STATES) {
    const path = markerPath(paths, state);
    const info = files.inspect(path);
    if (info?.kind !== "file") continue;
    return withMarker(status, state, readMarker(files, path));
  }
  return null;
}

/** A marker's name where something else than a file lies, or null. */
export function markerOtherThanFile(
  files: Files,
  paths: SessionPaths,
): { name: string; kind: FileKind } | null {
  for (const state of STATES) {
    const kind = files.inspect(markerPath(paths, state))?.kind;
    if (kind !== undefined && kind !== "file") {
      return { name: MARKERS[state], kind };
    }
  }
  return null;
}

function withMarker(status: Status, state: Ended, marker: JsonObject): Status {
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

function isRight(files: Files, path: string, status: Folded): boolean {
  const info = files.inspect(path);
  if (info?.kind !== "file") {
    if (info !== null) files.remove(path);
    return false;
  }
  return readMarker(files, path)["attempt"] === status.ptrack.attempt;
}

/** A marker's contents; its name already says the most, so {} will do. */
function readMarker(files: Files, path: string): JsonObject {
  try {
    const value = JSON.parse(files.readText(path, MARKER_LIMIT));
    return isObject(value) ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError || errorCode(error) !== "") return {};
    throw error;
  }
}

function markerOf(status: Folded): JsonObject {
  const failed = status.state === "failed";
  return {
    session_id: status.session_id,
    state: status.state,
    timestamp: status.completed_at,
    output_files: status.output_files,
    error_summary: failed ? status.message.replace(/^FAILED: /, "") : null,
    attempt: status.ptrack.attempt,
  };
}
