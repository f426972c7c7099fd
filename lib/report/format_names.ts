/** The names of the formats of reports: data for the table and for parsing. */

/** Each format, in the order in which help names them. */
export const REPORT_FORMATS = [
  "text",
  "json",
  "junit",
  "github",
  "markdown",
  "openmetrics",
  "html",
] as const;

/** A format of a report. */
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** The format of that name; null if there is none. */
export function formatOf(name: string): ReportFormat | null {
  return REPORT_FORMATS.find((format) => format === name) ?? null;
}
