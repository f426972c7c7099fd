/** `ptrack monitor list`: the workspaces with their counts. */
import { workspacesText } from "../../report/dashboard.ts";
import { workspacesJson } from "../../report/summary.ts";
import { nothingThere, type ViewRun } from "./request.ts";

/** Lists the workspaces. Throws NotFoundError if there is none. */
export const runList: ViewRun = async (request) => {
  const { monitoring, workspace, selection, store, platform } = request;
  const all = await monitoring.snapshots(selection);
  const snapshots = all.filter((one) =>
    workspace === null || one.workspace === workspace
  );
  if (snapshots.length === 0) throw await nothingThere(store, workspace);
  const print = request.json ? workspacesJson : workspacesText;
  platform.stdout.write(print(snapshots));
  return 0;
};
