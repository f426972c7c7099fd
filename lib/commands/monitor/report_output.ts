/**
 * Where reports go: standard output, or a file that is replaced whole, so that
 * nobody ever reads half of one. The directories it is in are made.
 */
import { explain, PtrackError, StorageError } from "../../errors.ts";
import type { Platform } from "../../platform/platform.ts";
import type { Coverage, Results } from "../../report/results.ts";
import { removeTextFile, writeTextFile } from "../../setup/text_file.ts";
import { variable } from "../../cli/settings.ts";
import {
  type Formatter,
  FORMATTERS,
  type ReportFormat,
} from "../../report/formats.ts";
import type { ReportOrder } from "./report_orders.ts";

/** What a report tells of. */
export interface ReportContent {
  results: readonly Results[];
  coverage: Coverage;
}

/** Each format, loaded when it is asked for. */
const FORMATS: Record<ReportFormat, () => Promise<Formatter>> = {
  ...FORMATTERS,
  html: async () => (await import("../../web/html_report.ts")).htmlReport,
};

/** Formats and writes one report. Throws StorageError. */
export async function writeReport(
  platform: Platform,
  { format, output }: ReportOrder,
  { results, coverage }: ReportContent,
): Promise<void> {
  const formatter = await FORMATS[format]();
  const text = await formatter(results, coverage);
  if (output === "-") platform.stdout.write(text);
  else writeWhole(platform, output, text);
  if (format === "github") await writeStepSummary(platform, results);
}

/** Removes an earlier report, as far as that goes: it tells of another time. */
export function removeReport(
  platform: Platform,
  { output }: ReportOrder,
): void {
  if (output === "-") return;
  try {
    const there = platform.files.inspectTarget(output);
    if (there?.kind !== "file") return;
    removeTextFile(platform, output, { upTo: output });
  } catch {
    // Then it is replaced at the end, or told that it cannot be.
  }
}

function writeWhole(platform: Platform, path: string, text: string): void {
  try {
    // A file that is not ours keeps its permissions, and the links to it; what
    // is no file, such as /dev/null, stays what it is.
    writeTextFile(platform, path, text);
  } catch (error) {
    if (!(error instanceof PtrackError)) throw error;
    throw new StorageError(error.message, { cause: error });
  }
}

/** What GitHub Actions shows on the page of a run; nothing elsewhere. */
async function writeStepSummary(
  platform: Platform,
  results: readonly Results[],
): Promise<void> {
  const path = variable(platform, "GITHUB_STEP_SUMMARY");
  if (path === null) return;
  const formatter = await FORMATS.markdown();
  const text = await formatter(results, "all");
  try {
    const file = platform.files.open(path, "create");
    try {
      let left = new TextEncoder().encode(`${text}\n`);
      while (left.length > 0) left = left.subarray(file.append(left));
    } finally {
      file.close();
    }
  } catch (error) {
    throw cannotWrite(`the step summary "${path}"`, error);
  }
}

function cannotWrite(what: string, error: unknown): StorageError {
  return new StorageError(`Cannot write ${what}: ${explain(error)}`, {
    cause: error,
  });
}
