/**
 * Where reports go: standard output, or a file that is replaced whole, so that
 * nobody ever reads half of one. The directories it is in are made.
 */
import { explain, PtrackError, StorageError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import type { Account } from "../report/account.ts";
import { removeTextFile, writeTextFile } from "../setup/text_file.ts";
import { variable } from "./environment.ts";
import { type Coverage, formatterOf } from "./report_formats.ts";
import type { ReportOrder } from "./report_orders.ts";

/** What a report tells of. */
export interface ReportContent {
  accounts: readonly Account[];
  coverage: Coverage;
}

/** Formats and writes one report. Throws StorageError. */
export async function writeReport(
  host: Host,
  { format, output }: ReportOrder,
  { accounts, coverage }: ReportContent,
): Promise<void> {
  const formatter = await formatterOf(format);
  const text = await formatter(accounts, coverage);
  if (output === "-") host.stdout.write(text);
  else writeWhole(host, output, text);
  if (format === "github") await writeStepSummary(host, accounts);
}

/** Removes an earlier report, as far as that goes: it tells of another time. */
export function removeReport(host: Host, { output }: ReportOrder): void {
  if (output === "-") return;
  try {
    const there = host.files.inspectTarget(output);
    if (there?.kind !== "file") return;
    removeTextFile(host, output, { upTo: output });
  } catch {
    // Then it is replaced at the end, or told that it cannot be.
  }
}

function writeWhole(host: Host, path: string, text: string): void {
  try {
    // A file that is not ours keeps its permissions, and the links to it; what
    // is no file, such as /dev/null, stays what it is.
    writeTextFile(host, path, text);
  } catch (error) {
    if (!(error instanceof PtrackError)) throw error;
    throw new StorageError(error.message, { cause: error });
  }
}

/** What GitHub Actions shows on the page of a run; nothing elsewhere. */
async function writeStepSummary(
  host: Host,
  accounts: readonly Account[],
): Promise<void> {
  const path = variable(host, "GITHUB_STEP_SUMMARY");
  if (path === null) return;
  const formatter = await formatterOf("markdown");
  const text = await formatter(accounts, "all");
  try {
    const file = host.files.open(path, "create");
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
