/** What a cleaning would remove, and what it has removed, for people. */
import type { CleaningCounts, WorkspaceCleaning } from "../session/cleaning.ts";
import { formatDuration } from "../session/duration.ts";
import { padToWidth, widthOf } from "./display.ts";
import { displayName } from "./sanitize.ts";

/** Longer names are shown whole, out of line: people agree to what they see. */
const NAME_WIDTH = 60;
const WORD_WIDTH = "unreadable".length;

/** One line of the list; the age in seconds, null where there is none. */
interface Row {
  name: string;
  word: string;
  ageS: number | null;
}

/** One line for each session, leftover and workspace; "" if there is none. */
export function cleaningText(cleanings: readonly WorkspaceCleaning[]): string {
  const rows = cleanings.flatMap(rowsOf);
  const width = rows.reduce(
    (most, { name }) => Math.max(most, Math.min(NAME_WIDTH, widthOf(name))),
    0,
  );
  return rows.map((row) => `  ${lineOf(row, width)}\n`).join("");
}

function rowsOf(cleaning: WorkspaceCleaning): Row[] {
  const workspace = displayName(cleaning.workspace);
  const rows: Row[] = cleaning.sessions.map(({ sessionId, state, ageS }) => ({
    name: `${workspace}/${displayName(sessionId)}`,
    word: state.replace("_", " "),
    ageS,
  }));
  for (const { name, ageS } of cleaning.leftovers) {
    rows.push({
      name: `${workspace}/${displayName(name)}`,
      word: "left over",
      ageS,
    });
  }
  if (cleaning.isEmptied) {
    rows.push({ name: `${workspace}/`, word: "empty", ageS: null });
  }
  return rows;
}

function lineOf({ name, word, ageS }: Row, width: number): string {
  const start = `${padToWidth(name, width)}  `;
  return ageS === null
    ? `${start}${word}`
    : `${start}${word.padEnd(WORD_WIDTH)}  ${formatDuration(ageS)} ago`;
}

/** Such as `12 sessions and 1 empty workspace`; `nothing` if it is none. */
export function countsText(counts: CleaningCounts): string {
  const parts = [
    plural(counts.sessions, "session"),
    plural(counts.leftovers, "leftover"),
    plural(counts.workspaces, "empty workspace"),
  ].filter((part) => part !== "");
  if (parts.length < 2) return parts[0] ?? "nothing";
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

function plural(count: number, what: string): string {
  return count === 0 ? "" : `${count} ${what}${count === 1 ? "" : "s"}`;
}
