/** What Bun and Node have in common about processes: all but starting them. */
import {
  descendantsOf,
  hasTerminal,
  type IgnoredSignals,
  type TableSource,
  zombieGroups,
} from "./process_table.ts";
import type { Processes, SentSignal } from "./processes.ts";

/** A machine as both see it. */
export interface NodeMachine {
  fs: typeof import("node:fs");
  process: typeof import("node:process");
  source: TableSource;
  ignored: IgnoredSignals;
}

/** Processes of the machine, which `spawn` starts. */
export function processesOf(
  machine: NodeMachine,
  spawn: Processes["spawn"],
): Processes {
  const { process, source, ignored } = machine;
  const kill = (target: number, signal: SentSignal | 0): boolean => {
    try {
      process.kill(target, signal);
      return true;
    } catch (error) {
      return (error as { code?: string }).code === "EPERM";
    }
  };
  const isWindows = source.system === "windows";
  const hasOnlyZombies = zombieGroups(source);
  return {
    hasTerminal: hasTerminal(source) ?? canOpenTerminal(machine),
    isIgnored: (signal) => ignored.has(signal),
    spawn,
    signal: kill,
    signalGroup: (leader, signal) => kill(isWindows ? leader : -leader, signal),
    hasGroup: (leader) =>
      !isWindows && kill(-leader, 0) && !hasOnlyZombies(leader),
    descendants: (pid) => descendantsOf(source, pid),
  };
}

function canOpenTerminal({ fs }: NodeMachine): boolean {
  try {
    fs.closeSync(fs.openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}
