/** The public face of the verbs that read: one object a workspace. */
import { openPlatform } from "./platform/open.ts";
import type { Platform } from "./platform/platform.ts";
import { Monitoring, type WaitOutcome } from "./monitor.ts";
import { dashboard } from "./report/dashboard.ts";
import { checkArgument, checkOptions, type Kind } from "./arguments.ts";
import { NotFoundError } from "./errors.ts";
import { checkName } from "./session/names.ts";
import type { LogLine, SessionReport, Snapshot } from "./session/types.ts";
import { PLAIN_GOAL } from "./session/wait_condition.ts";
import { openStore } from "./store/open.ts";
import type { SessionStore } from "./store/store.ts";

const platform: Platform = await openPlatform();

/** Which workspace to watch, and by what limits. */
export interface SessionMonitorOptions {
  /** The group of sessions to watch. */
  workspace: string;
  /** The `.parallel` directory; found as the command finds it if not given. */
  directory?: string;
  /** Seconds without a heartbeat; else the session's own limit, or 300. */
  heartbeatTimeoutS?: number;
  /** Seconds that a session may take; else its own limit, or 14,400. */
  sessionTimeoutS?: number;
  /** Seconds without progress until a session is stale; 1,800. */
  stallAfterS?: number;
}

/** How to wait for all sessions. */
export interface WaitForAllOptions {
  /** Seconds until the wait gives up; an hour if not given. */
  timeoutS?: number;
  /** Sessions that must be there, by number or by name, before all are done. */
  expect?: number | string[];
  /** Called at each look with what is there, null while nothing is. */
  onLook?: (snapshot: Snapshot | null) => void;
  /** Ends the wait early. */
  signal?: AbortSignal;
}

const MONITOR: Record<keyof SessionMonitorOptions, Kind> = {
  workspace: "text",
  directory: "path",
  heartbeatTimeoutS: "limit",
  sessionTimeoutS: "limit",
  stallAfterS: "limit",
};
const WAIT: Record<keyof WaitForAllOptions, Kind> = {
  timeoutS: "time",
  expect: "expectation",
  onLook: "function",
  signal: "signal",
};

/** Watches the sessions of one workspace. Never writes. */
export class SessionMonitor {
  readonly #workspace: string;
  readonly #store: SessionStore;
  readonly #monitoring: Monitoring;

  /** Throws a UsageError if the workspace's name is none. */
  constructor(options: SessionMonitorOptions) {
    const action = "monitor a workspace";
    checkOptions(action, options, MONITOR);
    checkArgument(action, ["workspace", options.workspace], "text");
    this.#workspace = checkName(options.workspace, "workspace");
    this.#store = openStore(platform, options.directory ?? null);
    this.#monitoring = new Monitoring(this.#store, platform.clock, {
      limits: {
        heartbeatTimeoutS: options.heartbeatTimeoutS ?? null,
        sessionTimeoutS: options.sessionTimeoutS ?? null,
        stallAfterS: options.stallAfterS ?? null,
      },
      sight: platform,
    });
  }

  /** The ids of the sessions that are there, sorted. */
  async listSessions(): Promise<string[]> {
    const snapshot = await this.#monitoring.snapshot(this.#workspace);
    return snapshot?.sessions.map(({ view }) => view.sessionId) ?? [];
  }

  /** One session and the verdict on it; null if there is none. */
  async readSession(sessionId: string): Promise<SessionReport | null> {
    const snapshot = await this.#monitoring.snapshot(this.#workspace, {
      sessions: [checkId(sessionId)],
    });
    return snapshot?.sessions[0] ?? null;
  }

  /** All sessions now. Throws a NotFoundError if there is no workspace. */
  async pollAll(): Promise<Snapshot> {
    const snapshot = await this.#monitoring.snapshot(this.#workspace);
    if (snapshot !== null) return snapshot;
    throw new NotFoundError(`Cannot find workspace "${this.#workspace}"`);
  }

  /** Waits until all sessions are done; running out of time is no success. */
  async waitForAll(options: WaitForAllOptions = {}): Promise<WaitOutcome> {
    checkOptions(`wait for "${this.#workspace}"`, options, WAIT);
    const { timeoutS = 3600, expect, onLook, signal } = options;
    const goal = { ...PLAIN_GOAL };
    if (typeof expect === "number") {
      goal.expect = { kind: "count", count: expect };
    } else if (expect !== undefined) {
      const ids = expect.map(checkId);
      goal.expect = { kind: "sessions", ids };
    }
    return await this.#monitoring.waitFor(this.#workspace, goal, {
      timeoutMs: timeoutS * 1000,
      onLook,
      signal,
    });
  }

  /** A session's events, oldest first; `last`: only so many, from the end. */
  async readSessionLog(
    sessionId: string,
    range: { last?: number } = {},
  ): Promise<LogLine[]> {
    checkOptions("read a log", range, { last: "count" });
    const ref = {
      workspace: this.#workspace,
      sessionId: checkId(sessionId),
    };
    const page = await this.#store.readLog(ref, range);
    if (page !== null) return page.lines;
    throw new NotFoundError(`Cannot find session "${sessionId}"`);
  }

  /** The dashboard as text, as `ptrack monitor` prints it. */
  async dashboard(): Promise<string> {
    return dashboard(await this.pollAll());
  }
}

function checkId(sessionId: string): string {
  checkArgument("read a session", ["its name", sessionId], "text");
  return checkName(sessionId, "session");
}
