/**
 * JUnit's XML, as Jenkins, GitLab and others read it: a testsuite per workspace,
 * a testcase per session. Only completed sessions pass: what still runs, never
 * began or vanished is an error. Characters that XML 1.0 has no way to write
 * are replaced.
 */
import { escape } from "@std/html";
import { clampPercent, stringOr, textsOf } from "../session/event.ts";
import type { FailedTry } from "../session/log_lines.ts";
import { formatTimestamp, parseTimestamp } from "../session/times.ts";
import type { LogLine } from "../session/types.ts";
import {
  resultEntries,
  type ResultEntry,
  type Results,
  workspaceTitle,
} from "./results.ts";
import { exactName } from "./json.ts";
import { localSecond, offsetText } from "./local_time.ts";
import { logOffset } from "./log.ts";
import { sanitize } from "./sanitize.ts";

/** A session as a testcase. */
interface Case extends ResultEntry {
  outcome: "passed" | "failure" | "error" | "skipped";
  timeS: number;
}

/** The report `junit`: one XML document. */
export function junitReport(results: readonly Results[]): string {
  const suites = results.map((one) => ({ results: one, cases: casesOf(one) }));
  const all = suites.flatMap(({ cases }) => cases);
  // The common schema counts the skipped ones of a suite only.
  const { skipped: _, ...counts } = countsOf(all);
  return `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<testsuites${attributes({ name: "ptrack", ...counts })}>\n` +
    suites.map(({ results, cases }) => suite(results, cases)).join("") +
    `</testsuites>\n`;
}

function casesOf(results: Results): Case[] {
  const unfinished = results.unfinished === "accepted" ? "skipped" : "error";
  return resultEntries(results, Infinity).map((entry) => ({
    ...entry,
    outcome: entry.grade === "unfinished" ? unfinished : entry.grade,
    timeS: entry.report?.verdict.elapsed_s ?? 0,
  }));
}

function countsOf(cases: readonly Case[]) {
  const count = (outcome: Case["outcome"]) =>
    cases.filter((one) => one.outcome === outcome).length;
  return {
    tests: cases.length,
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
    time: cases.reduce((sum, { timeS }) => sum + timeS, 0).toFixed(3),
  };
}

function suite(results: Results, cases: readonly Case[]): string {
  const { sessions, takenUs } = results.snapshot;
  const name = workspaceTitle(results);
  const begins = sessions
    .map(({ view }) => parseTimestamp(view.status.started_at))
    // XML's dates know no year 0, and before 1970 nobody ran anything.
    .filter((us) => us !== null && us >= 0) as number[];
  const begun = begins.reduce((a, b) => Math.min(a, b), Infinity);
  // Without a zone, since some readers take nothing else. It is UTC.
  const timestamp = formatTimestamp(begun === Infinity ? takenUs : begun)
    .slice(0, 19);
  return `  <testsuite${attributes({ name, ...countsOf(cases), timestamp })}>` +
    `\n${cases.map((one) => testcase(name, one)).join("")}  </testsuite>\n`;
}

function testcase(classname: string, one: Case): string {
  const { sessionId, word, lines } = one;
  const name = sessionId === "" ? `(${word})` : exactName(sessionId);
  const time = one.timeS.toFixed(3);
  const head = `    <testcase${attributes({ name, classname, time })}`;
  const result = resultElement(one);
  const offset = logOffset(lines, 0);
  const events = lines.map((line, index) => {
    const zone = index === 0 ? offsetText(offset) : "";
    return `${xml(eventLine(line, { offset, zone }))}\n`;
  }).join("");
  const out = events === "" ? "" : `      <system-out>${events}</system-out>\n`;
  return result === "" && out === ""
    ? `${head}/>\n`
    : `${head}>\n${result}${out}    </testcase>\n`;
}

function resultElement(
  { outcome, grade, word, message, failureDetails, ...entry }: Case,
): string {
  if (outcome === "passed") return entry.failedTries.map(flakyFailure).join("");
  const isUnfinished = grade === "unfinished";
  const type = isUnfinished ? "not finished" : word;
  const text = isUnfinished
    ? `not finished: ${word}${message === "" ? "" : `: ${message}`}`
    : message || word;
  const all = entry.hasWholeStory
    ? failureDetails.trimStart()
    : [text, failureDetails].filter((part) => part !== "").join("\n");
  const head = attributes({ type, message: text });
  return `      <${outcome}${head}>${xml(all)}</${outcome}>\n`;
}

/** A try that failed before one that passed; readers call the case flaky. */
function flakyFailure({ error, line }: FailedTry): string {
  const message = sanitize(error);
  const output = (textsOf(line.details["tail"]) ?? [])
    .map((text) => `${sanitize(text).trimEnd()}\n`).join("");
  const head = attributes({ type: "failed", message });
  return `      <flakyFailure${head}>${xml(output)}</flakyFailure>\n`;
}

function attributes(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${xml(String(value))}"`).join("");
}

/** Characters that XML 1.0 cannot represent, escaped or not. */
const NO_XML =
  // deno-lint-ignore no-control-regex
  /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff]|\p{Cs}/gu;

/** Text for an attribute or an element. */
function xml(text: string): string {
  return escape(text.replace(NO_XML, "\ufffd"));
}

/** Where an event has its text. */
const TEXTS = ["task", "message", "reason", "error"];

/**
 * The time, what happened and what was said, on one harmless line. Times are
 * local, by an offset in minutes; `zone` stands behind the time.
 */
function eventLine(
  line: LogLine,
  { offset, zone }: { offset: number; zone: string },
): string {
  const { timestamp, event, details, progress_pct } = line;
  const us = parseTimestamp(timestamp);
  const at = us === null ? "?" : localSecond(us, offset) + zone;
  const pct = event === "heartbeat"
    ? ` ${clampPercent(details["pct"]) ?? progress_pct}%`
    : "";
  const text = TEXTS.map((key) => stringOr(details[key], ""))
    .find((one) => one !== "") ?? "";
  const shown = `${at} ${event}${pct}${text === "" ? "" : `: ${text}`}`;
  return sanitize(shown).trimEnd();
}
