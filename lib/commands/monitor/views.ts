/** `ptrack monitor`: loads and runs the view that was asked for. */
import type { Platform } from "../../platform/platform.ts";
import type { Invocation, Run } from "../../cli/invocation.ts";
import { readRequest, type ViewRun } from "./request.ts";

const VIEWS: Record<string, () => Promise<ViewRun>> = {
  status: async () => (await import("./status.ts")).runStatus,
  report: async () => (await import("./report.ts")).runReport,
  watch: async () => (await import("./watch.ts")).runWatch,
  follow: async () => (await import("./watch.ts")).runFollow,
  wait: async () => (await import("./wait.ts")).runWait,
  log: async () => (await import("./log.ts")).runLog,
  serve: async () => (await import("./serve.ts")).runServe,
  list: async () => (await import("./list.ts")).runList,
};

/** Runs a view of `ptrack monitor`; returns the exit code. */
export const runMonitor: Run = async (
  platform: Platform,
  invocation: Invocation,
): Promise<number> => {
  const run = await (VIEWS[invocation.view] ?? VIEWS["status"]!)();
  return run(readRequest(platform, invocation), invocation);
};
