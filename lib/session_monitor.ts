/** The public face of the verbs that read: one object a workspace. */
import { openHost } from "./host/open.ts";
import type { Host } from "./host/host.ts";
import { Monitoring, type WaitOutcome } from "./monitor.ts";
import { dashboard } from "./report/dashboard.ts";
import { NotFoundError } from "./errors.ts";
import { checkName } from "./session/names.ts";
import type { LogLine, SessionReport, Snapshot } from "./session/types.ts";
import { PLAIN_GOAL } from "./session/wait.ts";
import { openStore } from "./store/open.ts";
import type { SessionStore } from "./store/store.ts";

const host: Host = await openHost();

/** Which workspace to watch, and by what limits. */
export interface SessionMonitorOptions {
  /** The group of sessions to watch. */
  workspace: string;
  /** The `.parallel` directory; found as the command finds it if not given. */
  directory?: string;
  /** Seconds without a heartbeat until a session has timed out; 300. */
  heartbeatTimeoutS?: number;
  /** Seconds that a session may take in all; 14,400. */
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

/** Watches the sessions of one workspace. Never writes. */
export class SessionMonitor {
  readonly #workspace: string;
  readonly #store: SessionStore;
  readonly #monitoring: Monitoring;

  /** Throws a UsageError if the workspace's name is none. */
  constructor(options: SessionMonitorOptions) {
    this.#workspace = checkName(options.workspace, "workspace");
    this.#store = openStore(host, options.directory ?? null);
    this.#monitoring = new Monitoring(this.#store, host.clock, {
      limits: {
        heartbeatTimeoutS: options.heartbeatTimeoutS ?? null,
        sessionTimeoutS: options.sessionTimeoutS ?? null,
        stallAfterS: options.stallAfterS ?? null,
      },
      sight: host,
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
      sessions: [checkName(sessionId, "session")],
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
  waitForAll(options: WaitForAllOptions = {}): Promise<WaitOutcome> {
    const { timeoutS = 3600, expect, onLook, signal } = options;
    const goal = { ...PLAIN_GOAL };
    if (typeof expect === "number") {
      goal.expect = { kind: "count", count: expect };
    } else if (expect !== undefined) {
      goal.expect = { kind: "sessions", ids: expect };
    }
    return this.#monitoring.waitFor(this.#workspace, goal, {
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
    const ref = {
      workspace: this.#workspace,
      sessionId: checkName(sessionId, "session"),
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
