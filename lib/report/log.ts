/**
 * A session's events as the original printed them: a head, then one line an
 * event with its details as ASCII JSON, cut at 60 characters. The JSON form is
 * one object a line.
 */
import { formatSecond, parseTimestamp } from "../session/timestamp.ts";
import type { LogLine } from "../session/types.ts";
import { displayName, sanitize } from "./sanitize.ts";
import { jsonLine } from "./json.ts";

const RULE_WIDTH = 70;
const DETAILS_WIDTH = 60;
/** No word of ours is longer; a foreign one must not push the rest away. */
const WORD_WIDTH = 24;

/** The log of a session, with a blank line before and after it. */
export function logText(
  workspace: string,
  sessionId: string,
  lines: readonly LogLine[],
): string {
  const name = `${displayName(workspace)}/${displayName(sessionId)}`;
  return `\nLog for ${name} (last ${lines.length} entries):\n` +
    `${"-".repeat(RULE_WIDTH)}\n${
      lines.map((line) => `${logLineText(line)}\n`).join("")
    }\n`;
}

/** One event on one line, without its end. */
export function logLineText(line: LogLine): string {
  const us = parseTimestamp(line.timestamp);
  const at = us === null ? "?".padEnd(19) : formatSecond(us).slice(0, 19);
  const event = word(line.event).padEnd(12);
  const state = word(line.state).padEnd(10);
  const pct = String(line.progress_pct).padStart(3);
  const details = asciiJson(line.details, DETAILS_WIDTH);
  return `  [${at}] ${event} state=${state} pct=${pct}% | ${details}`;
}

/** One event as a JSON object on one line, without its end. */
export function logLineJson(line: LogLine): string {
  return jsonLine(line);
}

/** Ours are ASCII; only beside a stranger's a column may be out of place. */
function word(text: string): string {
  return sanitize(text).slice(0, WORD_WIDTH).toWellFormed();
}

/** JSON as Python writes it, cut: `{"key": "value"}`, ASCII only. */
function asciiJson(value: unknown, limit: number): string {
  if (limit <= 0) return "";
  if (Array.isArray(value)) {
    return joined(["[", "]"], value, limit, asciiJson);
  }
  if (typeof value === "object" && value !== null) {
    return joined(["{", "}"], Object.entries(value), limit, asciiMember);
  }
  const text = typeof value === "string" ? value.slice(0, limit) : value;
  const json = ascii(JSON.stringify(text));
  return json.slice(0, limit);
}

function asciiMember([key, value]: [string, unknown], limit: number): string {
  const head = `${ascii(JSON.stringify(key.slice(0, limit)))}: `;
  return (head + asciiJson(value, limit - head.length)).slice(0, limit);
}

function joined<T>(
  [open, close]: [string, string],
  items: readonly T[],
  limit: number,
  write: (item: T, limit: number) => string,
): string {
  let text = open;
  for (const [index, item] of items.entries()) {
    if (text.length >= limit) return text.slice(0, limit);
    if (index > 0) text += ", ";
    text += write(item, limit - text.length);
  }
  return (text + close).slice(0, limit);
}

function ascii(json: string): string {
  return json.replace(
    /[\x7f-\uffff]/g,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
