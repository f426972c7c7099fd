/**
 * ptrack as a library: report a session from TypeScript, and watch sessions,
 * under Deno, Bun and Node. It shares all files with the `ptrack` command.
 *
 * ```ts
 * import { SessionTracker } from "@ptrack/ptrack";
 *
 * const tracker = new SessionTracker({ sessionId: "adr-01", workspace: "adrs" });
 * await tracker.run(async (t) => {
 *   await t.heartbeat({ progressPct: 50, message: "Drafting" });
 * }, { description: "ADR-001: Authentication strategy" });
 * ```
 *
 * @module
 */
import { checkTrackerOptions, checkVerb } from "./arguments.ts";
import { openLinuxAccess } from "./platform/linux_files.ts";
import { openPlatform } from "./platform/node.ts";
import { nodeAccess } from "./platform/node_files.ts";
import { setMonitorContext } from "./monitor.ts";
import { openStore } from "./store/open.ts";
import { setTrackerContext } from "./tracker.ts";

export {
  NotFoundError,
  OutputClosedError,
  PtrackError,
  RefusedError,
  StorageError,
  UsageError,
} from "./errors.ts";
export { InterruptedError } from "./run_interruption.ts";
export { SessionTracker } from "./tracker.ts";
export type {
  HeartbeatOptions,
  RunOptions,
  SessionCompleteOptions,
  SessionFailOptions,
  SessionStartOptions,
  SessionTrackerOptions,
} from "./arguments.ts";
export type { Recorded } from "./store/store.ts";
export {
  type ChangesOptions,
  SessionMonitor,
  type SessionMonitorOptions,
  type WaitForAllOptions,
  type WaitOutcome,
} from "./monitor.ts";
export type { Selection } from "./session/snapshot.ts";
export type { Limits } from "./session/verdict.ts";
export type { WaitEnd } from "./session/wait_condition.ts";
export type {
  AgentState,
  Bookkeeping,
  JsonObject,
  LogLine,
  LogTail,
  Owner,
  ProcessRef,
  SessionRef,
  SessionReport,
  SessionView,
  Snapshot,
  State,
  Status,
  Subagent,
  Totals,
  Verdict,
  VerdictState,
  Waiting,
} from "./session/types.ts";

const platform = openPlatform(openLinuxAccess() ?? nodeAccess);

// Programs may pass anything, and find the store as the command does.
setTrackerContext((options) => {
  checkTrackerOptions(options);
  const store = openStore(platform, options.directory ?? null);
  return { store, platform, check: checkVerb };
});
setMonitorContext(({ directory }) => ({
  store: openStore(platform, directory ?? null),
  platform,
}));
