/** The formats of reports: their names, what makes each, and what it needs. */
import type { Coverage, Results } from "./results.ts";

/** Makes the whole text of a report. */
export type Formatter = (
  results: readonly Results[],
  coverage: Coverage,
) => string | Promise<string>;

/** The formatters that are pure; `html` needs the page of lib/web besides. */
export const FORMATTERS = {
  text: async () => (await import("./text.ts")).textReport,
  json: async () => (await import("./summary.ts")).jsonReport,
  junit: async () => (await import("./junit.ts")).junitReport,
  github: async () => (await import("./github.ts")).githubReport,
  markdown: async () => (await import("./markdown.ts")).markdownReport,
  openmetrics: async () => (await import("./openmetrics.ts")).openmetricsReport,
} satisfies Record<string, () => Promise<Formatter>>;

export type ReportFormat = keyof typeof FORMATTERS | "html";

/** Each format, in the order in which help names them. */
export const REPORT_FORMATS = [...Object.keys(FORMATTERS), "html"] as const;

/** The format of that name; null if there is none. */
export function formatOf(name: string): ReportFormat | null {
  return REPORT_FORMATS.includes(name) ? name as ReportFormat : null;
}

/**
 * The last events of sessions that `failed`, perhaps in a try before the last,
 * of `all`, or many of all (`long`).
 */
export type LogsNeeded = "failed" | "all" | "long";

/** What these formats together need of the logs. */
export function logsNeeded(formats: readonly ReportFormat[]): LogsNeeded {
  if (formats.includes("html")) return "long";
  return formats.includes("junit") ? "all" : "failed";
}
