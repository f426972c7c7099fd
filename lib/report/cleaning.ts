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
  const rows = cleanings.flatMap(({ workspace, candidates, isEmptied }) => {
    const place = displayName(workspace);
    const sessions = candidates.map(({ sessionId, state, ageS }) => {
      const word = state.replace("_", " ").padEnd(STATE_WIDTH);
      const what = `${word}  ${formatDuration(ageS)} ago`;
      return { name: `${place}/${displayName(sessionId)}`, what };
    });
    return isEmptied
      ? [...sessions, { name: `${place}/`, what: "empty" }]
      : sessions;
  });
  const widths = rows.map(({ name }) => Math.min(NAME_WIDTH, widthOf(name)));
  const width = widths.reduce((a, b) => Math.max(a, b), 0);
  return rows.map(({ name, what }) => `  ${padToWidth(name, width)}  ${what}\n`)
    .join("");
}

/** Such as `12 sessions and 1 empty workspace`; `nothing` if there is none. */
export function countsText(cleanings: readonly WorkspaceCleaning[]): string {
  const states = cleanings.flatMap(({ candidates }) =>
    candidates.map(({ state }) => state)
  );
  const leftovers = states.filter((state) => state === "left over").length;
  const parts = Object.entries({
    session: states.length - leftovers,
    leftover: leftovers,
    "empty workspace": cleanings.filter((one) => one.isEmptied).length,
  }).filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}${count === 1 ? "" : "s"}`);
  if (parts.length < 2) return parts[0] ?? "nothing";
  return `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
