/** Dashboards for tests of the live view. */
import type { Board } from "../../lib/watch/view.ts";

/** A dashboard of so many sessions, in the shape of the real one. */
export function board(
  sessions: number,
  foot = "Polled at: now",
  height = 1,
): Board {
  const rule = `  ${"-".repeat(55)}`;
  return {
    title: "",
    heights: Array.from({ length: sessions }, () => height),
    paint(columns, { first, end }) {
      const rows = [];
      for (let at = first; at < end; at++) {
        rows.push(`  [~] s${at}`);
        if (height > 1) rows.push(`      error of s${at}`);
      }
      const total = `  Total: ${sessions}`;
      return {
        head: ["  Dashboard: w", `  ${"=".repeat(55)}`, total, rule],
        rows,
        foot: [rule, `  ${foot}, ${columns} columns`],
      };
    },
  };
}
