/**
 * JUnit's XML, as Jenkins, GitLab and others read it: a testsuite a workspace,
 * a testcase a session. Only completed sessions pass: what still runs, never
 * began or vanished is an error. XML 1.0 has no way to write some characters;
 * none of them gets in.
 */
import { formatTimestamp, parseTimestamp } from "../session/timestamp.ts";
import type { LogLine } from "../session/types.ts";
import {
  resultEntries,
  type ResultEntry,
  type Results,
  type Unfinished,
} from "./results.ts";
import { eventLine } from "./event_line.ts";
import { exactName } from "./exact_name.ts";

/** A testcase in the making. */
interface Case {
  name: string;
  timeS: number;
  result: "passed" | "failure" | "error" | "skipped";
  /** The element that says how it went; "" if it passed. */
  element: string;
  lines: readonly LogLine[];
}

interface Counts {
  tests: number;
  failures: number;
  errors: number;
  skipped: number;
  timeS: number;
}

/** The results as one XML document. */
export function junitReport(results: readonly Results[]): string {
  const suites = results.map((result) => {
    const cases = resultEntries(result).map((entry) =>
      caseOf(entry, result.unfinished)
    );
    return { result, cases, counts: countsOf(cases) };
  });
  const all = countsOf(suites.flatMap(({ cases }) => cases));
  // Of the whole only these counts are in the common schema.
  const { tests, failures, errors } = all;
  const head = attributes({ name: "ptrack", tests, failures, errors });
  return `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<testsuites${head} time="${seconds(all.timeS)}">\n` +
    suites.map(({ result, cases, counts }) => suite(result, cases, counts))
      .join("") +
    `</testsuites>\n`;
}

function suite(result: Results, cases: Case[], counts: Counts): string {
  const { workspace, takenUs } = result.snapshot;
  const name = workspace === "" ? "ptrack" : exactName(workspace);
  const { tests, failures, errors, skipped, timeS } = counts;
  const head = attributes({ name, tests, failures, errors, skipped });
  const begun = beginOf(result) ?? takenUs;
  // Without a zone: some readers take nothing else. It is UTC.
  const timestamp = formatTimestamp(begun).slice(0, 19);
  return `  <testsuite${head} time="${seconds(timeS)}"` +
    ` timestamp="${timestamp}">\n` +
    cases.map((one) => testcase(name, one)).join("") +
    `  </testsuite>\n`;
}

function beginOf({ snapshot }: Results): number | null {
  const begun = snapshot.sessions
    .map(({ view }) => parseTimestamp(view.status.started_at))
    // XML's dates know no year 0, and before 1970 nobody ran anything.
    .filter((us) => us !== null && us >= 0) as number[];
  return begun.length === 0
    ? null
    : begun.reduce((least, us) => Math.min(least, us));
}

function testcase(suiteName: string, one: Case): string {
  const { name, timeS, element, lines } = one;
  const head = `    <testcase name="${xml(name)}" classname="${
    xml(suiteName)
  }" time="${seconds(timeS)}"`;
  const events = lines.map((line) => `${xml(eventLine(line))}\n`).join("");
  const out = events === "" ? "" : `      <system-out>${events}</system-out>\n`;
  return element === "" && out === ""
    ? `${head}/>\n`
    : `${head}>\n${element}${out}    </testcase>\n`;
}

function caseOf(entry: ResultEntry, unfinished: Unfinished): Case {
  const { report, lines, grade } = entry;
  const isAccepted = grade === "unfinished" && unfinished === "accepted";
  const result = isAccepted
    ? "skipped"
    : grade === "unfinished"
    ? "error"
    : grade;
  const name = entry.sessionId === ""
    ? `(${entry.word})`
    : exactName(entry.sessionId);
  const timeS = report?.verdict.elapsed_s ?? 0;
  const element = result === "passed" ? "" : resultElement(result, entry);
  return { name, timeS, result, element, lines };
}

function resultElement(
  kind: "failure" | "error" | "skipped",
  { grade, word, message, failureDetails }: ResultEntry,
): string {
  const said = message === "" ? word : message;
  const shown = grade === "unfinished"
    ? `not finished: ${message === "" ? word : `${word}: ${message}`}`
    : said;
  const type = grade === "unfinished" ? "not finished" : word;
  return `      <${kind}${attributes({ type, message: shown })}>${
    xml(failureDetails === "" ? shown : `${shown}\n${failureDetails}`)
  }</${kind}>\n`;
}

function countsOf(cases: readonly Case[]): Counts {
  const count = (result: Case["result"]) =>
    cases.filter((one) => one.result === result).length;
  return {
    tests: cases.length,
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
    timeS: cases.reduce((sum, { timeS }) => sum + timeS, 0),
  };
}

function attributes(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${xml(String(value))}"`).join("");
}

function seconds(timeS: number): string {
  return timeS.toFixed(3);
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** All that XML 1.0 cannot hold, entities or not; line ends stay. */
const NO_XML =
  // deno-lint-ignore no-control-regex
  /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff]|\p{Cs}/gu;

/** Text for an attribute or an element. */
function xml(text: string): string {
  return text.replace(NO_XML, "\ufffd")
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
