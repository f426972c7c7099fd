/** `ptrack monitor watch`: the dashboard, live, until all are done. */
import { PLAIN_GOAL, type WaitGoal } from "../session/wait.ts";
import { awaitWorkspace } from "./monitor_arrival.ts";
import { follow } from "./monitor_follow.ts";
import { onlyWorkspace, type ViewRun } from "./monitor_request.ts";
import { statusCode } from "./monitor_status.ts";

/** Watches; 1 if a session is in a bad way at the end, else 0. */
export const runWatch: ViewRun = async (request, invocation) => {
  const announce = (text: string) => request.host.stderr.write(`${text}\n`);
  let workspace = await onlyWorkspace(request);
  if (workspace === null) {
    announce(`Waiting for a workspace to begin in ${request.store.location}`);
    workspace = await awaitWorkspace(request, Infinity);
  }
  const goal: WaitGoal = {
    ...PLAIN_GOAL,
    until: invocation.flag("forever") ? "never" : "all",
    // A workspace that is emptied, or goes, is waited for again.
    gone: "forgotten",
    // A workspace that does not exist yet is waited for.
    expect: request.selection.sessions.length > 0
      ? { kind: "sessions", ids: request.selection.sessions }
      : { kind: "count", count: 1 },
  };
  const { outcome, leaving } = await follow(request, {
    workspace: workspace ?? "",
    selection: request.selection,
    goal,
    timeoutMs: Infinity,
    print: "transitions and progress",
    announce,
  });
  if (leaving?.kind === "signal") return leaving.exitCode;
  if (outcome.reason !== "aborted") return outcome.exitCode;
  return outcome.snapshot === null ? 0 : statusCode([outcome.snapshot]);
};
