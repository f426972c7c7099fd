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
export {
  NotFoundError,
  OutputClosedError,
  PtrackError,
  RefusedError,
  StorageError,
  UsageError,
} from "./errors.ts";
export {
  InterruptedError,
  type RunOptions,
  type SessionCompleteOptions,
  type SessionStartOptions,
  SessionTracker,
  type SessionTrackerOptions,
} from "./session_tracker.ts";
export {
  SessionMonitor,
  type SessionMonitorOptions,
  type WaitForAllOptions,
} from "./session_monitor.ts";
export type { HeartbeatOptions } from "./tracker_options.ts";
export type { WaitOutcome } from "./monitor.ts";
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
