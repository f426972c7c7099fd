/** `ptrack monitor`: loads and runs the view that was asked for. */
import type { Host } from "../host/host.ts";
import type { Invocation, Run } from "./invocation.ts";
import { readRequest, type ViewRun } from "./monitor_request.ts";

const VIEWS: Record<string, () => Promise<ViewRun>> = {
  status: async () => (await import("./monitor_status.ts")).runStatus,
  report: async () => (await import("./monitor_report.ts")).runReport,
  watch: async () => (await import("./monitor_watch.ts")).runWatch,
  follow: async () => (await import("./monitor_watch.ts")).runFollow,
  wait: async () => (await import("./monitor_wait.ts")).runWait,
  log: async () => (await import("./monitor_log.ts")).runLog,
  serve: async () => (await import("./monitor_serve.ts")).runServe,
  list: async () => (await import("./monitor_list.ts")).runList,
};

/** Runs a view of `ptrack monitor`; returns the exit code. */
export const runMonitor: Run = async (
  host: Host,
  invocation: Invocation,
): Promise<number> => {
  const run = await (VIEWS[invocation.view] ?? VIEWS["status"]!)();
  return run(readRequest(host, invocation), invocation);
};
