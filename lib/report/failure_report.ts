/**
 * What is worth knowing of a command that failed: how it ended, after how long,
 * what it last reported and wrote, and how to run it again. Sessions that no
 * wrapper ended have none.
 */
import { formatDuration } from "../session/duration.ts";
import { parseTimestamp } from "../session/timestamp.ts";
import { stringOr, textsOf } from "../session/event.ts";
import type { LogLine, Status } from "../session/types.ts";
import { cutToWidth } from "./display.ts";
import { disarm, displayName, sanitize } from "./sanitize.ts";

/** How many of the last lines of output are shown. */
const TAIL_LINES = 10;
const LINE_WIDTH = 120;
const AGAIN = "    Run again: ";

/** A failed command, from the end of its session's log. */
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

/** The failureReport of a session, from its status and its last events. */
export function failureReportOf(
  status: Status,
  lines: readonly LogLine[],
): FailureReport | null {
  if (status.state !== "failed") return null;
  const attempt = status.ptrack?.attempt ?? null;
  const own = lines.filter((line) => line.attempt === attempt);
  const end = own.findLast(({ event }) => event === "failed");
  const ended = end === undefined ? null : endingOf(end);
  if (end === undefined || ended === null) return null;
  const endUs = parseTimestamp(end.timestamp);
  const startUs = parseTimestamp(status.started_at);
  return {
    sessionId: status.session_id,
    ended,
    elapsedS: secondsBetween(startUs, endUs),
    heartbeat: heartbeatBefore(own, status, endUs),
    tail: (textsOf(end.details["tail"]) ?? []).slice(-TAIL_LINES),
    command: stringOr(status.metadata["command"], ""),
    directory: stringOr(status.metadata["directory"], ""),
  };
}

/** Null for a failure that somebody reported by hand. */
function endingOf({ details }: LogLine): string | null {
  const { signal, exit_code: code } = details;
  const how = typeof signal === "string"
    ? `killed by ${signal}`
    : typeof code === "number"
    ? `exit code ${code}`
    : null;
  if (how === null) return null;
  const error = stringOr(details["error"], "");
  // The last line of output is in the message, and follows below.
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
  const spoken = beats.findLast(({ details }) =>
    stringOr(details["message"], "") !== ""
  );
  const message = stringOr(spoken?.details["message"], "");
  return { percent: status.progress_pct, message, beforeEndS };
}

function secondsBetween(
  fromUs: number | null,
  toUs: number | null,
): number | null {
  return fromUs === null || toUs === null
    ? null
    : Math.max(0, toUs - fromUs) / 1e6;
}

/** The failureReport as lines of text, each with its end. */
export function failureReportText(failureReport: FailureReport): string {
  const { sessionId, ended, elapsedS, heartbeat, tail } = failureReport;
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
  if (failureReport.command !== "") {
    lines.push(`${AGAIN}${again(failureReport)}`);
  }
  return lines.map((line) => `${shown(line)}\n`).join("");
}

/** Whole, since somebody will copy it; all other lines may be cut. */
function shown(line: string): string {
  if (!line.startsWith(AGAIN)) {
    return cutToWidth(sanitize(line), LINE_WIDTH, "…").trimEnd();
  }
  // A long text is only looked at as far as a line may be long.
  return disarm((line.match(/[^]{1,500}/g) ?? []).map(sanitize).join(""));
}

function again({ command, directory }: FailureReport): string {
  if (directory === "") return command;
  const place = /^[\w@%+=:,./-]+$/.test(directory)
    ? directory
    : `'${directory.replaceAll("'", `'\\''`)}'`;
  return `cd ${place} && ${command}`;
}
