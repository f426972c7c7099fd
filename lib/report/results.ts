/**
 * The results of a workspace: a snapshot, what the logs of its sessions add, and
 * the sessions that were waited for and do not exist. Each session becomes one
 * entry in neutral words, which junit, github and markdown spell.
 */
import { offsetAt } from "../platform/time_zone.ts";
import { isBad, isDone } from "../session/snapshot.ts";
import { failedTries, type FailedTry } from "../session/log_lines.ts";
import {
  attemptOf,
  failureOf,
  messageOrTask,
  textOfError,
} from "../session/status.ts";
import { parseTimestamp } from "../session/times.ts";
import type { LogLine, SessionReport, Snapshot } from "../session/types.ts";
import { type VerdictWord, verdictWord } from "../session/verdict.ts";
import { failureReport, TAIL_LINES } from "./failure_report.ts";
import { exactName } from "./json.ts";
import { localError, zonedSecond } from "./local_time.ts";
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
  /** Lines of a command's output to show; if not given, the format decides. */
  tail?: number;
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
  /** Whether the details say what the message says. */
  hasWholeStory: boolean;
  /** The tries that failed before the one that passed. */
  failedTries: readonly FailedTry[];
  /** Null for a missing session. */
  report: SessionReport | null;
  lines: readonly LogLine[];
}

/** How many of the last events, and errors, are shown. */
const EVENTS = 20;
const ERRORS = 10;

/**
 * An entry for each session, in the snapshot's order, then the missing. Shows
 * so many lines of output where the results do not say how many.
 */
export function resultEntries(
  { snapshot, logs, missing, tail }: Results,
  usualTail = TAIL_LINES,
): ResultEntry[] {
  return [
    ...snapshot.sessions.map((report) => {
      const lines = logs.get(report.view.sessionId) ?? [];
      return sessionEntry(report, lines, tail ?? usualTail);
    }),
    ...missing.map(({ sessionId, kind, reason }): ResultEntry => ({
      sessionId,
      word: kind,
      grade: "error",
      message: sanitize(reason),
      failureDetails: "",
      hasWholeStory: false,
      failedTries: [],
      report: null,
      lines: [],
    })),
  ];
}

function sessionEntry(
  report: SessionReport,
  lines: readonly LogLine[],
  tail: number,
): ResultEntry {
  const grade = gradeOf(report);
  const { status } = report.view;
  const howItFailed = failureReport(status, lines, tail);
  const own = lines.filter(({ attempt }) => attempt === attemptOf(status));
  return {
    sessionId: report.view.sessionId,
    word: verdictWord(report.verdict),
    grade,
    message: sanitize(messageOf(report)),
    failureDetails: grade === "passed"
      ? ""
      : howItFailed || statusDetails(report),
    hasWholeStory: howItFailed !== "",
    failedTries: grade === "passed" ? failedTries(own) : [],
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
  const { message, last_heartbeat, progress_pct } = status;
  const told = messageOf(report);
  const isUntold = !isDone(verdict) && message !== told;
  const errors = distinctErrors(status.errors, told);
  const left = errors.length - ERRORS;
  const heartbeatUs = parseTimestamp(last_heartbeat);
  const offset = offsetAt(heartbeatUs ?? 0);
  // The last line says the zone.
  const shown = heartbeatUs === null
    ? errors
    : errors.map((error) => localError(error, offset));
  const lines = [
    isUntold && message !== "" ? `It said: ${message}` : "",
    left > 0 ? `${left} errors before these:` : "",
    ...shown.slice(-ERRORS),
    heartbeatUs === null
      ? ""
      : `Last heartbeat: ${
        zonedSecond(heartbeatUs, offset)
      }, at ${progress_pct}%`,
  ];
  return lines.filter((line) => line !== "")
    .map((line) => `${sanitize(line)}\n`).join("");
}

/** Each error once, with how often it came in a row; not what is `told`. */
function distinctErrors(errors: readonly string[], told: string): string[] {
  const runs: { error: string; count: number }[] = [];
  for (const error of errors) {
    const text = textOfError(error);
    const last = runs.at(-1);
    if (last !== undefined && textOfError(last.error) === text) last.count++;
    else if (text !== told) runs.push({ error, count: 1 });
  }
  return runs.map(({ error, count }) =>
    count === 1 ? error : `${error} (${count} times)`
  );
}

/** Whether a session has passed on a later try. */
export function isFlaky({ failedTries }: ResultEntry): boolean {
  return failedTries.length > 0;
}

/** Such as `Passed on try 2`, and the errors of those before, on lines. */
export function flakyText({ failedTries }: ResultEntry): string {
  const passed = `Passed on try ${(failedTries.at(-1)?.number ?? 0) + 1}`;
  const errors = failedTries.map(({ error }) => sanitize(error));
  return [passed, ...errors].join("\n");
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
    if (count === 0) return [];
    const flaky = entries
      .filter((entry) => entry.word === word && isFlaky(entry)).length;
    const note = flaky === 0 ? "" : ` (${flaky} flaky)`;
    return [`${count} ${spoken(word)}${note}`];
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
