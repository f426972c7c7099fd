/**
 * One event in one short line, as reports tell the last ones: the time, what
 * happened, and what was said. (`monitor log` shows more, for those who ask.)
 */
import { clampPercent, stringOr } from "../session/event.ts";
import { formatTimestamp, parseTimestamp } from "../session/timestamp.ts";
import type { LogLine } from "../session/types.ts";
import { cutToWidth } from "./display.ts";
import { sanitize } from "./sanitize.ts";

const LINE_WIDTH = 200;

/** Where an event has its text. */
const TEXTS = ["task", "message", "reason", "error"];

/** The event on one harmless line, without its end; times are UTC. */
export function eventLine(
  { timestamp, event, details, progress_pct }: LogLine,
) {
  const us = parseTimestamp(timestamp);
  const at = us === null ? "?" : `${formatTimestamp(us).slice(0, 19)}Z`;
  const pct = event === "heartbeat"
    ? ` ${clampPercent(details["pct"]) ?? progress_pct}%`
    : "";
  const text = TEXTS.map((key) => stringOr(details[key], ""))
    .find((one) => one !== "") ?? "";
  const line = `${at} ${event}${pct}${text === "" ? "" : `: ${text}`}`;
  return cutToWidth(sanitize(line), LINE_WIDTH, "…").trimEnd();
}
