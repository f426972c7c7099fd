/** `ptrack monitor report`: sessions as others read them, once. */
import type { Results } from "../../report/results.ts";
import { readResults } from "./results.ts";
import type { Invocation } from "../../cli/command.ts";
import type { MonitorRequest, ViewRun } from "./request.ts";
import { lookOnce } from "./status.ts";
import {
  formatOf,
  logsNeeded,
  type ReportFormat,
} from "../../report/formats.ts";
import { checkOutput } from "./report_orders.ts";
import { writeReport } from "./report_output.ts";
import { complain } from "../../cli/messages.ts";

/** Writes a report; 0 when it is written. Throws NotFoundError. */
export const runReport: ViewRun = async (request, invocation) => {
  const format = readFormat(request, invocation);
  const output = checkOutput(invocation.text("output") ?? "-", "--output");
  const results: Results[] = [];
  for (const snapshot of await lookOnce(request)) {
    results.push(
      await readResults(request.store, snapshot, {
        missing: [],
        unfinished: "warning",
        logs: logsNeeded([format]),
      }),
    );
  }
  const coverage = request.workspace === null ? "all" : "one";
  await writeReport(request.platform, { format, output }, {
    results,
    coverage,
  });
  return 0;
};

function readFormat(
  { json }: MonitorRequest,
  invocation: Invocation,
): ReportFormat {
  const name = invocation.text("format");
  if (json && name !== null && name !== "json") {
    throw complain("monitor report", "choose --json or --format");
  }
  return formatOf(name ?? (json ? "json" : "text"))!;
}
