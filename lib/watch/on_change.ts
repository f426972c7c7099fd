/**
 * `--on-change`: runs a command at each transition, one at a time and in order,
 * while the monitor goes on. A queue that is too long loses its oldest ones.
 */
import { explain, oneLine } from "../errors.ts";
import type { Child, Pipe, Platform } from "../platform/platform.ts";
import type { Processes } from "../process/processes.ts";
import { Changes, type Transition } from "../report/changes.ts";
import type { Snapshot } from "../session/types.ts";

/** How many transitions may wait. */
const MOST_QUEUED = 1_000;
/** How long the monitor waits for them at its end. */
const CLOSE_MS = 10_000;
/** How long output is still read once its command has ended. */
const LINGER_MS = 200;
/** How much output is held back, in characters. */
const MOST_HELD = 64 * 1024;
/** The longest value of a variable: many systems take no more. */
const LONGEST_VALUE = 4_096;

/** What to run, and where its output goes. */
export interface OnChangeOptions {
  processes: Processes;
  command: string;
  /** The store's variables: ptrack finds the same store by them. */
  environment: Readonly<Record<string, string>>;
  /** `held`: what is written waits for the end, since the terminal is in use. */
  output: "straight" | "held";
}

/** Runs the command at each transition from the second snapshot on. */
export class OnChange {
  readonly #platform: Platform;
  readonly #options: OnChangeOptions;
  readonly #changes = new Changes();
  #hasTaken = false;
  #queue: Transition[] = [];
  /** Runs the queue; null while it is empty. */
  #runner: Promise<void> | null = null;
  #child: Child | null = null;
  #dropped = 0;
  #hasFailed = false;
  #isGivenUp = false;
  /** What is not written to standard error yet. */
  #held = "";

  constructor(platform: Platform, options: OnChangeOptions) {
    this.#platform = platform;
    this.#options = options;
  }

  /** Takes the next snapshot; the first one is no change. */
  take(now: Snapshot | null): void {
    const change = this.#changes.next(now);
    const isFirst = !this.#hasTaken;
    this.#hasTaken = true;
    if (change === null || isFirst) return;
    this.#queue.push(...change.transitions);
    this.#drop(this.#queue.length - MOST_QUEUED);
    if (this.#queue.length > 0) this.#runner ??= this.#runQueue();
  }

  #drop(excess: number): void {
    if (excess <= 0) return;
    if (this.#dropped === 0) {
      this.#warn(
        "The command of --on-change is slower than the changes: " +
          `of those that wait only the last ${MOST_QUEUED} are kept`,
      );
    }
    this.#queue.splice(0, excess);
    this.#dropped += excess;
  }

  /** Runs what is left, as far as there is time, and warns of what was lost. */
  async close(): Promise<void> {
    const isDone = this.#runner === null ||
      await this.#isOverWithin(CLOSE_MS, this.#runner);
    if (!isDone) this.#giveUp();
    const lost = this.#dropped + this.#queue.length;
    if (lost > 0) {
      this.#warn(
        `${lost} ${lost === 1 ? "change was" : "changes were"} not passed ` +
          "on to the command of --on-change",
      );
    }
    this.#release();
  }

  #giveUp(): void {
    this.#isGivenUp = true;
    const child = this.#child;
    if (child === null) return;
    this.#warn("Cannot wait for the command of --on-change: it takes too long");
    const { processes } = this.#options;
    for (const pid of [...processes.descendants(child.pid), child.pid]) {
      processes.signal(pid, "SIGTERM");
    }
    // A command that ignores the signal must not keep the monitor.
    child.release();
    child.stdout?.close();
    child.stderr?.close();
  }

  async #isOverWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
    const over = new AbortController();
    const done = work.then(() => over.abort());
    const { clock } = this.#platform;
    await Promise.race([done, clock.sleep(ms, over.signal)]);
    return over.signal.aborted;
  }

  async #runQueue(): Promise<void> {
    // Let the monitor finish with this snapshot first.
    await Promise.resolve();
    while (this.#queue.length > 0 && !this.#isGivenUp) {
      await this.#run(this.#queue.shift()!);
    }
    this.#runner = null;
  }

  async #run(transition: Transition): Promise<void> {
    const { processes, command, environment, output } = this.#options;
    try {
      const child = await processes.spawn({
        command: shellCommand(command, this.#platform.system),
        env: { ...environment, ...variablesOf(transition) },
        group: "ours",
        input: "inherited",
        output: output === "held" ? "captured" : "inherited",
      });
      this.#child = child;
      const pipes = [child.stdout, child.stderr].filter((one) => one !== null);
      const reading = Promise.all(pipes.map((pipe) => this.#hold(pipe)));
      const ending = await child.ended;
      // A process that it left behind may keep its output open for ever.
      await this.#isOverWithin(LINGER_MS, reading);
      for (const pipe of pipes) pipe.close();
      if (this.#isGivenUp) return;
      if (ending.kind === "killed") this.#fail(`killed by ${ending.name}`);
      else if (ending.code !== 0) this.#fail(`exit code ${ending.code}`);
    } catch (error) {
      this.#fail(explain(error));
    } finally {
      this.#child = null;
    }
  }

  async #hold(pipe: Pipe): Promise<void> {
    const decoder = new TextDecoder();
    for (;;) {
      const bytes = await pipe.read();
      if (bytes === null) return;
      const room = Math.max(0, MOST_HELD - this.#held.length);
      this.#held += decoder.decode(bytes, { stream: true }).slice(0, room);
    }
  }

  /** Warns once: a command that fails once probably always does. */
  #fail(why: string): void {
    if (!this.#hasFailed) {
      this.#warn(`The command of --on-change failed: ${why}`);
    }
    this.#hasFailed = true;
  }

  #warn(text: string): void {
    this.#held += `warning: ${oneLine(text)}\n`;
    if (this.#options.output === "straight") this.#release();
  }

  #release(): void {
    const text = this.#held;
    this.#held = "";
    try {
      if (text !== "") this.#platform.stderr.write(text);
    } catch {
      // Standard error is closed or full.
    }
  }
}

/** By the system's shell; its output goes to standard error. */
function shellCommand(command: string, system: Platform["system"]) {
  return system === "windows"
    ? ["cmd", "/d", "/c", `(${command}) 1>&2 <nul`]
    : ["/bin/sh", "-c", `exec </dev/null >&2\n${command}`];
}

/** The variables that describe a transition to the command. */
function variablesOf({ from, to, detail, report: { view } }: Transition) {
  const { workspace, sessionId, status } = view;
  return {
    PTRACK_EVENT: to,
    PTRACK_PREVIOUS: from ?? "",
    PTRACK_SESSION: plain(sessionId),
    PTRACK_WORKSPACE: plain(workspace),
    PTRACK_PROGRESS: String(status.progress_pct),
    PTRACK_MESSAGE: plain(detail || status.message),
    // Ours would be that of the session in which the monitor runs.
    PTRACK_ATTEMPT: "",
  };
}

/** Text without control characters and overrides of direction, on one line. */
function plain(text: string): string {
  return text.slice(0, LONGEST_VALUE).toWellFormed()
    .replace(/\r\n|[\t\n\v\f\r\u0085\u2028\u2029]/g, " ")
    .replace(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "");
}
