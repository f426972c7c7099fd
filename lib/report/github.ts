/**
 * Workflow commands of GitHub Actions: an error, a warning or a notice for a
 * session. Escaped, so that no text of a session is a command of its own.
 */
import {
  countsText,
  flakyText,
  isFlaky,
  resultEntries,
  type ResultEntry,
  type Results,
  spoken,
  workspaceTitle,
} from "./results.ts";
import { exactName } from "./json.ts";

type Level = "error" | "warning" | "notice";

/** The report `github`: one line per annotation. */
export function githubReport(results: readonly Results[]): string {
  return results.flatMap(annotations).map((line) => `${line}\n`).join("");
}

function annotations(results: Results): string[] {
  const name = workspaceTitle(results);
  const entries = resultEntries(results);
  const lines = entries.flatMap((entry) => {
    const { sessionId, word } = entry;
    const level = levelOf(entry, results.unfinished);
    const session = sessionId === "" ? "" : `${exactName(sessionId)} `;
    const how = isFlaky(entry) ? "flaky" : spoken(word);
    const title = `${name}: ${session}${how}`;
    return level === null ? [] : [command(level, title, textOf(entry))];
  });
  return [...lines, command("notice", name, countsText(entries))];
}

function levelOf(
  entry: ResultEntry,
  unfinished: Results["unfinished"],
): Level | null {
  const { grade, word } = entry;
  if (grade === "passed") return isFlaky(entry) ? "warning" : null;
  if (grade !== "unfinished" || unfinished === "error") return "error";
  const isWorthAWarning = word === "waiting" || word === "stale";
  return unfinished === "warning" && isWorthAWarning ? "warning" : null;
}

function textOf(entry: ResultEntry): string {
  const { grade, word, message, failureDetails, hasWholeStory } = entry;
  if (isFlaky(entry)) return flakyText(entry);
  if (hasWholeStory) return failureDetails.trim();
  const said = message === "" ? spoken(word) : message;
  const head = grade === "unfinished" ? `not finished: ${said}` : said;
  return failureDetails === "" ? head : `${head}\n${failureDetails.trimEnd()}`;
}

function command(level: Level, title: string, message: string): string {
  const property = data(title).replaceAll(":", "%3A").replaceAll(",", "%2C");
  return `::${level} title=${property}::${data(message)}`;
}

/** Escapes what the runner unescapes. */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D")
    .replaceAll("\n", "%0A");
}
