/**
 * Ending a command that has passed a limit: SIGTERM, then SIGKILL. A command
 * with a group of its own is ended with all of it; one that shares our group
 * and terminal is ended with its descendants, so that nobody else is hit.
 */
import type { Clock, Platform } from "../platform/platform.ts";
import type { Child, Processes, SentSignal } from "../platform/processes.ts";

/** How often it is asked whether anybody is left, milliseconds. */
const LOOK_MS = 20;

/** What is to end, and how patiently. */
export interface Termination {
  child: Child;
  /** From SIGTERM to SIGKILL, milliseconds. */
  killAfterMs: number;
}

/** The parts of the machine that this takes. */
export interface Executioner {
  platform: Pick<Platform, "clock" | "inspectProcess">;
  processes: Processes;
}

/** Ends the command and what belongs to it; returns when that is done. */
export async function terminate(
  { platform, processes }: Executioner,
  { child, killAfterMs }: Termination,
): Promise<void> {
  const { clock } = platform;
  const victims = processes.hasTerminal
    ? new Descendants(platform, processes, child.pid)
    : new Group(processes, child.pid);
  victims.signal("SIGTERM");
  // Who is stopped takes no notice of anything else.
  victims.signal("SIGCONT");
  if (await allGone(clock, victims, killAfterMs)) return;
  victims.signal("SIGKILL");
  await allGone(clock, victims, killAfterMs);
}

interface Victims {
  signal(signal: SentSignal): void;
  areLeft(): boolean;
}

async function allGone(
  clock: Clock,
  victims: Victims,
  limitMs: number,
): Promise<boolean> {
  const endUs = clock.nowUs() + limitMs * 1000;
  while (victims.areLeft()) {
    const leftMs = (endUs - clock.nowUs()) / 1000;
    if (leftMs <= 0) return false;
    await clock.sleep(Math.min(LOOK_MS, leftMs));
  }
  return true;
}

class Group implements Victims {
  readonly #processes: Processes;
  readonly #leader: number;

  constructor(processes: Processes, leader: number) {
    this.#processes = processes;
    this.#leader = leader;
  }

  signal(signal: SentSignal): void {
    this.#processes.signalGroup(this.#leader, signal);
  }

  areLeft(): boolean {
    return this.#processes.hasGroup(this.#leader);
  }
}

class Descendants implements Victims {
  readonly #platform: Executioner["platform"];
  readonly #processes: Processes;
  /** When each started: an id may come to mean another process. */
  readonly #started = new Map<number, string | null>();

  constructor(
    platform: Executioner["platform"],
    processes: Processes,
    root: number,
  ) {
    this.#platform = platform;
    this.#processes = processes;
    this.#freeze(root);
  }

  signal(signal: SentSignal): void {
    for (const pid of this.#left()) this.#processes.signal(pid, signal);
  }

  areLeft(): boolean {
    return this.#left().length > 0;
  }

  /** Stops all of them, until nobody is left who could start another. */
  #freeze(root: number): void {
    for (let found = [root]; found.length > 0;) {
      for (const pid of found) {
        const state = this.#platform.inspectProcess(pid);
        this.#started.set(pid, state.kind === "alive" ? state.started : null);
        this.#processes.signal(pid, "SIGSTOP");
      }
      found = this.#processes.descendants(root)
        .filter((pid) => !this.#started.has(pid));
    }
  }

  #left(): number[] {
    return [...this.#started.keys()].filter((pid) => {
      const state = this.#platform.inspectProcess(pid);
      return state.kind === "alive" && state.started === this.#started.get(pid);
    });
  }
}
