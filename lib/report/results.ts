/**
 * What a report tells of a workspace: a snapshot, what the logs of its sessions
 * add, and what was waited for and is not there. From it each session's entry
 * in neutral words; the formats (junit, github, markdown) only spell it.
 */
import { type VerdictWord, verdictWord } from "../session/verdict.ts";
import { isBad, isDone } from "../session/snapshot.ts";
import type { LogLine, SessionReport, Snapshot } from "../session/types.ts";
import { cutToWidth } from "./display.ts";
import { type FailureReport, failureReportText } from "./failure_report.ts";
import { sanitize } from "./sanitize.ts";

/** What a session's log adds to its status. */
export interface LogExcerpt {
  /** The last events, the newest last. */
  lines: readonly LogLine[];
  /** How its command failed; null if no wrapper ended it. */
  failureReport: FailureReport | null;
}

/** A session that a report must not pass over, though it is not there. */
export interface MissingSession {
  /** "" if nobody knows its name. */
  sessionId: string;
  kind: "vanished" | "missing";
  /** Why, in words. */
  reason: string;
}

/**
 * What sessions that have not ended are: an `error` once a wait for them has
 * ended without success, a `warning` when somebody just looks, and `accepted`
 * where a wait was content without them.
 */
export type Unfinished = "error" | "warning" | "accepted";

/** A workspace, as reports tell of it. */
export interface Results {
  snapshot: Snapshot;
  /** By session id; a log that cannot be read has none. */
  excerpts: ReadonlyMap<string, LogExcerpt>;
  missing: readonly MissingSession[];
  unfinished: Unfinished;
}

/** What a wait ended without, where that is no success; "" for nothing. */
export function unfinishedText(
  { snapshot, unfinished }: Pick<Results, "snapshot" | "unfinished">,
): string {
  if (unfinished !== "error") return "";
  const count = snapshot.sessions.filter(({ verdict }) => !isDone(verdict))
    .length;
  if (count === 0) return "";
  return `${count} ${count === 1 ? "session" : "sessions"} had not finished ` +
    "when the wait ended";
}

/** How a session fares: `unfinished` is never the same as `passed`. */
export type Grade = "passed" | "failure" | "error" | "unfinished";

/** One session in neutral words; all texts are harmless. */
export interface ResultEntry {
  /** As it is; odd names are for the format to spell. */
  sessionId: string;
  word: VerdictWord | MissingSession["kind"];
  grade: Grade;
  /** What it says, or what is said of it; "" for nothing. */
  message: string;
  /** What is known of a failure, lines with their ends; "" for nothing. */
  failureDetails: string;
  /** Null for one that is not there. */
  report: SessionReport | null;
  lines: readonly LogLine[];
}

/** How many of the last events are told, though more may be known. */
const EVENTS = 20;
/** How many of the last errors are told. */
const ERRORS = 10;
const LINE_WIDTH = 200;

/** A entry for each session, in the snapshot's order, then the absent. */
export function resultEntries(result: Results): ResultEntry[] {
  return [
    ...result.snapshot.sessions.map((report) => sessionEntry(result, report)),
    ...result.missing.map(missingEntry),
  ];
}

function sessionEntry(result: Results, report: SessionReport): ResultEntry {
  const { sessionId } = report.view;
  const excerpt = result.excerpts.get(sessionId);
  const word = verdictWord(report.verdict);
  const grade = gradeOf(report);
  return {
    sessionId,
    word,
    grade,
    message: sanitize(messageOf(report)),
    failureDetails: grade === "passed" ? "" : failureDetailsOf(report, excerpt),
    report,
    lines: excerpt?.lines.slice(-EVENTS) ?? [],
  };
}

function missingEntry(
  { sessionId, kind, reason }: MissingSession,
): ResultEntry {
  const message = sanitize(reason);
  return {
    sessionId,
    word: kind,
    grade: "error",
    message,
    failureDetails: "",
    report: null,
    lines: [],
  };
}

function gradeOf({ verdict }: SessionReport): Grade {
  if (!isDone(verdict)) return "unfinished";
  if (!isBad(verdict)) return "passed";
  return verdict.state === "failed" ? "failure" : "error";
}

function messageOf({ view, verdict }: SessionReport): string {
  const { message } = view.status;
  const word = verdictWord(verdict);
  if (word === "failed") return message.replace(/^FAILED: /, "");
  const isSaid = word === "completed" || word === "running";
  return isSaid ? message : verdict.reason || message;
}

/** The failureReport of a command; else what the session's status tells. */
function failureDetailsOf(
  report: SessionReport,
  excerpt: LogExcerpt | undefined,
): string {
  if (excerpt?.failureReport) return failureReportText(excerpt.failureReport);
  const { view: { status }, verdict } = report;
  const { errors, last_heartbeat: beat, progress_pct: pct } = status;
  const { message } = status;
  const isToldOfIt = messageOf(report) !== message;
  const lines = [
    ...(isToldOfIt && !isDone(verdict) && message !== ""
      ? [`It said: ${message}`]
      : []),
    ...(errors.length > ERRORS
      ? [`${errors.length - ERRORS} errors before these:`]
      : []),
    ...errors.slice(-ERRORS),
    ...(beat === null ? [] : [`Last heartbeat: ${beat}, at ${pct}%`]),
  ];
  return lines.filter((line) => line !== "")
    .map((line) => `${cutToWidth(sanitize(line), LINE_WIDTH, "…")}\n`).join("");
}

const WORDS: readonly ResultEntry["word"][] = [
  "completed",
  "failed",
  "timed_out",
  "crashed",
  "unreadable",
  "vanished",
  "missing",
  "waiting",
  "stale",
  "running",
  "pending",
];

/** Each session counted once: `3 sessions: 2 completed, 1 failed`. */
export function countsText(entries: readonly ResultEntry[]): string {
  const counts = WORDS.flatMap((word) => {
    const count = entries.filter((entry) => entry.word === word).length;
    return count === 0 ? [] : [`${count} ${word.replace("_", " ")}`];
  });
  const total = entries.length;
  const all = `${total} ${total === 1 ? "session" : "sessions"}`;
  return counts.length === 0 ? all : `${all}: ${counts.join(", ")}`;
}
