/**
 * How a command failed: its exit code or signal, after how long, what it last
 * reported and wrote, and how to run it again. Only sessions that a wrapper
 * (`ptrack run`) ended have such a report.
 */
import { formatDuration, parseTimestamp } from "../session/times.ts";
import { stringOr, textsOf } from "../session/event.ts";
import type { LogLine, Status } from "../session/types.ts";
import { cutToWidth } from "./display.ts";
import { disarm, displayName, sanitize } from "./sanitize.ts";

/** How many lines at a log's end are enough to find the last heartbeat. */
export const FAILURE_LOG_LINES = 50;
/** How many failures are told in full. */
export const FAILURES_SHOWN = 10;

/** How many of the last lines of output are shown. */
const TAIL_LINES = 10;
const LINE_WIDTH = 120;
const AGAIN = "    Run again: ";

/** How a command failed. */
export interface FailureReport {
  sessionId: string;
  /** Exit code or signal, in words. */
  ended: string;
  /** From start to end; null if unknown. */
  elapsedS: number | null;
  /** The last heartbeat before the end; null if there was none. */
  heartbeat: { percent: number; message: string; beforeEndS: number } | null;
  /** The last lines of output. */
  tail: string[];
  /** The command to run again; "" if it is not known. */
  command: string;
  /** Where it ran. */
  directory: string;
}

/** The report on a session, from its status and its last events. */
export function failureReportOf(
  status: Status,
  lines: readonly LogLine[],
): FailureReport | null {
  if (status.state !== "failed") return null;
  const attempt = status.ptrack?.attempt ?? null;
  const own = lines.filter((line) => line.attempt === attempt);
  const end = own.findLast(({ event }) => event === "failed");
  const ended = end === undefined ? null : endOf(end);
  if (end === undefined || ended === null) return null;
  const endUs = parseTimestamp(end.timestamp);
  return {
    sessionId: status.session_id,
    ended,
    elapsedS: secondsBetween(parseTimestamp(status.started_at), endUs),
    heartbeat: heartbeatBefore(own, status, endUs),
    tail: (textsOf(end.details["tail"]) ?? []).slice(-TAIL_LINES),
    command: stringOr(status.metadata["command"], ""),
    directory: stringOr(status.metadata["directory"], ""),
  };
}

/** Null for a failure that was reported by hand. */
function endOf({ details }: LogLine): string | null {
  const { signal, exit_code: code } = details;
  const how = typeof signal === "string"
    ? `killed by ${signal}`
    : typeof code === "number"
    ? `exit code ${code}`
    : null;
  if (how === null) return null;
  const error = stringOr(details["error"], "");
  // The rest of such an error is the last line of output, which is shown.
  return error === "" || error.startsWith(how) ? how : error;
}

function heartbeatBefore(
  lines: readonly LogLine[],
  status: Status,
  endUs: number | null,
): FailureReport["heartbeat"] {
  const beats = lines.filter(({ event }) => event === "heartbeat");
  const atUs = parseTimestamp(beats.at(-1)?.timestamp);
  const beforeEndS = secondsBetween(atUs, endUs);
  if (beforeEndS === null) return null;
  const message = beats.map(({ details }) => stringOr(details["message"], ""))
    .findLast((text) => text !== "") ?? "";
  return { percent: status.progress_pct, message, beforeEndS };
}

function secondsBetween(
  fromUs: number | null,
  toUs: number | null,
): number | null {
  if (fromUs === null || toUs === null) return null;
  return Math.max(0, toUs - fromUs) / 1e6;
}

/** The report as lines of text, each with its end. */
export function failureReportText(report: FailureReport): string {
  const { sessionId, ended, elapsedS, heartbeat, tail, command } = report;
  const after = elapsedS === null ? "" : ` after ${formatDuration(elapsedS)}`;
  const lines = [`  ${displayName(sessionId)} failed${after}: ${ended}`];
  if (heartbeat !== null) {
    const { percent, message, beforeEndS } = heartbeat;
    const said = message === "" ? "" : `, "${message}"`;
    lines.push(
      `    Last heartbeat: ${formatDuration(beforeEndS)} before the end, ` +
        `at ${percent}%${said}`,
    );
  }
  lines.push(...tail.map((line) => `    | ${line}`));
  const shown = lines.map((line) =>
    cutToWidth(sanitize(line), LINE_WIDTH, "…").trimEnd()
  );
  if (command !== "") shown.push(sanitizeWhole(`${AGAIN}${again(report)}`));
  return shown.map((line) => `${line}\n`).join("");
}

/** The first reports as text, and how many of `total` failures are left. */
export function failureReportsText(
  reports: readonly FailureReport[],
  total: number = reports.length,
): string {
  const text = reports.slice(0, FAILURES_SHOWN)
    .map((report) => `${failureReportText(report)}\n`).join("");
  const left = total - FAILURES_SHOWN;
  return left <= 0 || text === ""
    ? text
    : `${text}  ${left} more failed; see ptrack monitor log -s ID\n\n`;
}

/** Nothing is cut, since somebody will copy the command. */
function sanitizeWhole(line: string): string {
  return disarm((line.match(/[^]{1,500}/g) ?? []).map(sanitize).join(""));
}

function again({ command, directory }: FailureReport): string {
  if (directory === "") return command;
  const place = /^[\w@%+=:,./-]+$/.test(directory)
    ? directory
    : `'${directory.replaceAll("'", `'\\''`)}'`;
  return `cd ${place} && ${command}`;
}
