/**
 * How soon a change is seen, and what looking costs while nothing changes.
 * Latency counts from the return of the command that made the change.
 */
import {
  cpuS,
  ENVIRONMENT,
  median,
  pause,
  settleDevice,
  succeed,
} from "./measure.ts";
import type { Bench } from "./plan.ts";
import type { Figure } from "./table.ts";
import { isThere } from "../support/needs.ts";

const LIMIT_MS = 100;
const IDLE_LIMIT_PERCENT = 1;
const IDLE_SESSIONS = 1_000;
/** Nothing that is waited for takes longer, unless it never comes. */
const PATIENCE_MS = 20_000;
/** Until a program that says nothing has begun to watch. */
const SETTLE_MS = 500;

/** Measures with one session that changes and with many that do not. */
export async function measureLive(bench: Bench): Promise<Figure[]> {
  const figures = [await lineLatency(bench), await waitLatency(bench)];
  const terminal = terminalProgram();
  if (terminal === null || Deno.build.os !== "linux") return figures;
  await bench.sessions.write("idle", IDLE_SESSIONS, "running");
  await settleDevice();
  return [
    ...figures,
    await screenLatency(bench, terminal),
    await idleCost(bench, terminal),
  ];
}

function latencyFigure(what: string, latenciesMs: number[]): Figure {
  const worstMs = Math.max(...latenciesMs);
  return {
    what,
    measured: `${median(latenciesMs).toFixed(0)} ms, at most ${
      worstMs.toFixed(0)
    } ms`,
    limit: `${LIMIT_MS} ms`,
    met: worstMs <= LIMIT_MS,
  };
}

async function lineLatency(bench: Bench): Promise<Figure> {
  const watch = new Watching(bench, watchArgs(bench, "lines"));
  const found = await heartbeatLatencies(bench, "lines", watch);
  return latencyFigure("a heartbeat is a line of `watch`, after", found);
}

async function screenLatency(
  bench: Bench,
  terminal: TerminalProgram,
): Promise<Figure> {
  const args = terminal(watchArgs(bench, "screen"));
  const watch = new Watching(bench, args);
  const found = await heartbeatLatencies(bench, "screen", watch);
  return latencyFigure("a heartbeat is on the screen of `watch`, after", found);
}

function watchArgs({ programs }: Bench, workspace: string): string[] {
  return [programs.ptrack, "monitor", "watch", "-w", workspace];
}

/** Changes a session that a program shows, again and again. */
async function heartbeatLatencies(
  { sessions, programs, directory, amounts }: Bench,
  workspace: string,
  watch: Watching,
): Promise<number[]> {
  await sessions.write(workspace, 1, "running");
  watch.start();
  await pause(SETTLE_MS);
  const found: number[] = [];
  for (let n = 1; n <= amounts.latencies; n++) {
    const message = `Change-${n}-of-${amounts.latencies}`;
    const seen = watch.sees(message);
    const beat = `heartbeat -w ${workspace} -s session-00000 -m ${message}`;
    await succeed({ args: [programs.ptrack, ...beat.split(" ")], directory });
    const returned = performance.now();
    found.push(Math.max(0, await seen - returned));
  }
  await watch.stop();
  return found;
}

async function waitLatency(bench: Bench): Promise<Figure> {
  const { sessions, programs, directory, amounts } = bench;
  await sessions.write("ends", amounts.latencies, "running");
  const found: number[] = [];
  for (let n = 0; n < amounts.latencies; n++) {
    const session = `-w ends -s session-${String(n).padStart(5, "0")}`;
    const run = (line: string) =>
      succeed({ args: [programs.ptrack, ...line.split(" ")], directory });
    let ended = 0;
    const waiting = run(`monitor wait ${session}`)
      .then(() => ended = performance.now());
    await pause(SETTLE_MS);
    await run(`complete ${session}`);
    const returned = performance.now();
    await waiting;
    found.push(Math.max(0, ended - returned));
  }
  return latencyFigure("`complete` ends a `wait`, after", found);
}

async function idleCost(
  bench: Bench,
  terminal: TerminalProgram,
): Promise<Figure> {
  const watch = new Watching(bench, terminal(watchArgs(bench, "idle")));
  watch.start();
  await pause(2_000);
  const pid = watched(watch.pid);
  const before = cpuS(pid);
  const began = performance.now();
  await pause(bench.amounts.idleS * 1000);
  const spentS = cpuS(pid) - before;
  const percent = spentS / ((performance.now() - began) / 1000) * 100;
  await watch.stop();
  return {
    what: "`watch` in a terminal, 1,000 sessions where nothing happens",
    measured: `${percent.toFixed(2)} % of a core`,
    limit: `< ${IDLE_LIMIT_PERCENT} %`,
    met: percent < IDLE_LIMIT_PERCENT,
  };
}

/** A running `watch`, and what it has printed. */
class Watching {
  readonly #args: string[];
  readonly #directory: string;
  #child: Deno.ChildProcess | null = null;
  #reading: Promise<void> = Promise.resolve();
  #text = "";
  #wanted: { text: string; found: (atMs: number) => void } | null = null;

  constructor({ directory }: Bench, args: string[]) {
    this.#args = args;
    this.#directory = directory;
  }

  get pid(): number {
    return this.#child!.pid;
  }

  start(): void {
    const [program, ...args] = this.#args;
    this.#child = new Deno.Command(program, {
      args,
      cwd: this.#directory,
      clearEnv: true,
      env: ENVIRONMENT,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#reading = this.#read(this.#child.stdout);
  }

  /** Resolves to the time when a text has been printed. */
  sees(text: string): Promise<number> {
    return new Promise((found, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`Cannot see "${text}" in: ${this.#text}`)),
        PATIENCE_MS,
      );
      this.#wanted = {
        text,
        found: (atMs) => {
          clearTimeout(timer);
          found(atMs);
        },
      };
    });
  }

  async stop(): Promise<void> {
    Deno.kill(watched(this.pid), "SIGTERM");
    await this.#child!.stdin.close();
    await this.#child!.status;
    await this.#reading;
  }

  async #read(output: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of output) {
      const atMs = performance.now();
      this.#text += decoder.decode(chunk, { stream: true });
      if (this.#wanted && this.#text.includes(this.#wanted.text)) {
        this.#wanted.found(atMs);
        this.#wanted = null;
        this.#text = "";
      }
    }
  }
}

/** Turns a command line into one that runs it in a terminal. */
type TerminalProgram = (args: string[]) => string[];

function terminalProgram(): TerminalProgram | null {
  if (isThere("script")) {
    return (args) => {
      const line = `stty rows 40 cols 120; exec ${args.join(" ")}`;
      return ["script", "-qfc", line, "/dev/null"];
    };
  }
  if (!isThere("python3")) return null;
  const spawn = "import pty, sys; pty.spawn(sys.argv[1:])";
  return (args) => ["python3", "-c", spawn, ...args];
}

/** The process at the end of a chain of only children. */
function watched(pid: number): number {
  try {
    const children = Deno
      .readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim();
    return children === "" ? pid : watched(Number(children.split(" ")[0]));
  } catch {
    return pid;
  }
}
