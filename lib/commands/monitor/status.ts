/** `ptrack monitor status`: the dashboard, or the summary as JSON, once. */
import type { Command } from "../../cli/command.ts";
import { OutputClosedError } from "../../errors.ts";
import { isBad } from "../../session/snapshot.ts";
import type { Snapshot } from "../../session/types.ts";
import {
  ERROR_CODES,
  type MonitorRequest,
  POLL_INTERVAL,
  readRequest,
  SELECTION,
  takeSnapshots,
} from "./request.ts";

export const command: Command = {
  name: "monitor status",
  summary: "Show the dashboard once",
  options: [
    { name: "json", help: "Print the summary as JSON" },
    {
      name: "waiting-count",
      help: "Print only how many sessions wait for somebody",
    },
    ...SELECTION,
  ],
  ignored: [POLL_INTERVAL],
  details: [
    "Without -w, it shows every workspace. A limit given here comes before " +
    "the session's own.",
    "With --json or --waiting-count, the exit code does not depend on states.",
  ],
  examples: [
    ["ptrack monitor -w adrs --json", "the summary, for programs"],
    ["ptrack monitor --waiting-count", "a number, for a prompt or status bar"],
  ],
  exitCodes: [
    [0, "no session is in a bad state"],
    [1, "a session failed, timed out, crashed or is unreadable"],
    ...ERROR_CODES,
  ],
  async run(platform, invocation) {
    const request = readRequest(platform, invocation);
    if (invocation.flag("waiting-count")) return await printCount(request);
    const { sessions, batch } = request.selection;
    const isWhole = sessions.length === 0 && batch === null;
    if (request.json && isWhole) {
      await (await import("./summary.ts")).printSummary(request);
      return 0;
    }
    const snapshots = await takeSnapshots(request);
    const { stdout } = platform;
    if (request.json) {
      const { summaryText } = await import("../../report/summary.ts");
      const coverage = request.workspace === null ? "all" : "one";
      stdout.write(summaryText(snapshots, coverage));
      return 0;
    }
    const { dashboards } = await import("../../report/dashboard.ts");
    const columns = stdout.size()?.columns ?? null;
    const text = dashboards(snapshots, { columns, color: request.colored });
    try {
      stdout.write(text);
    } catch (error) {
      // A reader of the top alone still learns the state from the exit code.
      if (!(error instanceof OutputClosedError)) throw error;
    }
    return statusCode(snapshots);
  },
};

/** For prompts and status bars: where nothing is recorded nothing waits. */
async function printCount(request: MonitorRequest): Promise<number> {
  const { workspace, store } = request;
  const isNothing = workspace === null &&
    (await store.workspaces()).length === 0;
  const snapshots = isNothing ? [] : await takeSnapshots(request);
  const count = snapshots.reduce((sum, { totals }) => sum + totals.waiting, 0);
  request.platform.stdout.write(`${count}\n`);
  return 0;
}

/** 1 if any session failed, timed out, crashed or is unreadable, else 0. */
export function statusCode(snapshots: readonly Snapshot[]): number {
  const sessions = snapshots.flatMap(({ sessions }) => sessions);
  return sessions.some(({ verdict }) => isBad(verdict)) ? 1 : 0;
}
