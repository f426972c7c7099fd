/** `ptrack monitor list`: the workspaces with their counts. */
import { workspacesJson, workspacesText } from "../report/workspaces.ts";
import { nothingThere, type ViewRun } from "./monitor_request.ts";

/** Lists the workspaces. Throws NotFoundError if there is none. */
export const runList: ViewRun = async (request) => {
  const { monitoring, workspace, selection, store, host } = request;
  const all = await monitoring.snapshots(selection);
  const snapshots = all.filter((one) =>
    workspace === null || one.workspace === workspace
  );
  if (snapshots.length === 0) throw await nothingThere(store, workspace);
  const print = request.json ? workspacesJson : workspacesText;
  host.stdout.write(print(snapshots));
  return 0;
};
