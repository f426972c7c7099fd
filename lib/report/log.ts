/**
 * The events of a session as the original showed them: one line per event, with
 * its details as ASCII JSON, cut at 60 characters.
 */
import { disarm } from "../errors.ts";
import { offsetAt } from "../platform/time_zone.ts";
import { parseTimestamp } from "../session/times.ts";
import type { LogLine, SessionRef } from "../session/types.ts";
import { escapeUnit, stringify } from "./json.ts";
import { localSecond, offsetText } from "./local_time.ts";
import { displayName, sanitize } from "./sanitize.ts";

const RULE_WIDTH = 70;
const DETAILS_WIDTH = 60;
/** Our own words are shorter; a foreign one must not push the rest away. */
const WORD_WIDTH = 24;

/** The offset of local time at the last line; at `nowUs` if there is none. */
export function logOffset(lines: readonly LogLine[], nowUs: number): number {
  return offsetAt(parseTimestamp(lines.at(-1)?.timestamp) ?? nowUs);
}

/** The log of a session, with a blank line before and after it. */
export function logText(
  { workspace, sessionId }: SessionRef,
  lines: readonly LogLine[],
  offsetMinutes: number,
): string {
  const name = `${displayName(workspace)}/${displayName(sessionId)}`;
  const rows = lines
    .map((line) => `${logLineText(line, offsetMinutes)}\n`).join("");
  // The original showed UTC, and did not say so.
  const zone = offsetMinutes === 0
    ? ""
    : `, times are UTC${offsetText(offsetMinutes)}`;
  return `\nLog for ${name} (last ${lines.length} entries${zone}):\n` +
    `${"-".repeat(RULE_WIDTH)}\n${rows}\n`;
}

/** One event on one line, without its end. */
export function logLineText(line: LogLine, offsetMinutes: number): string {
  const us = parseTimestamp(line.timestamp);
  const at = us === null ? "?".padEnd(19) : localSecond(us, offsetMinutes);
  const event = word(line.event).padEnd(12);
  const state = word(line.state).padEnd(10);
  const pct = String(line.progress_pct).padStart(3);
  const details = disarm(asciiJson(line.details)).slice(0, DETAILS_WIDTH);
  return `  [${at}] ${event} state=${state} pct=${pct}% | ${details}`;
}

function word(text: string): string {
  return sanitize(text).slice(0, WORD_WIDTH).toWellFormed();
}

/** The beginning of the JSON that Python writes: `{"key": "value"}`. */
function asciiJson(value: unknown): string {
  return stringify(value, 1).replace(/,\n */g, ", ").replace(/\n */g, "")
    .slice(0, DETAILS_WIDTH).replace(/[\x7f-\uffff]/g, escapeUnit);
}
