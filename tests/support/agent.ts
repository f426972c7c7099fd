/** A stand-in for a coding agent, as a test drives it. */
import { assertEquals } from "@std/assert";
import { eventually } from "./program.ts";

const SCRIPT = new URL("stand_in.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

// deno-lint-ignore no-explicit-any
type Payload = any;

/** How an agent is started. */
export interface AgentOptions {
  /** Its working directory. */
  cwd: string;
  /** The settings file that names its hooks. */
  settings: string;
  /** Its id of the conversation. */
  session: string;
  /** Added to its environment. */
  env?: Record<string, string>;
}

/** A process that calls hooks as a coding agent does. */
export class Agent implements AsyncDisposable {
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #done: Promise<void>;
  #answers: string[] = [];

  constructor({ cwd, settings, session, env = {} }: AgentOptions) {
    const kept = ["PATH", "HOME", "DENO_DIR", "TMPDIR"].map((name) => [
      name,
      Deno.env.get(name),
    ]).filter(([, value]) => value !== undefined);
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--quiet",
        "--config",
        CONFIG,
        SCRIPT,
        settings,
        session,
      ],
      cwd,
      env: { ...Object.fromEntries(kept), DENO_NO_UPDATE_CHECK: "1", ...env },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.pid = this.#child.pid;
    this.#writer = this.#child.stdin.getWriter();
    this.#done = this.#read();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.#child.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split(
        "\n",
      );
      rest = lines.pop()!;
      this.#answers.push(...lines);
    }
  }

  async #step(step: Payload): Promise<Payload[]> {
    const before = this.#answers.length;
    await this.#writer.write(
      new TextEncoder().encode(`${JSON.stringify(step)}\n`),
    );
    await eventually(() => this.#answers.length > before, 30_000);
    return JSON.parse(this.#answers[before]!);
  }

  /** Calls hooks, several in parallel; all must be silent and succeed. */
  async fire(...payloads: Payload[]): Promise<number> {
    const ends = await this.#step({ fire: payloads });
    for (const end of ends) {
      assertEquals(end, { code: 0, stdout: "", stderr: "" });
    }
    return ends.length;
  }

  /** Changes the working directory. */
  async moveTo(path: string): Promise<void> {
    await this.#step({ cd: path });
  }

  /** Begins another conversation, as after /clear. */
  async rename(session: string): Promise<void> {
    await this.#step({ session });
  }

  /** Lets the process end by itself. */
  async exit(code = 0): Promise<void> {
    await this.#writer.write(
      new TextEncoder().encode(`${JSON.stringify({ exit: code })}\n`),
    );
    await this.#child.status;
  }

  /** Kills the process. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }

  async [Symbol.asyncDispose]() {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // The process has ended already.
    }
    await this.#child.status;
    await this.#done;
    await this.#writer.abort().catch(() => {});
  }
}
