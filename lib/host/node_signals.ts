/** Signalling processes through Node's interfaces, which Bun has, too. */
import { descendantsOf, type TableSource } from "./process_table.ts";
import type { Processes, SentSignal } from "./processes.ts";

type Process = typeof import("node:process");
type FileSystem = typeof import("node:fs");

/** What `Processes` has besides starting them. */
export function nodeSignals(
  process: Process,
  source: TableSource,
): Pick<Processes, "signal" | "signalGroup" | "hasGroup" | "descendants"> {
  const kill = (target: number, signal: SentSignal | 0): boolean => {
    try {
      process.kill(target, signal);
      return true;
    } catch (error) {
      return (error as { code?: string }).code === "EPERM";
    }
  };
  const isWindows = source.system === "windows";
  return {
    signal: kill,
    signalGroup: (leader, signal) => kill(isWindows ? leader : -leader, signal),
    hasGroup: (leader) => !isWindows && kill(-leader, 0),
    descendants: (pid) => descendantsOf(source, pid),
  };
}

/** Whether there is a terminal, where the system does not tell. */
export function canOpenTerminal(fs: FileSystem): boolean {
  try {
    fs.closeSync(fs.openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}
