/**
 * How a command failed, as text: its end, what it last reported and wrote, and
 * how to run it again. Only sessions that `ptrack run` ended have such a text.
 */
import { disarm } from "../errors.ts";
import { stringOr, textsOf } from "../session/event.ts";
import { isAutomatic } from "../session/log_lines.ts";
import { shellQuote } from "../session/shell_quote.ts";
import { formatDuration, parseTimestamp } from "../session/times.ts";
import type { LogLine, Status } from "../session/types.ts";
import { displayName, sanitize } from "./sanitize.ts";

/** How many lines at a log's end are enough to find the last heartbeat. */
export const FAILURE_LOG_LINES = 50;
/** How many failures are told in full. */
export const FAILURES_SHOWN = 10;

/** How many of the last lines of output people are shown. */
export const TAIL_LINES = 30;

/** Lines with their ends; "" if no wrapper ended the session. */
export function failureReport(
  status: Status,
  lines: readonly LogLine[],
  tail = TAIL_LINES,
): string {
  if (status.state !== "failed") return "";
  const attempt = status.ptrack?.attempt ?? null;
  const own = lines.filter((line) => line.attempt === attempt);
  const end = own.findLast(({ event }) => event === "failed");
  const how = end === undefined ? "" : howItEnded(end);
  if (end === undefined || how === "") return "";
  const after = timeBetween(status.started_at, end.timestamp);
  const name = displayName(status.session_id);
  const output = textsOf(end.details["tail"]) ?? [];
  return [
    `  ${name} failed${after === null ? "" : ` after ${after}`}: ${how}`,
    ...lastHeartbeat(own, status, end),
    ...output.slice(-tail).map((line) => `    | ${line}`),
  ].map((line) => `${sanitize(line).trimEnd()}\n`)
    .join("") + commandToRepeat(status);
}

/** "" for a failure that was reported by hand. */
function howItEnded({ details }: LogLine): string {
  const { signal, exit_code: code } = details;
  const how = typeof signal === "string"
    ? `killed by ${signal}`
    : typeof code === "number"
    ? `exit code ${code}`
    : "";
  const error = stringOr(details["error"], "");
  // The rest of such an error is the last line of output, which is shown.
  return how === "" || error === "" || error.startsWith(how) ? how : error;
}

function lastHeartbeat(
  lines: readonly LogLine[],
  status: Status,
  end: LogLine,
): string[] {
  const beats = lines.filter((line) =>
    line.event === "heartbeat" && !isAutomatic(line)
  );
  const before = timeBetween(beats.at(-1)?.timestamp, end.timestamp);
  if (before === null) return [];
  const message = beats.map(({ details }) => stringOr(details["message"], ""))
    .findLast((text) => text !== "");
  return [
    `    Last heartbeat: ${before} before the end, at ` +
    `${status.progress_pct}%${message === undefined ? "" : `, "${message}"`}`,
  ];
}

function timeBetween(from: unknown, to: unknown): string | null {
  const [fromUs, toUs] = [parseTimestamp(from), parseTimestamp(to)];
  if (fromUs === null || toUs === null) return null;
  return formatDuration(Math.max(0, toUs - fromUs) / 1e6);
}

/** Whole, since somebody will copy it. */
function commandToRepeat({ metadata }: Status): string {
  const command = stringOr(metadata["command"], "");
  const directory = stringOr(metadata["directory"], "");
  if (command === "") return "";
  const place = directory === "" ? "" : `cd ${shellQuote(directory)} && `;
  // A long text is cleaned only as far as it can be shown on one line.
  const parts = `    Run again: ${place}${command}`.match(/[^]{1,500}/g) ?? [];
  return `${disarm(parts.map(sanitize).join(""))}\n`;
}

/** The first reports that are not "", and how many failures are left. */
export function failureReportsText(
  reports: readonly string[],
  total?: number,
): string {
  const told = reports.filter((report) => report !== "");
  const text = told.slice(0, FAILURES_SHOWN)
    .map((report) => `${report}\n`).join("");
  const left = (total ?? told.length) - FAILURES_SHOWN;
  return left <= 0 || text === ""
    ? text
    : `${text}  ${left} more failed; see ptrack log ID\n\n`;
}
