/**
 * Ending a command that has passed a limit: SIGTERM, then SIGKILL. A command
 * with a group of its own is ended with all of it; one that shares our group
 * and terminal is ended with its descendants, and no other process is hit.
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
  const { killAfterMs, processes, clock } = termination;
  const tree = processes.hasTerminal
    ? stopDescendants(termination)
    : groupOf(termination);
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
  const endMs = clock.elapsedMs() + limitMs;
  while (tree.isAlive()) {
    const leftMs = endMs - clock.elapsedMs();
    if (leftMs <= 0) return false;
    await clock.sleep(Math.min(CHECK_MS, leftMs));
  }
  return true;
}

function groupOf({ processes, child }: Termination): ProcessTree {
  return {
    signal: (signal) => void processes.signalGroup(child.pid, signal),
    isAlive: () => processes.hasGroup(child.pid),
  };
}

/** The command and its descendants; all of them are stopped to begin with. */
function stopDescendants(
  { processes, inspector, child }: Termination,
): ProcessTree {
  /** When each started: an id may come to mean another process. */
  const started = new Map<number, string | null>();
  const living = () =>
    [...started.keys()].filter((pid) => {
      const state = inspector.inspect(pid);
      return state.kind === "alive" && state.started === started.get(pid);
    });
  // Until none is left that could start another.
  for (let found = [child.pid]; found.length > 0;) {
    for (const pid of found) {
      const state = inspector.inspect(pid);
      started.set(pid, state.kind === "alive" ? state.started : null);
      processes.signal(pid, "SIGSTOP");
    }
    found = processes.descendants(child.pid).filter((pid) => !started.has(pid));
  }
  return {
    signal(signal) {
      for (const pid of living()) processes.signal(pid, signal);
    },
    isAlive: () => living().length > 0,
  };
}
