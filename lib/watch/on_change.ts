/**
 * `--on-change`: a command for each transition, one at a time and in order,
 * while the monitor goes on. What waits is bounded: the oldest are dropped, and
 * that is said. At the end there is some time for what still waits; then what
 * runs is ended. Nothing of this ever ends the monitor.
 */
import { explain } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import type { Child, Ending, Pipe, Processes } from "../platform/processes.ts";
import type { Snapshot } from "../session/types.ts";
import { Changes } from "../report/changes.ts";
import { type ChangeNotice, noticeOf } from "./change_notice.ts";

/** How many transitions wait at most. */
const ROOM = 1_000;
/** How long the end waits for them. */
const PATIENCE_MS = 10_000;
/** How long output is read once its command has ended. */
const LINGER_MS = 200;
/** How much is kept for later while the terminal is drawn on, in characters. */
const KEPT = 64 * 1024;

/** What runs commands, and what they are told. */
export interface OnChangeParts {
  processes: Processes;
  command: string;
  /** The `.parallel` directory. */
  directory: string;
  /** `held` while the terminal is drawn on: what is written waits. */
  output: "straight" | "held";
}

/** Runs the command at each transition from the second look on. */
export class OnChange {
  readonly #platform: Platform;
  readonly #parts: OnChangeParts;
  readonly #changes = new Changes();
  #hasLooked = false;
  #waiting: ChangeNotice[] = [];
  #running: Promise<void> | null = null;
  #child: Child | null = null;
  #dropped = 0;
  #hasFailed = false;
  #isGivenUp = false;
  /** What could not be written yet. */
  #held = "";

  constructor(platform: Platform, parts: OnChangeParts) {
    this.#platform = platform;
    this.#parts = parts;
  }

  /** Takes a look; what was so at the first one is no change. */
  look(now: Snapshot | null): void {
    const change = this.#changes.next(now);
    const isFirstLook = !this.#hasLooked;
    this.#hasLooked = true;
    if (change === null || isFirstLook) return;
    for (const transition of change.transitions) {
      this.#waiting.push(noticeOf(transition, this.#parts.directory));
    }
    this.#drop(this.#waiting.length - ROOM);
    if (this.#waiting.length > 0) this.#running ??= this.#runAll();
  }

  /** Says so at once, and at the end how many: that may be far. */
  #drop(excess: number): void {
    if (excess <= 0) return;
    if (this.#dropped === 0) {
      this.#warn(
        "The command of --on-change is slower than the changes: " +
          `of those that wait only the last ${ROOM} are kept`,
      );
    }
    this.#waiting.splice(0, excess);
    this.#dropped += excess;
  }

  /** Waits for what is left, within measure, and says what was lost. */
  async close(): Promise<void> {
    if (this.#running !== null) await this.#finish(this.#running);
    const left = this.#dropped + this.#waiting.length;
    if (left > 0) {
      this.#warn(
        `${left} ${left === 1 ? "change was" : "changes were"} not passed ` +
          "on to the command of --on-change",
      );
    }
    this.#release();
  }

  async #finish(running: Promise<void>): Promise<void> {
    const { clock } = this.#platform;
    const isOver = new AbortController();
    const done = running.then(() => isOver.abort());
    await Promise.race([done, clock.sleep(PATIENCE_MS, isOver.signal)]);
    if (isOver.signal.aborted) return;
    this.#isGivenUp = true;
    const child = this.#child;
    if (child === null) return;
    this.#warn("Cannot wait for the command of --on-change: it takes too long");
    const { processes } = this.#parts;
    for (const pid of processes.descendants(child.pid)) {
      processes.signal(pid, "SIGTERM");
    }
    processes.signal(child.pid, "SIGTERM");
    // One that does not care must not keep us.
    child.release();
    child.stdout?.close();
    child.stderr?.close();
  }

  async #runAll(): Promise<void> {
    // The monitor goes first: it may have more to say at this look.
    await Promise.resolve();
    while (this.#waiting.length > 0 && !this.#isGivenUp) {
      await this.#run(this.#waiting.shift()!);
    }
    this.#running = null;
  }

  async #run(notice: ChangeNotice): Promise<void> {
    const { processes, command, output } = this.#parts;
    try {
      const child = await processes.spawn({
        command: shellCommand(command, this.#platform.system),
        env: notice,
        group: "ours",
        input: "inherited",
        output: output === "held" ? "captured" : "inherited",
      });
      this.#child = child;
      const pipes = [child.stdout, child.stderr].filter((one) => one !== null);
      const isRead = new AbortController();
      const read = Promise.all(pipes.map((pipe) => this.#keep(pipe)))
        .then(() => isRead.abort());
      const ending = await child.ended;
      // What it left behind may hold its output open for ever.
      const { clock } = this.#platform;
      await Promise.race([read, clock.sleep(LINGER_MS, isRead.signal)]);
      for (const pipe of pipes) pipe.close();
      if (!this.#isGivenUp) this.#judge(ending);
    } catch (error) {
      this.#fail(explain(error));
    }
    this.#child = null;
  }

  async #keep(pipe: Pipe): Promise<void> {
    const decoder = new TextDecoder();
    for (;;) {
      const bytes = await pipe.read();
      if (bytes === null) return;
      const room = Math.max(0, KEPT - this.#held.length);
      this.#held += decoder.decode(bytes, { stream: true }).slice(0, room);
    }
  }

  #judge(ending: Ending): void {
    if (ending.kind === "killed") this.#fail(`killed by ${ending.name}`);
    else if (ending.code !== 0) this.#fail(`exit code ${ending.code}`);
  }

  /** Once: what fails at one change most likely fails at each. */
  #fail(why: string): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#warn(`The command of --on-change failed: ${why}`);
  }

  #warn(text: string): void {
    this.#held += `warning: ${text}\n`;
    if (this.#parts.output === "straight") this.#release();
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

/** By the system's shell; output goes to standard error, nothing comes in. */
function shellCommand(
  command: string,
  system: Platform["system"],
): readonly string[] {
  return system === "windows"
    ? ["cmd", "/d", "/c", `(${command}) 1>&2 <nul`]
    : ["/bin/sh", "-c", `exec </dev/null >&2\n${command}`];
}
