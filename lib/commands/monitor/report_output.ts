/**
 * Which reports are asked for, and where they go: to standard output, or to a
 * file that is replaced whole, so that nobody ever reads half of one. Links are
 * followed, and missing directories are made.
 */
import { variable } from "../../cli/options.ts";
import {
  PtrackError,
  StorageError,
  storageError,
  valueError,
  warn,
} from "../../errors.ts";
import type { Platform } from "../../platform/platform.ts";
import {
  formatOf,
  type Formatter,
  FORMATTERS,
  REPORT_FORMATS,
  type ReportFormat,
} from "../../report/formats.ts";
import type { Coverage, Results } from "../../report/results.ts";
import { removeTextFile, writeTextFile } from "../../setup/text_file.ts";

export interface ReportTarget {
  format: ReportFormat;
  /** A path; `-` is standard output. */
  output: string;
}

/** The targets of `--report FORMAT=FILE`. Throws UsageError. */
export function readReportTargets(texts: readonly string[]): ReportTarget[] {
  return texts.map((text) => {
    const at = text.indexOf("=");
    const format = formatOf(at < 0 ? text : text.slice(0, at));
    if (at > 0 && format !== null) {
      return { format, output: checkOutput(text.slice(at + 1), "--report") };
    }
    const expected = "it is FORMAT=FILE, such as junit=report.xml; formats are";
    const formats = REPORT_FORMATS.join(", ");
    throw valueError(text, "--report", `${expected} ${formats}`);
  });
}

/** A path that can be a file's; `-` is standard output. Throws UsageError. */
export function checkOutput(path: string, where: string): string {
  if (path === "/dev/stdout") return "-";
  // A file behind a descriptor can only be replaced by what opened it.
  const isFile = !path.endsWith("/") && !/^\/(dev\/(fd|std)|proc\/)/.test(path);
  if (path !== "" && isFile && !path.includes("\0")) return path;
  throw valueError(path, where, "it is the path of a file, or - for stdout");
}

const FORMATS: Record<ReportFormat, () => Promise<Formatter>> = {
  ...FORMATTERS,
  html: async () => (await import("../../web/html_report.ts")).htmlReport,
};

/** Formats and writes one report. Throws StorageError. */
export async function writeReport(
  platform: Platform,
  { format, output }: ReportTarget,
  { results, coverage }: { results: readonly Results[]; coverage: Coverage },
): Promise<void> {
  const formatter = await FORMATS[format]();
  const text = await formatter(results, coverage);
  if (output === "-") platform.stdout.write(text);
  else replaceFile(platform, output, text);
  if (format === "github") await appendStepSummary(platform, results);
}

/** Removes an earlier report, if it can: it tells of another time. */
export function removeReport(
  platform: Platform,
  { output }: ReportTarget,
): void {
  if (output === "-") return;
  try {
    const isFile = platform.files.inspectTarget(output)?.kind === "file";
    if (isFile) removeTextFile(platform, output);
  } catch {
    // Writing the new report replaces it, or says why that is impossible.
  }
}

function replaceFile(platform: Platform, path: string, text: string): void {
  try {
    // Keeps permissions, links, and what is no file, such as /dev/null.
    writeTextFile(platform, path, text);
  } catch (error) {
    if (!(error instanceof PtrackError)) throw error;
    throw new StorageError(error.message, { cause: error });
  }
}

/** One that is larger is lost as a whole; its limit is 1 MiB. */
const SUMMARY_LIMIT = 1_048_000;

/** What GitHub Actions shows on the page of a run; nothing elsewhere. */
async function appendStepSummary(
  platform: Platform,
  results: readonly Results[],
): Promise<void> {
  const path = variable(platform, "GITHUB_STEP_SUMMARY");
  if (path === null) return;
  const { markdownWithin } = await import("../../report/markdown.ts");
  try {
    const size = platform.files.inspectTarget(path)?.size ?? 0;
    const text = markdownWithin(results, SUMMARY_LIMIT - size);
    if (text === "") {
      warn(platform, `Cannot add to the step summary "${path}": it is full`);
      return;
    }
    const file = platform.files.open(path, "create");
    try {
      let left = new TextEncoder().encode(`${text}\n`);
      while (left.length > 0) left = left.subarray(file.append(left));
    } finally {
      file.close();
    }
  } catch (error) {
    throw storageError(`Cannot write the step summary "${path}"`, error);
  }
}
