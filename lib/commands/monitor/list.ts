/** `ptrack monitor list`: the workspaces with their counts. */
import type { Command } from "../../cli/command.ts";
import { workspacesText } from "../../report/dashboard.ts";
import { workspacesJson } from "../../report/summary.ts";
import { nothingThere } from "../not_found.ts";
import {
  ERROR_CODES,
  openMonitor,
  POLL_INTERVAL,
  readRequest,
  SELECTION,
} from "./request.ts";

export const command: Command = {
  name: "monitor list",
  summary: "List the workspaces with their counts",
  options: [{ name: "json", help: "Print JSON" }, ...SELECTION],
  ignored: [POLL_INTERVAL],
  examples: [["ptrack list", "all workspaces"]],
  exitCodes: [[0, "listed"], ...ERROR_CODES],
  async run(platform, invocation) {
    const request = readRequest(platform, invocation);
    const { workspace, selection, store } = request;
    const monitor = await openMonitor(request, workspace);
    const snapshots = await monitor.snapshots(selection);
    if (snapshots.length === 0) throw await nothingThere(store, workspace);
    const print = request.json ? workspacesJson : workspacesText;
    platform.stdout.write(print(snapshots));
    return 0;
  },
};
