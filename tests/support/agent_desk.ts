/**
 * A machine in memory on which an agent's hooks run, one after the other. A
 * test moves its clock, and starts and ends its processes.
 */
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { PTRACK } from "../../lib/commands/index.ts";
import { SessionMonitor } from "../../lib/monitor.ts";
import { openStore } from "../../lib/store/open.ts";
import type {
  LogLine,
  SessionReport,
  Status,
} from "../../lib/session/types.ts";
import { verdictWord } from "../../lib/session/verdict.ts";
import { FakePlatform } from "./fake_platform.ts";

/** The agent's process id, unless a test sets another. */
export const AGENT_PID = 501;

/** The id of the agent's conversation, unless a test sets another. */
export const AGENT_SESSION = "7b0c1234-5678-4abc-9def-001122334455";

// deno-lint-ignore no-explicit-any
type Payload = any;

/** How a hook is called. */
export interface HookCall {
  env?: Record<string, string>;
  args?: string[];
}

/** A machine on which an agent's hooks run. */
export class AgentDesk {
  readonly #first = new FakePlatform();
  /** The processes that are alive, by their ids. */
  readonly #alive = new Map<number, string>([[AGENT_PID, "100"]]);
  #words = 0;
  env: Record<string, string> = { CLAUDE_PID: String(AGENT_PID) };
  stdout = "";
  stderr = "";

  constructor() {
    this.#first.memory.makeDirectory("/desk");
  }

  get files() {
    return this.#first.memory;
  }

  /** Lets so many seconds pass. */
  pass(seconds: number): void {
    this.#first.time.set(this.#first.clock.nowUs() + seconds * 1e6);
  }

  /** Starts a process. */
  begin(pid: number, started = "100"): void {
    this.#alive.set(pid, started);
  }

  /** Ends a process. */
  end(pid: number = AGENT_PID): void {
    this.#alive.delete(pid);
  }

  /** Calls the hook with a payload: an object, or text as it stands. */
  async hook(payload: Payload, { env, args = [] }: HookCall = {}) {
    this.pass(0.001);
    const text = typeof payload === "string"
      ? payload
      : JSON.stringify({ session_id: AGENT_SESSION, cwd: "/desk", ...payload });
    return await this.run(["hook", ...args], { env, input: text });
  }

  /** Runs any command; returns the exit code. */
  async run(
    args: string[],
    { env, input = "" }: {
      env?: Record<string, string> | undefined;
      input?: string;
    } = {},
  ): Promise<number> {
    const platform = this.#platform(args, { ...this.env, ...env });
    platform.stdin.input = input;
    const code = await runCommandLine(platform, PTRACK);
    this.stdout = platform.stdout.text;
    this.stderr = platform.stderr.text;
    return code;
  }

  #platform(args: string[], env: Record<string, string>): FakePlatform {
    const { clock, memory: files } = this.#first;
    const platform = new FakePlatform({ files, clock, args, env });
    platform.randomId = () => `r${++this.#words}`;
    const { states } = platform.systemCalls;
    states.get = (pid) => {
      const started = this.#alive.get(pid);
      return started === undefined
        ? { kind: "gone" }
        : { kind: "alive", started };
    };
    return platform;
  }

  /** The names of a workspace's sessions. */
  async sessions(workspace = "claude"): Promise<string[]> {
    return await openStore(this.#platform([], {}), null).sessionIds(workspace);
  }

  /** The status on disk of the only session, or of a named one. */
  async status(workspace = "claude", session?: string): Promise<Status> {
    const [only] = await this.sessions(workspace);
    const path = `/desk/.parallel/${workspace}/${session ?? only}/status.json`;
    return JSON.parse(this.files.readText(path, 1e6));
  }

  /** The lines of the only session's log. */
  async log(workspace = "claude", session?: string): Promise<LogLine[]> {
    const [only] = await this.sessions(workspace);
    const ref = { workspace, sessionId: session ?? only ?? "" };
    const page = await openStore(this.#platform([], {}), null).readLog(ref);
    return page?.lines ?? [];
  }

  /** The monitor's word for the only session, such as `waiting`. */
  async word(workspace?: string): Promise<string> {
    const report = await this.look(workspace);
    return report === null ? "nothing" : verdictWord(report.verdict);
  }

  /** What a monitor makes of the only session; null if there is none. */
  async look(workspace = "claude"): Promise<SessionReport | null> {
    const platform = this.#platform([], {});
    const store = openStore(platform, null);
    const monitor = new SessionMonitor({ workspace }, { store, platform });
    return (await monitor.snapshots())[0]?.sessions[0] ?? null;
  }
}
