/**
 * Reading sessions: status, log, markers, by docs/format.md rules 7 to 9.
 * Readers write nothing, follow no link and never block.
 */
import { errorCode, explain, StorageError } from "../../errors.ts";
import type {
  DirectoryEntry,
  FileKind,
  Files,
  OpenFile,
  Platform,
} from "../../platform/platform.ts";
import { blankStatus } from "../../session/status.ts";
import type { SessionRef, SessionView, Status } from "../../session/types.ts";
import { foldSession, openLog } from "./log_fold.ts";
import { LOG_NAME, type SessionPaths, sessionPaths } from "./layout.ts";
import { markerOtherThanFile } from "./markers.ts";
import {
  isNotRegular,
  readStoredStatus,
  type StoredStatus,
} from "./stored_status.ts";

type Reader = Pick<Platform, "files" | "clock">;

/** Names of the workspaces below `root`, sorted; none if it is not there. */
export function listWorkspaces(files: Files, root: string): string[] {
  const entries = sortedEntries(files, root, ["directory"]) ?? [];
  return entries.map(({ name }) => name);
}

/** Names of a workspace's sessions, sorted; null if it is not there. */
export function listSessions(
  files: Files,
  root: string,
  workspace: string,
): string[] | null {
  const entries = sessionEntries(files, root, workspace);
  return entries === null ? null : entries.map(({ name }) => name);
}

function sessionEntries(
  files: Files,
  root: string,
  workspace: string,
): DirectoryEntry[] | null {
  const path = sessionPaths(root, { workspace, sessionId: "" }).workspace;
  const kind = files.inspect(path)?.kind;
  if (kind === undefined) return null;
  if (kind !== "directory") {
    throw new StorageError(
      `Cannot read workspace ${JSON.stringify(workspace)}: ${NOT_REAL[kind]}`,
    );
  }
  return sortedEntries(files, path, ["directory", "symlink"]);
}

/** Why something that should be a real directory is none. */
export const NOT_REAL: Record<FileKind, string> = {
  file: "it is a file",
  directory: "it is a directory",
  symlink: "it is a symbolic link",
  other: "it is neither a file nor a directory",
};

function sortedEntries(
  files: Files,
  path: string,
  kinds: FileKind[],
): DirectoryEntry[] | null {
  try {
    return files.list(path)
      .filter(({ name, kind }) => !name.startsWith(".") && kinds.includes(kind))
      .sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(error))) return null;
    throw new StorageError(`Cannot list "${path}": ${explain(error)}`, {
      cause: error,
    });
  }
}

/** Reads one session; null if there is nothing of that name. */
export function readSession(
  platform: Reader,
  root: string,
  ref: SessionRef,
): SessionView | null {
  const paths = sessionPaths(root, ref);
  const kind = platform.files.inspect(paths.directory)?.kind;
  if (kind !== undefined) return readKind(platform, paths, kind);
  // A name that is no UTF-8 was listed, and cannot be asked for.
  return ref.sessionId.includes("\ufffd")
    ? unreadable(ref, "Cannot read it: its name leads nowhere", 0)
    : null;
}

/** Reads all sessions of a workspace, by name; null if it is not there. */
export function readWorkspace(
  platform: Reader,
  root: string,
  workspace: string,
): SessionView[] | null {
  const entries = sessionEntries(platform.files, root, workspace);
  return entries === null ? null : entries.map(({ name, kind }) =>
    readKind(
      platform,
      sessionPaths(root, { workspace, sessionId: name }),
      kind,
    )
  );
}

/** A marker that is no file hides how the session ended. */
function oddMarker(files: Files, paths: SessionPaths): string {
  const found = markerOtherThanFile(files, paths);
  return found === null
    ? ""
    : `Cannot read ${found.name}: ${NOT_REAL[found.kind]}`;
}

function readKind(
  platform: Reader,
  paths: SessionPaths,
  kind: FileKind,
): SessionView {
  const { ref } = paths;
  if (kind !== "directory") {
    return unreadable(ref, `Cannot read it: ${NOT_REAL[kind]}`, 0);
  }
  try {
    return readDirectory(platform, paths);
  } catch (error) {
    if (errorCode(error) === "") throw error;
    return unreadable(ref, `Cannot read it: ${explain(error)}`, 0);
  }
}

function readDirectory(platform: Reader, paths: SessionPaths): SessionView {
  const stored = readStoredStatus(platform, paths);
  if (stored.kind === "refused") {
    return unreadable(paths.ref, stored.problem, 0);
  }
  const logInfo = platform.files.inspect(paths.log);
  if (logInfo !== null && logInfo.kind !== "file") {
    const problem = `Cannot read ${LOG_NAME}: ${NOT_REAL[logInfo.kind]}`;
    return unreadable(paths.ref, problem, 0);
  }
  if (stored.kind === "readable" && logInfo !== null) {
    // Most sessions, most of the time: the status has all of the log.
    if (stored.status.ptrack?.log_bytes === logInfo.size) {
      return readable(paths.ref, stored.status, logInfo.modifiedUs);
    }
  }
  const folded = foldFiles(platform, paths, stored);
  const modifiedUs = logInfo?.modifiedUs ??
    platform.files.inspect(paths.directory)?.modifiedUs;
  if (modifiedUs === undefined) {
    return unreadable(paths.ref, "Cannot read it: its name leads nowhere", 0);
  }
  if (folded.status !== null) {
    return readable(paths.ref, folded.status, modifiedUs);
  }
  const problem = folded.problem || oddMarker(platform.files, paths);
  if (problem !== "") return unreadable(paths.ref, problem, modifiedUs);
  return {
    ...readable(paths.ref, blankStatus(paths.ref), modifiedUs),
    condition: "empty",
  };
}

interface FoldedFiles {
  status: Status | null;
  problem: string;
}

/** Status, else the log, else a marker. */
function foldFiles(
  platform: Reader,
  paths: SessionPaths,
  stored: StoredStatus,
): FoldedFiles {
  let problem = stored.kind === "broken" ? stored.problem : "";
  const status = stored.kind === "readable" ? stored.status : null;
  let log: OpenFile | null = null;
  try {
    log = openLog(platform.files, paths, "read");
    const state = foldSession(platform.files, paths, { stored: status, log });
    // A foreign status that no line of ours follows stays as it was written.
    const asStored = status?.ptrack === undefined && !state.counted;
    if (state.known) {
      return { status: asStored && status ? status : state.status, problem };
    }
    if (state.status.ptrack.log_bytes > 0) {
      problem ||= `${LOG_NAME} has no event that could be read`;
    }
    return { status: null, problem };
  } catch (error) {
    if (errorCode(error) === "") throw error;
    problem = `Cannot read ${LOG_NAME}: ${explain(error)}`;
    return { status: isNotRegular(error) ? null : status, problem };
  } finally {
    log?.close();
  }
}

function readable(
  ref: SessionRef,
  status: Status,
  modifiedUs: number,
): SessionView {
  return {
    workspace: ref.workspace,
    sessionId: ref.sessionId,
    condition: "readable",
    status,
    problem: "",
    note: newerNote(status),
    modifiedUs,
  };
}

function newerNote(status: Status): string {
  const version = status.ptrack?.version ?? 1;
  return version > 1 ? `Written by a newer ptrack (format ${version})` : "";
}

function unreadable(
  ref: SessionRef,
  problem: string,
  modifiedUs: number,
): SessionView {
  return {
    workspace: ref.workspace,
    sessionId: ref.sessionId,
    condition: "unreadable",
    status: blankStatus(ref),
    problem,
    note: "",
    modifiedUs,
  };
}
