/**
 * A desk at which an agent works, in memory: its hooks are run one after the
 * other on a machine whose clock and processes a test turns.
 */
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { Monitoring } from "../../lib/monitor.ts";
import { openStore } from "../../lib/store/open.ts";
import type {
  LogLine,
  SessionReport,
  Status,
} from "../../lib/session/types.ts";
import { FakeHost } from "./fake_host.ts";
import type { ProcessState } from "../../lib/host/host.ts";

/** The agent's process where a test names no other. */
export const AGENT_PID = 501;

/** The agent's own id of its session where a test names no other. */
export const AGENT_SESSION = "7b0c1234-5678-4abc-9def-001122334455";

// deno-lint-ignore no-explicit-any
type Payload = any;

/** How a hook is called. */
export interface HookCall {
  env?: Record<string, string>;
  args?: string[];
}

/** A machine on which an agent's hooks are called. */
export class AgentDesk {
  readonly #first = new FakeHost();
  /** Processes that are there; all others are gone. */
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

  /** A process begins, or ends. */
  begin(pid: number, started = "100"): void {
    this.#alive.set(pid, started);
  }

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
    const host = this.#host(args, { ...this.env, ...env });
    host.stdin.input = input;
    const code = await runCommandLine(host);
    this.stdout = host.stdout.text;
    this.stderr = host.stderr.text;
    return code;
  }

  #host(args: string[], env: Record<string, string>): FakeHost {
    const { clock, memory: files } = this.#first;
    const host = new FakeHost({ files, clock, args, env });
    host.randomId = () => `r${++this.#words}`;
    host.inspectProcess = (pid): ProcessState => {
      const started = this.#alive.get(pid);
      return started === undefined
        ? { kind: "gone" }
        : { kind: "alive", started };
    };
    return host;
  }

  /** The names of a workspace's sessions. */
  async sessions(workspace = "claude"): Promise<string[]> {
    return await openStore(this.#host([], {}), null).sessionIds(workspace);
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
    const page = await openStore(this.#host([], {}), null).readLog(ref);
    return page?.lines ?? [];
  }

  /** What a monitor makes of the only session; null if there is none. */
  async look(workspace = "claude"): Promise<SessionReport | null> {
    const host = this.#host([], {});
    const monitoring = new Monitoring(openStore(host, null), host.clock, {
      sight: host,
    });
    return (await monitoring.snapshot(workspace))?.sessions[0] ?? null;
  }
}
