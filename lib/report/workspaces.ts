/** The workspaces with their counts: a table for people, JSON for programs. */
import type { Snapshot, Totals } from "../session/types.ts";
import { cutToWidth, padToWidth, widthOf } from "./display.ts";
import { displayName } from "./sanitize.ts";
import { jsonText } from "./json.ts";
import { summaryCounts } from "./summary.ts";

const NAME_WIDTH = { least: 20, most: 40 };

/** A column of counts; `rare` ones are shown only where one is not nought. */
interface Count {
  title: string;
  key: keyof Totals;
  rare: boolean;
}

const COUNTS: readonly Count[] = [
  { title: "Total", key: "total", rare: false },
  { title: "Running", key: "running", rare: false },
  { title: "Done", key: "completed", rare: false },
  { title: "Failed", key: "failed", rare: false },
  { title: "Timed Out", key: "timed_out", rare: false },
  { title: "Stale", key: "stale", rare: false },
  { title: "Pending", key: "pending", rare: true },
  { title: "Waiting", key: "waiting", rare: true },
  { title: "Crashed", key: "crashed", rare: true },
  { title: "Unreadable", key: "unreadable", rare: true },
];

/** A table with one line a workspace; "" if there is none. */
export function workspacesText(snapshots: readonly Snapshot[]): string {
  if (snapshots.length === 0) return "";
  const counts = COUNTS.filter(({ key, rare }) =>
    !rare || snapshots.some(({ totals }) => totals[key] > 0)
  );
  const names = snapshots.map(({ workspace }) =>
    cutToWidth(displayName(workspace), NAME_WIDTH.most, "…")
  );
  const width = Math.max(NAME_WIDTH.least, ...names.map(widthOf));
  const head = row(
    padToWidth("Workspace", width),
    counts,
    ({ title }) => title,
  );
  const rows = snapshots.map(({ totals }, index) =>
    row(padToWidth(names[index]!, width), counts, ({ key }) => `${totals[key]}`)
  );
  return [head, ...rows].join("");
}

function row(
  name: string,
  counts: readonly Count[],
  cell: (count: Count) => string,
): string {
  const cells = counts.map((count) =>
    cell(count).padStart(Math.max(5, count.title.length))
  );
  return `  ${[name, ...cells].join("  ")}\n`;
}

/** `{"workspaces": […]}`, each with the counts of the summary. */
export function workspacesJson(
  snapshots: readonly Snapshot[],
  indent: number = 2,
): string {
  return jsonText({ workspaces: snapshots.map(summaryCounts) }, indent);
}
