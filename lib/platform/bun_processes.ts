/**
 * Processes through Bun. What `Bun.spawn` would change for the command is put
 * right: descriptors above 2, signals that are ignored, the limit on
 * descriptors, bytes in the environment that are no UTF-8, real pipes.
 */
import { openLibc } from "./bun_libc.ts";
import type { NodeMachine } from "./node_machine.ts";
import { extraDescriptors, originalLimit } from "./process_table.ts";
import type {
  Child,
  Ending,
  Pipe,
  Processes,
  SpawnOrder,
} from "./processes.ts";
import {
  asScript,
  behindShell,
  isMangled,
  isOddName,
  needsShell,
  withVariables,
} from "./wrapping.ts";

type Stdio = "inherit" | "ignore" | "pipe" | number | null;

/** The part of Bun that is used here. */
interface Bun {
  spawn(command: readonly string[], options: {
    stdio: Stdio[];
    detached: boolean;
    env?: Record<string, string | undefined>;
  }): BunChild;
  file(descriptor: number): { stream(): ReadableStream<Uint8Array> };
  which(command: string, options: { PATH: string }): string | null;
}

interface BunChild {
  pid: number;
  exited: Promise<unknown>;
  exitCode: number | null;
  /** A number where the signal has no name. */
  signalCode: string | number | null;
  stdin: { end(): void } | null;
  unref(): void;
}

/** Starts processes of the machine; null where the runtime is not Bun. */
export function bunSpawn(machine: NodeMachine): Processes["spawn"] | null {
  const bun = (globalThis as unknown as { Bun?: Bun }).Bun;
  if (bun === undefined) return null;
  // Listed before we open any of our own.
  const descriptors = extraDescriptors(machine.source);
  const system = { ...machine, bun, descriptors };
  return (order) => Promise.resolve().then(() => spawn(system, order));
}

interface System extends NodeMachine {
  bun: Bun;
  /** Descriptors above 2 that the command gets, too. */
  descriptors: readonly number[];
}

async function spawn(system: System, order: SpawnOrder): Promise<Child> {
  const { fs } = system;
  const pipes = order.output === "captured" ? await openPipes() : null;
  const output: Stdio = order.output === "none" ? "ignore" : "inherit";
  const stdio: Stdio[] = [
    order.input === "held" ? "pipe" : "inherit",
    pipes?.[0].write ?? output,
    pipes?.[1].write ?? output,
  ];
  if (order.input === "inherited") handOn(stdio, system.descriptors);
  let child: BunChild;
  try {
    child = await start(system, order, stdio);
  } catch (error) {
    pipes?.forEach(({ read }) => fs.closeSync(read));
    throw error;
  } finally {
    pipes?.forEach(({ write }) => fs.closeSync(write));
  }
  const [stdout, stderr] = pipes ?? [null, null];
  return {
    pid: child.pid,
    ended: child.exited.then(() => endingOf(system, child)),
    stdout: stdout === null ? null : openPipe(system, stdout.read),
    stderr: stderr === null ? null : openPipe(system, stderr.read),
    release() {
      child.stdin?.end();
      child.unref();
    },
  };
}

/** Bun closes what is not named here. */
function handOn(stdio: Stdio[], descriptors: readonly number[]): void {
  for (const descriptor of descriptors) {
    while (stdio.length < descriptor) stdio.push(null);
    stdio[descriptor] = descriptor;
  }
}

async function start(
  system: System,
  order: SpawnOrder,
  stdio: Stdio[],
): Promise<BunChild> {
  const { bun, process, ignored } = system;
  const all = { ...process.env, ...order.env } as Record<string, string>;
  const softLimit = await limitLeft(system);
  const wrapping = { ignored: ignored.numbers, softLimit, env: all };
  const isShelled = needsShell(wrapping);
  const isRaw = isMangled(all);
  // Who stands between would find out too late, and say it in other words.
  const direct = isShelled || isRaw
    ? checked(system, order.command, all["PATH"] ?? "")
    : order.command;
  const command = isRaw ? withVariables(direct, order.env) : direct;
  const options = {
    stdio,
    // On Windows that would open another console.
    detached: order.group === "own" && system.source.system !== "windows",
    ...(isRaw ? {} : { env: all }),
  };
  if (isShelled) return bun.spawn(behindShell(command, wrapping), options);
  try {
    return bun.spawn(command, options);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOEXEC") throw error;
    const [name = "", ...args] = command;
    const path = bun.which(name, { PATH: all["PATH"] ?? "" }) ?? name;
    return bun.spawn(asScript([path, ...args]), options);
  }
}

/** Descriptors that are needed to start a process. */
const ROOM = 32;

/** The soft limit on descriptors that a shell has to set; null if it is set. */
async function limitLeft(
  { process, source, descriptors }: System,
): Promise<string | null> {
  const limit = originalLimit(source, process.ppid);
  if (limit === null) return null;
  // One that is open already may lie above; only a shell comes after that.
  const highest = (descriptors.at(-1) ?? 2) + ROOM;
  const isAbove = limit.soft !== "unlimited" && highest >= Number(limit.soft);
  const libc = isAbove ? null : await openLibc();
  return libc?.setDescriptorLimit(limit) ? null : limit.soft;
}

/** The command; throws, with a code, what an attempt to execute it would. */
function checked(
  { bun, fs }: System,
  command: readonly string[],
  PATH: string,
): readonly string[] {
  const [name = "", ...args] = command;
  if (name.includes("/")) {
    fs.accessSync(name, fs.constants.X_OK);
    if (!fs.statSync(name).isDirectory()) return command;
    throw Object.assign(new Error("a directory"), { code: "EACCES" });
  }
  const path = bun.which(name, { PATH });
  if (path !== null) return isOddName(name) ? [path, ...args] : command;
  throw Object.assign(new Error("not found"), { code: "ENOENT" });
}

async function openPipes() {
  const libc = await openLibc();
  const both = [libc?.openPipe() ?? null, libc?.openPipe() ?? null] as const;
  if (both[0] !== null && both[1] !== null) return [both[0], both[1]] as const;
  throw Object.assign(new Error("no pipe"), { code: "EMFILE" });
}

function openPipe({ bun, fs }: System, descriptor: number): Pipe {
  const reader = bun.file(descriptor).stream().getReader();
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    // To cancel alone would leave the descriptor open, and the writer alive.
    reader.cancel().catch(() => {});
    try {
      fs.closeSync(descriptor);
    } catch {
      // The stream has closed it.
    }
  };
  return {
    async read() {
      if (!isOpen) return null;
      const { value, done } = await reader.read();
      if (!done) return value;
      close();
      return null;
    },
    close,
  };
}

function endingOf({ process }: System, child: BunChild): Ending {
  const { signalCode, exitCode } = child;
  if (signalCode === null) return { kind: "exited", code: exitCode ?? 255 };
  if (typeof signalCode === "number") {
    return { kind: "killed", name: `SIG${signalCode}`, number: signalCode };
  }
  const { signals } = process.getBuiltinModule("node:os").constants;
  const number = signals[signalCode as keyof typeof signals];
  return { kind: "killed", name: signalCode, number };
}
