/**
 * The results of a workspace: a snapshot, what the logs of its sessions add, and
 * the sessions that were waited for and do not exist. Each session becomes one
 * entry in neutral words, which junit, github and markdown spell.
 */
import { isBad, isDone } from "../session/snapshot.ts";
import { failureOf, messageOrTask } from "../session/status.ts";
import type { LogLine, SessionReport, Snapshot } from "../session/types.ts";
import { type VerdictWord, verdictWord } from "../session/verdict.ts";
import { cutToWidth } from "./display.ts";
import { failureReport } from "./failure_report.ts";
import { exactName } from "./json.ts";
import { sanitize } from "./sanitize.ts";

/** A session that was waited for and does not exist. */
export interface MissingSession {
  /** "" if nobody knows its name. */
  sessionId: string;
  kind: "vanished" | "missing";
  /** Why, in words. */
  reason: string;
}

/** A workspace to report on. */
export interface Results {
  snapshot: Snapshot;
  /** The last events of sessions by id, as far as they were read. */
  logs: ReadonlyMap<string, readonly LogLine[]>;
  missing: readonly MissingSession[];
  /**
   * What sessions that have not ended are: an `error` if a wait for them ended
   * without success, a `warning` if somebody just looks, `accepted` if a wait
   * was a success without them.
   */
  unfinished: "error" | "warning" | "accepted";
}

/** What a report covers: the one workspace that was named, or all there are. */
export type Coverage = "one" | "all";

/** How a session went: `unfinished` is never the same as `passed`. */
export type Grade = "passed" | "failure" | "error" | "unfinished";

/** One session in neutral words; all its texts are harmless. */
export interface ResultEntry {
  /** As it is; the format has to spell odd names. */
  sessionId: string;
  word: VerdictWord | MissingSession["kind"];
  grade: Grade;
  /** The session's message or task, or the reason for its verdict; may be "". */
  message: string;
  /** What is known of a failure, lines with their ends; "" for nothing. */
  failureDetails: string;
  /** Null for a missing session. */
  report: SessionReport | null;
  lines: readonly LogLine[];
}

/** How many of the last events, and errors, are shown. */
const EVENTS = 20;
const ERRORS = 10;
const LINE_WIDTH = 200;

/** An entry for each session, in the snapshot's order, then the missing. */
export function resultEntries(
  { snapshot, logs, missing }: Results,
): ResultEntry[] {
  return [
    ...snapshot.sessions.map((report) =>
      sessionEntry(report, logs.get(report.view.sessionId) ?? [])
    ),
    ...missing.map(({ sessionId, kind, reason }): ResultEntry => ({
      sessionId,
      word: kind,
      grade: "error",
      message: sanitize(reason),
      failureDetails: "",
      report: null,
      lines: [],
    })),
  ];
}

function sessionEntry(
  report: SessionReport,
  lines: readonly LogLine[],
): ResultEntry {
  const grade = gradeOf(report);
  return {
    sessionId: report.view.sessionId,
    word: verdictWord(report.verdict),
    grade,
    message: sanitize(messageOf(report)),
    failureDetails: grade === "passed"
      ? ""
      : failureReport(report.view.status, lines) || statusDetails(report),
    report,
    lines: lines.slice(-EVENTS),
  };
}

function gradeOf({ verdict }: SessionReport): Grade {
  if (!isDone(verdict)) return "unfinished";
  if (!isBad(verdict)) return "passed";
  return verdict.state === "failed" ? "failure" : "error";
}

function messageOf({ view, verdict }: SessionReport): string {
  const message = messageOrTask(view.status);
  const word = verdictWord(verdict);
  if (word === "failed") return failureOf(message);
  if (word === "completed" || word === "running") return message;
  return verdict.reason || message;
}

/** What the status tells of a session that no wrapper ended. */
function statusDetails(report: SessionReport): string {
  const { view: { status }, verdict } = report;
  const { errors, message, last_heartbeat, progress_pct } = status;
  const isUntold = !isDone(verdict) && message !== messageOf(report);
  const left = errors.length - ERRORS;
  const lines = [
    isUntold && message !== "" ? `It said: ${message}` : "",
    left > 0 ? `${left} errors before these:` : "",
    ...errors.slice(-ERRORS),
    last_heartbeat === null
      ? ""
      : `Last heartbeat: ${last_heartbeat}, at ${progress_pct}%`,
  ];
  return lines.filter((line) => line !== "")
    .map((line) => `${cutToWidth(sanitize(line), LINE_WIDTH, "…")}\n`).join("");
}

/** Says how many sessions had not finished when a wait failed; "" for none. */
export function unfinishedText({ snapshot, unfinished }: Results): string {
  const left = snapshot.sessions.filter(({ verdict }) => !isDone(verdict));
  return unfinished !== "error" || left.length === 0
    ? ""
    : `${sessionCount(left)} had not finished when the wait ended`;
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
    return count === 0 ? [] : [`${count} ${spoken(word)}`];
  });
  return [sessionCount(entries), counts.join(", ")]
    .filter((part) => part !== "").join(": ");
}

function sessionCount({ length }: readonly unknown[]): string {
  return `${length} ${length === 1 ? "session" : "sessions"}`;
}

/** The workspace for programs; "ptrack" where none is known. */
export function workspaceTitle({ snapshot: { workspace } }: Results): string {
  return workspace === "" ? "ptrack" : exactName(workspace);
}

/** The state in words for people. */
export function spoken(word: ResultEntry["word"]): string {
  return word.replace("_", " ");
}
