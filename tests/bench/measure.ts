/**
 * Measuring whole processes. Times on a machine that others use too differ
 * from minute to minute, so programs that are compared run in turn, and what
 * counts is the median over the rounds of their ratio within a round.
 */

/** A process to run, in the bench's directory: its output goes nowhere. */
export interface Command {
  args: string[];
  /** A file for standard input; nothing if not given. */
  input?: string;
}

/** What one run took. */
export interface Run {
  wallMs: number;
  peakMb: number;
}

/** The programs that a stopwatch knows, and where it runs commands. */
export interface StopwatchOptions {
  /** programs/stopwatch.c */
  program: string;
  directory: string;
  ptrack: string;
  /** The ptrack to compare with; null for none. */
  before: string | null;
}

/** Runs commands and measures them. */
export class Stopwatch {
  readonly #options: StopwatchOptions;

  constructor(options: StopwatchOptions) {
    this.#options = options;
  }

  /**
   * Runs commands in turn, so many rounds. A command of ptrack is also run with
   * the ptrack before, in the same rounds.
   */
  async compare<Name extends string>(
    commands: Record<Name, Command>,
    rounds: number,
    env: Record<string, string> = {},
  ): Promise<Comparison<Name>> {
    const names = Object.keys(commands) as Name[];
    const own = names.map((name) => ({ name, command: commands[name] }));
    const twins = own.flatMap(({ name, command }) =>
      this.#twinsOf(command).map((command) => ({ name, command }))
    );
    const all = [...own, ...twins];
    const text = await this.#run(
      all.map(({ command }) => command),
      rounds,
      env,
    );
    const found = Array.from({ length: rounds }, () => emptyRound<Name>());
    text.trimEnd().split("\n").forEach((line, index) => {
      const [number, wallNs, peakKb] = line.split(" ").map(Number);
      const { now, before } = found[Math.floor(index / all.length)];
      const runs = number < own.length ? now : before;
      runs[all[number].name] = {
        wallMs: wallNs / 1e6,
        peakMb: peakKb / 1024,
      };
    });
    return new Comparison(found);
  }

  /** The same command of the ptrack before; none if it is not of ptrack. */
  #twinsOf({ args, input }: Command): Command[] {
    const { ptrack, before } = this.#options;
    if (before === null || !args.includes(ptrack)) return [];
    const twin = args.map((arg) => arg === ptrack ? before : arg);
    return [{ args: twin, input }];
  }

  async #run(
    commands: Command[],
    rounds: number,
    env: Record<string, string>,
  ): Promise<string> {
    const { program, directory } = this.#options;
    const words = commands.flatMap(({ args, input }) => [
      "---",
      ...(input === undefined ? [] : ["-i", input]),
      ...args,
    ]).slice(1);
    const args = [program, String(rounds), ...words];
    return await outputOf(args, { directory, env });
  }
}

/** What each command took in one round, and that of the ptrack before. */
interface Round<Name extends string> {
  now: Record<Name, Run>;
  before: Partial<Record<Name, Run>>;
}

function emptyRound<Name extends string>(): Round<Name> {
  return { now: {} as Record<Name, Run>, before: {} };
}

/** What the rounds of a comparison found. */
export class Comparison<Name extends string> {
  readonly #rounds: readonly Round<Name>[];

  constructor(rounds: readonly Round<Name>[]) {
    this.#rounds = rounds;
  }

  /** The median of a figure that is made from each round. */
  median(figure: (runs: Record<Name, Run>) => number): number {
    return median(this.#rounds.map(({ now }) => figure(now)));
  }

  /** The median wall time of a command, in milliseconds. */
  wallMs(name: Name): number {
    return this.median((runs) => runs[name].wallMs);
  }

  /** The median wall time of a command, as many times that of another. */
  ratio(name: Name, other: Name): number {
    return this.median((runs) => runs[name].wallMs / runs[other].wallMs);
  }

  /** The median of the most memory that a command took. */
  peakMb(name: Name): number {
    return this.median((runs) => runs[name].peakMb);
  }

  /** As many times what the ptrack before took; null if there is none. */
  toBefore(name: Name, figure: keyof Run = "wallMs"): number | null {
    const ratios = this.#rounds.flatMap(({ now, before }) => {
      const old = before[name];
      return old === undefined ? [] : [now[name][figure] / old[figure]];
    });
    return ratios.length === 0 ? null : median(ratios);
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

/** What a command prints, that must exit with 0. */
export async function outputOf(
  [program, ...args]: string[],
  { directory, env = {} }: {
    directory: string;
    env?: Record<string, string>;
  },
): Promise<string> {
  const { success, code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: directory,
    clearEnv: true,
    env: { ...ENVIRONMENT, ...env },
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stderr).trim();
  if (!success) {
    throw new Error(
      `Cannot run "${program} ${args.join(" ")}": ${code} ${said}`,
    );
  }
  return new TextDecoder().decode(stdout);
}

/** Until what was made for a measurement does not disturb it any more. */
export async function settleDevice(): Promise<void> {
  await outputOf(["sync"], { directory: "/" });
}

/** Lets time pass. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
