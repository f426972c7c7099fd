/**
 * Reading sessions: status, log, markers, by docs/format.md rules 7 to 9.
 * Platforms write nothing, follow no link and never block.
 */
import { errorCode, explain, isOurLimit, storageError } from "../../errors.ts";
import type {
  Clock,
  Directory,
  FileKind,
  OpenFile,
} from "../../platform/platform.ts";
import { sessionName } from "../../session/names.ts";
import { LINE_LIMIT } from "../../session/event.ts";
import { blankStatus } from "../../session/status.ts";
import type { SessionRef, SessionView, Status } from "../../session/types.ts";
import type { SessionEntry } from "../store.ts";
import {
  isNotRegular,
  isSession,
  KIND_PROBLEMS,
  listDirectory,
  LOG_NAME,
  type SessionFiles,
  type SessionPlace,
} from "./layout.ts";
import {
  newPatience,
  openLog,
  type Patience,
  readableView,
  readStatus,
  type StoredStatus,
} from "./session_files.ts";
import { completeByMarker, markerProblem } from "./markers.ts";
import { foldSession } from "./refold.ts";

const UNREACHABLE = "Cannot read it: its name cannot be opened";

/** Stands after the name of a link; no name has it. */
const LINK = "/";

/** The sessions of a workspace that is open, sorted, for `readSessions`. */
export function listEntries(
  workspace: Directory,
  path: string,
): SessionEntry[] {
  const entries: SessionEntry[] = [];
  let hasLinks = false;
  for (const entry of listDirectory(workspace, path)) {
    if (!isSession(entry)) continue;
    const isLink = entry.kind === "symlink";
    hasLinks ||= isLink;
    entries.push(isLink ? entry.name + LINK : entry.name);
  }
  // Texts alone are sorted in half the time that a comparison of ours takes.
  return hasLinks
    ? entries.sort((a, b) => nameOf(a) < nameOf(b) ? -1 : 1)
    : entries.sort();
}

function nameOf(entry: SessionEntry): string {
  return entry.endsWith(LINK) ? entry.slice(0, -LINK.length) : entry;
}

/** Reads sessions of a workspace, null if that is gone meanwhile. */
export function readSessions(
  clock: Clock,
  { workspace, name: workspaceName, entries }: {
    workspace: Directory | null;
    name: string;
    entries: readonly SessionEntry[];
  },
): SessionView[] {
  const patience = newPatience();
  return entries.map((entry) => {
    const name = nameOf(entry);
    const ref = { workspace: workspaceName, sessionId: name };
    if (workspace === null) return unreadable(ref, UNREACHABLE);
    const listed = name === entry ? "directory" : "symlink";
    const place = { ref, workspace, name };
    return readSession(clock, place, { listed, patience })!;
  });
}

/**
 * Reads one session; null if it does not exist. `listed` is the kind of its
 * directory entry; with it the answer is never null. Who reads many at once has
 * one patience with all of them.
 */
export function readSession(
  clock: Clock,
  place: SessionPlace,
  { listed, patience }: { listed?: FileKind; patience?: Patience } = {},
): SessionView | null {
  const { ref, workspace, name } = place;
  try {
    const kind = listed ?? workspace.inspect(name)?.kind;
    if (kind === "directory") return readDirectory(clock, place, patience);
    if (kind !== undefined) {
      return unreadable(ref, `Cannot read it: ${KIND_PROBLEMS[kind]}`);
    }
    // A name that is not UTF-8 can be listed, but not opened.
    const isListed = ref.sessionId.includes("\ufffd");
    return isListed ? unreadable(ref, UNREACHABLE) : null;
  } catch (error) {
    if (isOurLimit(error)) {
      throw storageError(`Cannot read ${sessionName(ref)}`, error);
    }
    if (errorCode(error) === "") throw error;
    return unreadable(ref, `Cannot read it: ${explain(error)}`);
  }
}

function readDirectory(
  clock: Clock,
  place: SessionPlace,
  patience?: Patience,
): SessionView {
  const { ref, workspace: files, name } = place;
  const source = { ref, files, prefix: `${name}/` };
  const stored = readStatus(clock, source, patience);
  if (stored.kind === "readable") {
    const { files, prefix } = source;
    stored.status = completeByMarker(files, prefix, stored.status);
  }
  if (stored.kind === "refused") return unreadable(ref, stored.problem);
  const log = files.inspect(`${name}/${LOG_NAME}`);
  if (log !== null && log.kind !== "file") {
    const problem = `Cannot read ${LOG_NAME}: ${KIND_PROBLEMS[log.kind]}`;
    return unreadable(ref, problem);
  }
  if (
    // The usual case: the status has all of the log.
    stored.kind === "readable" && log !== null &&
    stored.status.ptrack?.log_bytes === log.size
  ) {
    return readableView(ref, stored.status, log.modifiedUs);
  }
  const { status, problem } = foldFiles(source, stored);
  const { modifiedUs } = log ?? files.inspect(name) ?? {};
  if (modifiedUs === undefined) return unreadable(ref, UNREACHABLE);
  if (status !== null) return readableView(ref, status, modifiedUs);
  const reason = problem || markerProblem(files, source.prefix);
  if (reason !== "") return unreadable(ref, reason, modifiedUs);
  const blank = readableView(ref, blankStatus(ref), modifiedUs);
  return { ...blank, condition: "empty" };
}

/** Folds what can be read of status, log and markers. */
function foldFiles(
  source: SessionFiles,
  stored: StoredStatus,
): { status: Status | null; problem: string } {
  let problem = stored.kind === "broken" ? stored.problem : "";
  const status = stored.kind === "readable" ? stored.status : null;
  let log: OpenFile | null = null;
  try {
    log = openLog(source.files, `${source.prefix}${LOG_NAME}`, "read");
    const state = foldSession({ ...source, stored: status, log });
    // A foreign status stays as it is unless lines of ours follow it.
    const isAsWritten = status?.ptrack === undefined && !state.counted;
    if (state.known) {
      return { status: isAsWritten && status || state.status, problem };
    }
    // A first line that is cut off is no longer than a line may be.
    const isLong = (log?.size() ?? 0) > LINE_LIMIT;
    if (state.status.ptrack.log_bytes > 0 || isLong) {
      problem ||= `${LOG_NAME} has no event that could be read`;
    }
    return { status: null, problem };
  } catch (error) {
    if (errorCode(error) === "" || isOurLimit(error)) throw error;
    problem = `Cannot read ${LOG_NAME}: ${explain(error)}`;
    return { status: isNotRegular(error) ? null : status, problem };
  } finally {
    log?.close();
  }
}

function unreadable(
  ref: SessionRef,
  problem: string,
  modifiedUs = 0,
): SessionView {
  const view = readableView(ref, blankStatus(ref), modifiedUs);
  return { ...view, condition: "unreadable", problem };
}
