/** What `--report FORMAT=FILE` asks for. */
import type { Invocation } from "../../cli/command.ts";
import {
  formatOf,
  REPORT_FORMATS,
  type ReportFormat,
} from "../../report/formats.ts";
import { badValue } from "../../cli/messages.ts";

/** One report to write. */
export interface ReportOrder {
  format: ReportFormat;
  /** A path; `-` is standard output. */
  output: string;
}

/** All reports that are asked for. Throws UsageError. */
export function readReportOrders(invocation: Invocation): ReportOrder[] {
  return invocation.list("report").map((text) => {
    const at = text.indexOf("=");
    const format = formatOf(at < 0 ? text : text.slice(0, at));
    if (at > 0 && format !== null) {
      return { format, output: checkOutput(text.slice(at + 1), "--report") };
    }
    throw badValue(
      text,
      "--report",
      `it is FORMAT=FILE, such as junit=report.xml; formats are ${
        REPORT_FORMATS.join(", ")
      }`,
    );
  });
}

/** A path that can be a file's; `-` is standard output. Throws UsageError. */
export function checkOutput(path: string, where: string): string {
  if (path === "/dev/stdout") return "-";
  // Behind a descriptor may be a file, which only its opener can replace.
  const isFile = !path.endsWith("/") && !/^\/(dev\/(fd|std)|proc\/)/.test(path);
  if (path !== "" && isFile && !path.includes("\0")) return path;
  throw badValue(path, where, "it is the path of a file, or - for stdout");
}
