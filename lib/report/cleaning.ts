/** What a cleaning would remove, and what it has removed, for people. */
import type { WorkspaceCleaning } from "../session/cleaning.ts";
import { formatDuration } from "../session/times.ts";
import { padToWidth, widthOf } from "./display.ts";
import { displayName } from "./sanitize.ts";

/** Longer names are shown whole, out of line: people agree to what they see. */
const NAME_WIDTH = 60;
const STATE_WIDTH = "unreadable".length;

/** One line for each session, leftover and workspace; "" if there is none. */
export function cleaningText(cleanings: readonly WorkspaceCleaning[]): string {
  const rows = cleanings.flatMap(rowsOf);
  const width = rows.reduce(
    (most, [name]) => Math.max(most, Math.min(NAME_WIDTH, widthOf(name))),
    0,
  );
  return rows.map(([name, what]) => `  ${padToWidth(name, width)}  ${what}\n`)
    .join("");
}

function rowsOf(
  { workspace, candidates, isEmptied }: WorkspaceCleaning,
): [name: string, what: string][] {
  const place = displayName(workspace);
  const rows = candidates.map(
    ({ sessionId, state, ageS }): [string, string] => {
      const word = state.replace("_", " ").padEnd(STATE_WIDTH);
      const what = `${word}  ${formatDuration(ageS)} ago`;
      return [`${place}/${displayName(sessionId)}`, what];
    },
  );
  return isEmptied ? [...rows, [`${place}/`, "empty"]] : rows;
}

/** Such as `12 sessions and 1 empty workspace`; `nothing` if there is none. */
export function countsText(cleanings: readonly WorkspaceCleaning[]): string {
  const states = cleanings.flatMap(({ candidates }) =>
    candidates.map(({ state }) => state)
  );
  const leftovers = states.filter((state) => state === "left over").length;
  const emptied = cleanings.filter(({ isEmptied }) => isEmptied).length;
  const parts = [
    plural(states.length - leftovers, "session"),
    plural(leftovers, "leftover"),
    plural(emptied, "empty workspace"),
  ].filter((part) => part !== "");
  if (parts.length < 2) return parts[0] ?? "nothing";
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

function plural(count: number, what: string): string {
  return count === 0 ? "" : `${count} ${what}${count === 1 ? "" : "s"}`;
}
