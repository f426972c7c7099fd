/**
 * Measuring whole processes. Times on a machine that others use too differ
 * from minute to minute, so programs that are compared run in turn, and what
 * counts is the median over the rounds of their ratio within a round.
 */

/** A process to run: its output goes nowhere. */
export interface Command {
  args: string[];
  directory?: string;
  /** A file for standard input; nothing if not given. */
  input?: string;
  /** The environment that `make` runs in, where something is built. */
  environment?: "as it is";
}

/** What one run took; null where no C compiler was there to find out. */
export interface Run {
  wallMs: number;
  cpuMs: number | null;
  peakMb: number | null;
}

/** Runs processes and measures them; with `stopwatch` (C), all of it. */
export class Stopwatch {
  readonly #program: string | null;
  readonly #report = Deno.makeTempFileSync({ prefix: "ptrack-bench-" });

  constructor(program: string | null) {
    this.#program = program;
  }

  /** Runs a command once. Throws if it fails. */
  async run(command: Command): Promise<Run> {
    const { args } = command;
    if (this.#program === null) {
      const began = performance.now();
      await succeed(command);
      const wallMs = performance.now() - began;
      return { wallMs, cpuMs: null, peakMb: null };
    }
    await succeed({
      ...command,
      args: [this.#program, this.#report, ...args],
    });
    const [wallNs, cpuUs, peakKb, exitCode] = Deno
      .readTextFileSync(this.#report).split(" ").map(Number);
    if (exitCode !== 0) {
      throw new Error(`Cannot measure "${args.join(" ")}": exit ${exitCode}`);
    }
    return {
      wallMs: wallNs / 1e6,
      cpuMs: cpuUs / 1e3,
      peakMb: peakKb / 1024,
    };
  }

  /** Runs commands in turn, `rounds` times after one that does not count. */
  async compare<Name extends string>(
    commands: Record<Name, Command>,
    rounds: number,
  ): Promise<Comparison<Name>> {
    const names = Object.keys(commands) as Name[];
    const found: Record<Name, Run>[] = [];
    for (let round = 0; round <= rounds; round++) {
      const runs = {} as Record<Name, Run>;
      const turn = round % 2 === 0 ? names : names.toReversed();
      for (const name of turn) runs[name] = await this.run(commands[name]);
      if (round > 0) found.push(runs);
    }
    return new Comparison(found);
  }

  close(): void {
    Deno.removeSync(this.#report);
  }
}

/** What the rounds of a comparison found. */
export class Comparison<Name extends string> {
  readonly #rounds: Record<Name, Run>[];

  constructor(rounds: Record<Name, Run>[]) {
    this.#rounds = rounds;
  }

  /** The median of a figure that is made from each round. */
  median(figure: (runs: Record<Name, Run>) => number): number {
    return median(this.#rounds.map(figure));
  }

  /** The median wall time of a command, in milliseconds. */
  wallMs(name: Name): number {
    return this.median((runs) => runs[name].wallMs);
  }

  /** The most memory that a command took, null if unknown. */
  peakMb(name: Name): number | null {
    const peaks = this.#rounds.map((runs) => runs[name].peakMb);
    return peaks.includes(null) ? null : median(peaks as number[]);
  }
}

/** The middle of some numbers. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? sorted[middle]
    : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Nothing of the maker's own settings reaches what is measured. */
export const ENVIRONMENT = {
  PATH: Deno.env.get("PATH") ?? "",
  HOME: Deno.env.get("HOME") ?? "",
  TERM: "xterm-256color",
};

/** Runs a command that must exit with 0. */
export async function succeed(command: Command): Promise<void> {
  const words = command.input === undefined
    ? command.args
    : ["sh", "-c", 'exec "$@" < "$0"', command.input, ...command.args];
  const [program, ...args] = words;
  const { success, code, stderr } = await new Deno.Command(program, {
    args,
    cwd: command.directory,
    ...(command.environment === undefined
      ? { clearEnv: true, env: ENVIRONMENT }
      : {}),
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr).trim();
  throw new Error(`Cannot run "${command.args.join(" ")}": ${code} ${said}`);
}

/** Until what was made for a measurement does not disturb it any more. */
export async function settleDevice(): Promise<void> {
  if (Deno.build.os !== "windows") await succeed({ args: ["sync"] });
}

/** Processor time in /proc is counted in hundredths of a second. */
const TICKS_PER_S = 100;

/** Processor time of a process so far, in seconds. */
export function cpuS(pid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

/** Lets time pass. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
