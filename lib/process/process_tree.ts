/**
 * Ending a command that has passed a limit: SIGTERM, then SIGKILL. A command
 * with a group of its own is ended with all of it; one that shares our group
 * and terminal is ended with its descendants, so that nobody else is hit.
 */
import type { Child, Clock } from "../platform/platform.ts";
import type { SentSignal } from "../platform/signals.ts";
import type { ProcessInspector } from "./owners.ts";
import type { Processes } from "./processes.ts";

/** How often it is checked whether any process is left, milliseconds. */
const CHECK_MS = 20;

/** What is to end, how patiently, and by what means. */
export interface Termination {
  child: Child;
  /** From SIGTERM to SIGKILL, milliseconds. */
  killAfterMs: number;
  processes: Processes;
  inspector: ProcessInspector;
  clock: Clock;
}

/** A command and the processes that belong to it. */
interface ProcessTree {
  signal(signal: SentSignal): void;
  isAlive(): boolean;
}

/** Ends the command and what belongs to it; returns when that is done. */
export async function terminate(termination: Termination): Promise<void> {
  const { child, killAfterMs, processes, clock } = termination;
  const tree = processes.hasTerminal
    ? new Descendants(termination)
    : groupOf(processes, child.pid);
  tree.signal("SIGTERM");
  // A stopped process would take no notice of it.
  tree.signal("SIGCONT");
  if (await isGoneWithin(clock, tree, killAfterMs)) return;
  tree.signal("SIGKILL");
  await isGoneWithin(clock, tree, killAfterMs);
}

async function isGoneWithin(
  clock: Clock,
  tree: ProcessTree,
  limitMs: number,
): Promise<boolean> {
  const endUs = clock.nowUs() + limitMs * 1000;
  while (tree.isAlive()) {
    const leftMs = (endUs - clock.nowUs()) / 1000;
    if (leftMs <= 0) return false;
    await clock.sleep(Math.min(CHECK_MS, leftMs));
  }
  return true;
}

function groupOf(processes: Processes, leader: number): ProcessTree {
  return {
    signal: (signal) => void processes.signalGroup(leader, signal),
    isAlive: () => processes.hasGroup(leader),
  };
}

class Descendants implements ProcessTree {
  readonly #inspector: ProcessInspector;
  readonly #processes: Processes;
  /** When each started: an id may come to mean another process. */
  readonly #started = new Map<number, string | null>();

  constructor({ child, processes, inspector }: Termination) {
    this.#inspector = inspector;
    this.#processes = processes;
    this.#freeze(child.pid);
  }

  signal(signal: SentSignal): void {
    for (const pid of this.#living()) this.#processes.signal(pid, signal);
  }

  isAlive(): boolean {
    return this.#living().length > 0;
  }

  /** Stops all of them, until none is left that could start another. */
  #freeze(root: number): void {
    for (let found = [root]; found.length > 0;) {
      for (const pid of found) {
        const state = this.#inspector.inspect(pid);
        this.#started.set(pid, state.kind === "alive" ? state.started : null);
        this.#processes.signal(pid, "SIGSTOP");
      }
      found = this.#processes.descendants(root)
        .filter((pid) => !this.#started.has(pid));
    }
  }

  #living(): number[] {
    return [...this.#started.keys()].filter((pid) => {
      const state = this.#inspector.inspect(pid);
      return state.kind === "alive" && state.started === this.#started.get(pid);
    });
  }
}
