/**
 * Reading sessions: status, log, markers, by docs/format.md rules 7 to 9.
 * Platforms write nothing, follow no link and never block.
 */
import { errorCode, explain } from "../../errors.ts";
import type {
  Clock,
  Directory,
  FileKind,
  OpenFile,
} from "../../platform/platform.ts";
import {
  blankStatus,
  FORMAT_VERSION,
  hasEnded,
  parseStatus,
} from "../../session/status.ts";
import type { SessionRef, SessionView, Status } from "../../session/types.ts";
import type { SessionEntry } from "../store.ts";
import {
  applyMarker,
  isNotRegular,
  isSession,
  KIND_PROBLEMS,
  listDirectory,
  LOG_NAME,
  markerProblem,
  type SessionPlace,
  STATUS_NAME,
} from "./layout.ts";
import { foldSession, type FoldSource, openLog } from "./log.ts";

/** The largest status that is read, in bytes. */
const STATUS_LIMIT = 4 * 1024 * 1024;
/** How often a status that does not parse is read, and the time between. */
const TRIES = 5;
const PAUSE_MS = 4;
/** A file that has not changed for so long is not being rewritten. */
const SETTLED_US = 2_000_000;

const UNREACHABLE = "Cannot read it: its name cannot be opened";

/** What was found at status.json. */
export type StoredStatus =
  | { kind: "absent" }
  /** It cannot be used, but the log may do. */
  | { kind: "broken"; problem: string }
  /** It is not a regular file, so nothing of the session is used. */
  | { kind: "refused"; problem: string }
  | { kind: "readable"; status: Status };

/**
 * Reads status.json in a session's directory; `prefix` is the way there, with a
 * slash at its end.
 */
export function readStatus(
  clock: Clock,
  { ref, files, prefix }: Pick<FoldSource, "ref" | "files" | "prefix">,
): StoredStatus {
  const path = `${prefix}${STATUS_NAME}`;
  for (let tried = 1;; tried++) {
    let text: string;
    try {
      text = files.readText(path, STATUS_LIMIT);
    } catch (error) {
      if (errorCode(error) === "ENOENT") return { kind: "absent" };
      const problem = `Cannot read ${STATUS_NAME}: ${explain(error)}`;
      return { kind: isNotRegular(error) ? "refused" : "broken", problem };
    }
    const status = parseStatus(text, ref);
    if (status === "unknown state") {
      return { kind: "broken", problem: `${STATUS_NAME} has an unknown state` };
    }
    if (status !== null) {
      // A foreign one may be older than its marker.
      const mayHaveEnded = status.ptrack === undefined &&
        !hasEnded(status.state);
      const ended = mayHaveEnded && applyMarker(files, prefix, status);
      return { kind: "readable", status: ended || status };
    }
    // Others rewrite it in place, so it may be whole in a moment.
    const changedUs = files.inspect(path)?.modifiedUs ?? Infinity;
    const isSettled = clock.nowUs() - changedUs > SETTLED_US;
    if (isSettled || tried === TRIES) {
      return { kind: "broken", problem: `${STATUS_NAME} is not valid JSON` };
    }
    clock.pause(PAUSE_MS);
  }
}

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
  return entries.map((entry) => {
    const name = nameOf(entry);
    const ref = { workspace: workspaceName, sessionId: name };
    if (workspace === null) return unreadable(ref, UNREACHABLE);
    const kind = name === entry ? "directory" : "symlink";
    return readSession(clock, { ref, workspace, name }, kind)!;
  });
}

/**
 * Reads one session; null if it does not exist. `listed` is the kind of its
 * directory entry; with it the answer is never null.
 */
export function readSession(
  clock: Clock,
  place: SessionPlace,
  listed?: FileKind,
): SessionView | null {
  const { ref, workspace, name } = place;
  try {
    const kind = listed ?? workspace.inspect(name)?.kind;
    if (kind === "directory") return readDirectory(clock, place);
    if (kind !== undefined) {
      return unreadable(ref, `Cannot read it: ${KIND_PROBLEMS[kind]}`);
    }
    // A name that is not UTF-8 can be listed, but not opened.
    const isListed = ref.sessionId.includes("\ufffd");
    return isListed ? unreadable(ref, UNREACHABLE) : null;
  } catch (error) {
    if (errorCode(error) === "") throw error;
    return unreadable(ref, `Cannot read it: ${explain(error)}`);
  }
}

function readDirectory(clock: Clock, place: SessionPlace): SessionView {
  const { ref, workspace: files, name } = place;
  const source = { ref, files, prefix: `${name}/` };
  const stored = readStatus(clock, source);
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
  source: Pick<FoldSource, "ref" | "files" | "prefix">,
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

/** The view of a session that could be read. */
export function readableView(
  { workspace, sessionId }: SessionRef,
  status: Status,
  modifiedUs: number,
): SessionView {
  const version = status.ptrack?.version ?? FORMAT_VERSION;
  return {
    workspace,
    sessionId,
    condition: "readable",
    status,
    problem: "",
    note: version > FORMAT_VERSION
      ? `Written by a newer ptrack (format ${version})`
      : "",
    modifiedUs,
  };
}

function unreadable(
  ref: SessionRef,
  problem: string,
  modifiedUs = 0,
): SessionView {
  const view = readableView(ref, blankStatus(ref), modifiedUs);
  return { ...view, condition: "unreadable", problem };
}
