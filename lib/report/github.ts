/**
 * Workflow commands of GitHub Actions: an error for each session that failed, a
 * warning for each that waits or is stale, a notice with the counts. Escaped so
 * that no text of a session is a command of its own.
 */
import {
  countsText,
  resultEntries,
  type ResultEntry,
  type Results,
} from "./results.ts";
import { exactName } from "./exact_name.ts";

type Level = "error" | "warning" | "notice";

/** One line an annotation; "" if there is nothing to say at all. */
export function githubReport(results: readonly Results[]): string {
  return results.flatMap(annotations).map((line) => `${line}\n`).join("");
}

function annotations(result: Results): string[] {
  const { workspace } = result.snapshot;
  const name = workspace === "" ? "ptrack" : exactName(workspace);
  const entries = resultEntries(result);
  const lines = entries.flatMap((entry) => {
    const level = levelOf(result, entry);
    if (level === null) return [];
    const session = entry.sessionId === ""
      ? ""
      : `${exactName(entry.sessionId)} `;
    const word = entry.word.replace("_", " ");
    const title = `${name}: ${session}${word}`;
    return [command(level, title, textOf(entry))];
  });
  return [...lines, command("notice", name, countsText(entries))];
}

function levelOf(result: Results, { grade, word }: ResultEntry): Level | null {
  if (grade === "passed") return null;
  if (grade !== "unfinished") return "error";
  if (result.unfinished !== "warning") {
    return result.unfinished === "error" ? "error" : null;
  }
  return word === "waiting" || word === "stale" ? "warning" : null;
}

function textOf(
  { grade, word, message, failureDetails }: ResultEntry,
): string {
  const said = message === "" ? word.replace("_", " ") : message;
  const head = grade === "unfinished" ? `not finished: ${said}` : said;
  return failureDetails === "" ? head : `${head}\n${failureDetails.trimEnd()}`;
}

function command(level: Level, title: string, message: string): string {
  return `::${level} title=${property(title)}::${data(message)}`;
}

/** What comes after the second `::`, as the runner unescapes it. */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D")
    .replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
