/**
 * Processes through Deno: native calls only. Deno hands on descriptors, raw
 * environments and real pipes by itself; the limit on descriptors, which it
 * raises, is put right by a shell.
 */
import {
  descendantsOf,
  hasTerminal,
  IgnoredSignals,
  originalLimit,
  type TableSource,
  zombieGroups,
} from "./process_table.ts";
import type {
  Child,
  Ending,
  Pipe,
  Processes,
  SentSignal,
  SpawnOrder,
} from "./processes.ts";
import { SystemError } from "./system_error.ts";
import { behindShell, needsShell } from "./wrapping.ts";

/** Processes of the machine. */
export function denoProcesses(source: TableSource): Processes {
  const ignored = new IgnoredSignals(source);
  const limit = originalLimit(source, Deno.ppid);
  const isWindows = source.system === "windows";
  const hasOnlyZombies = zombieGroups(source);
  return {
    hasTerminal: hasTerminal(source) ?? canOpenTerminal(),
    isIgnored: (signal) => ignored.has(signal),
    // deno-lint-ignore require-await
    spawn: async (order) => {
      const env = { ...Deno.env.toObject(), ...order.env };
      const softLimit = limit?.soft ?? null;
      const wrapping = { ignored: ignored.numbers, softLimit, env };
      return spawn(
        needsShell(wrapping)
          ? { ...order, command: behindShell(order.command, wrapping) }
          : order,
      );
    },
    signal: kill,
    signalGroup: (leader, signal) => kill(isWindows ? leader : -leader, signal),
    hasGroup: (leader) =>
      !isWindows && kill(-leader, 0 as unknown as SentSignal) &&
      !hasOnlyZombies(leader),
    descendants: (pid) => descendantsOf(source, pid),
  };
}

function canOpenTerminal(): boolean {
  try {
    Deno.openSync("/dev/tty").close();
    return true;
  } catch {
    return false;
  }
}

function kill(target: number, signal: SentSignal): boolean {
  try {
    Deno.kill(target, signal);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}

const OUTPUT = {
  inherited: "inherit",
  captured: "piped",
  none: "null",
} as const;

function spawn(order: SpawnOrder): Child {
  const [program = "", ...args] = order.command;
  const output = OUTPUT[order.output];
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      env: { ...order.env },
      stdin: order.input === "held" ? "piped" : "inherit",
      stdout: output,
      stderr: output,
      // On Windows that would open another console.
      detached: order.group === "own" && Deno.build.os !== "windows",
    }).spawn();
  } catch (error) {
    throw new SystemError(codeOf(error), "run", program);
  }
  const isCaptured = order.output === "captured";
  return {
    pid: child.pid,
    ended: child.status.then(endingOf, rareSignal),
    stdout: isCaptured ? openPipe(child.stdout) : null,
    stderr: isCaptured ? openPipe(child.stderr) : null,
    release() {
      if (order.input === "held") child.stdin.close().catch(() => {});
      child.unref();
    },
  };
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: string };
  if (code !== undefined) return code;
  if (error instanceof Deno.errors.NotFound) return "ENOENT";
  return error instanceof Deno.errors.NotADirectory ? "ENOTDIR" : "EACCES";
}

function endingOf({ code, signal }: Deno.CommandStatus): Ending {
  if (signal === null) return { kind: "exited", code };
  return { kind: "killed", name: signal, number: code - 128 };
}

/** Deno has no names for real-time signals, and throws instead of counting. */
function rareSignal(error: unknown): Ending {
  const number = Number(/Invalid signal: (\d+)/.exec(String(error))?.[1]);
  if (!Number.isInteger(number)) throw error;
  return { kind: "killed", name: `SIG${number}`, number };
}

function openPipe(stream: ReadableStream<Uint8Array>): Pipe {
  const reader = stream.getReader();
  return {
    async read() {
      const { value, done } = await reader.read();
      return done ? null : value;
    },
    close: () => void reader.cancel().catch(() => {}),
  };
}
