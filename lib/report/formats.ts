/**
 * The formats of reports, each loaded when it is asked for. A formatter is a
 * pure function from accounts to text; writing the text is done elsewhere.
 */
import type { Results } from "./results.ts";
import type { ReportFormat } from "./format_names.ts";

/** What a report covers: the one workspace that was named, or all there are. */
export type Coverage = "one" | "all";

/** The whole text of a report. */
export type Formatter = (
  accounts: readonly Results[],
  coverage: Coverage,
) => string | Promise<string>;

/** One entry a format; another one is a line here and a name there. */
const FORMATS: Record<ReportFormat, () => Promise<Formatter>> = {
  junit: async () => (await import("./junit.ts")).junitReport,
  github: async () => (await import("./github.ts")).githubReport,
  markdown: async () => (await import("./markdown.ts")).markdownReport,
  openmetrics: async () => (await import("./openmetrics.ts")).openmetricsReport,
  json: async () => {
    const { summariesText, summaryText } = await import("./summary.ts");
    return (accounts, coverage) => {
      const snapshots = accounts.map(({ snapshot }) => snapshot);
      return coverage === "all"
        ? summariesText(snapshots)
        : summaryText(snapshots[0]!);
    };
  },
  text: async () => (await import("./plain.ts")).plainReport,
  html: async () => (await import("../web/html_report.ts")).htmlReport,
};

/** The formatter of a format. */
export function formatterOf(format: ReportFormat): Promise<Formatter> {
  return FORMATS[format]();
}

/**
 * Whose logs an account must have: `failed` for their dossiers, the last events
 * of `all`, or of all as much as a timeline takes (`long`).
 */
export type LogsWanted = "failed" | "all" | "long";

/** The formats that tell the last events of every session. */
const TELL_EVENTS: ReadonlySet<ReportFormat> = new Set(["junit"]);

/** What these formats together need of the logs. */
export function logsFor(formats: readonly ReportFormat[]): LogsWanted {
  if (formats.includes("html")) return "long";
  return formats.some((format) => TELL_EVENTS.has(format)) ? "all" : "failed";
}
