/** `ptrack monitor report`: the sessions for CI and other programs, once. */
import { usageError } from "../../errors.ts";
import type { Command } from "../../cli/command.ts";
import { formatOf, logsNeeded, REPORT_FORMATS } from "../../report/formats.ts";
import type { Results } from "../../report/results.ts";
import { checkOutput, writeReport } from "./report_output.ts";
import {
  ERROR_CODES,
  POLL_INTERVAL,
  readRequest,
  SELECTION,
  takeSnapshots,
} from "./request.ts";
import { DEPTH, readDepth, readResults } from "./read_results.ts";

export const command: Command = {
  name: "monitor report",
  summary: "Print the sessions for CI and other programs",
  options: [
    {
      name: "format",
      value: "FORMAT",
      choices: REPORT_FORMATS,
      help: `${REPORT_FORMATS.join(", ")} (text)`,
    },
    { name: "json", help: "The same as --format json" },
    {
      name: "output",
      value: "FILE",
      help: "Where the report goes; - is standard output (-)",
    },
    ...DEPTH,
    ...SELECTION,
  ],
  ignored: [POLL_INTERVAL],
  details: [
    "Without -w, it reports on every workspace. ptrack wait --report writes " +
    "the same at the end of a wait.",
  ],
  examples: [
    ["ptrack report -w adrs --format markdown", "a table, for people"],
    [
      "ptrack report --format junit --output report.xml",
      "a test report on all workspaces",
    ],
  ],
  exitCodes: [[0, "written, whatever it says"], ...ERROR_CODES],
  async run(platform, invocation) {
    const request = readRequest(platform, invocation);
    const { store, workspace, json } = request;
    const name = invocation.text("format");
    if (json && name !== null && name !== "json") {
      throw usageError("monitor report", "choose --json or --format");
    }
    const format = formatOf(name ?? (json ? "json" : "text"))!;
    const output = checkOutput(invocation.text("output") ?? "-", "--output");
    const wanted = {
      missing: [],
      unfinished: "warning",
      logs: logsNeeded([format]),
      batch: request.selection.batch,
      ...readDepth(invocation),
    } as const;
    const results: Results[] = [];
    for (const snapshot of await takeSnapshots(request)) {
      results.push(await readResults(store, snapshot, wanted));
    }
    const coverage = workspace === null ? "all" : "one";
    await writeReport(platform, { format, output }, { results, coverage });
    return 0;
  },
};
