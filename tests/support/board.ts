/** Dashboards for tests of the live view. */
import type { Board } from "../../lib/watch/view.ts";

/** A line that parts the head, the sessions and the foot. */
export const RULE = `  ${"-".repeat(55)}`;

/** A dashboard of so many sessions, in the shape of the real one. */
export function board(
  sessions: number,
  foot = "Polled at: now",
  height = 1,
): Board {
  return {
    title: "",
    heights: Array.from({ length: sessions }, () => height),
    paint(columns, { first, end }) {
      const rows = [];
      for (let at = first; at < end; at++) {
        rows.push(`  [~] s${at}`);
        if (height > 1) rows.push(`      error of s${at}`);
      }
      return [
        "",
        "  Dashboard: w",
        `  ${"=".repeat(55)}`,
        `  Total: ${sessions}`,
        RULE,
        ...rows,
        RULE,
        `  ${foot}, ${columns} columns`,
        "",
      ].join("\n");
    },
  };
}
