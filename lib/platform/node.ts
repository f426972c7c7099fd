/**
 * The host for Bun (so for the executable) and Node: `node:` modules, loaded
 * when it is opened and nowhere else, so that Deno never pays for them.
 */
import type { Input, Platform, ReadLimits, SignalName } from "./platform.ts";
import { systemClock } from "./clock.ts";
import { nodeAttributes, nodeFiles } from "./node_files.ts";
import { nodeWatch } from "./node_watch.ts";
import { bunSpawn } from "./bun_processes.ts";
import { processesOf } from "./node_machine.ts";
import { IgnoredSignals } from "./process_table.ts";
import { executableAt } from "./executable.ts";
import { openPoll } from "./bun_libc.ts";
import { openOutput } from "./output.ts";
import {
  ByteBuffer,
  MOST_BYTES,
  readWithTimeout,
} from "./read_with_timeout.ts";
import type { Processes } from "./processes.ts";
import {
  machineOf,
  type ProcessSource,
  processState,
} from "./process_facts.ts";

type Process = typeof import("node:process");
type FileSystem = typeof import("node:fs");

/** The machine through Node's interfaces. */
export async function nodePlatform(): Promise<Platform> {
  const process = (globalThis as unknown as { process: Process }).process;
  // `process.getBuiltinModule` would cost Bun five times as much.
  const fs = await import("node:fs");
  const output = (descriptor: 1 | 2) =>
    openOutput({
      write: (bytes) => fs.writeSync(descriptor, bytes),
      send: (bytes) => send(fs, descriptor, bytes),
      isTerminal: () => isTerminal(fs, process, descriptor),
      size: () => terminalSize(process),
      pause: systemClock.pause,
    });
  const system = process.platform === "win32"
    ? "windows"
    : process.platform === "darwin"
    ? "darwin"
    : "linux";
  const source = processSource(fs, process, system);
  return {
    files: nodeFiles(fs, system === "windows"),
    attributes: nodeAttributes(fs),
    clock: systemClock,
    stdout: output(1),
    stderr: output(2),
    stdin: nodeInput(fs, process),
    system,
    args: process.argv.slice(2),
    pid: process.pid,
    uid: process.getuid?.() ?? null,
    executable: () => executableAt(process.execPath),
    runtime: async () => (await import("./runtime.ts")).nodeRuntime(process),
    env: (name) => process.env[name],
    workingDirectory: () => process.cwd(),
    machine: () => machineOf(source),
    inspectProcess: (pid) => processState(source, pid),
    processes: () => openProcesses(fs, process, source),
    serveHttp: async (order) =>
      await (await import("./http_server.ts")).serveHttp(order),
    randomId: () => crypto.randomUUID().slice(0, 8),
    watch: (path, recursive, events) =>
      nodeWatch(fs, path, { recursive, events }),
    onSignal: (signal, handler) => onSignal(process, signal, handler),
    onUncaught: (handler) => onUncaught(process, handler),
    raise: (signal) => void process.kill(process.pid, signal),
    leaveTerminal: () => leaveTerminal(fs, process),
    setExitCode: (code) => void (process.exitCode = code),
  };
}

function processSource(
  fs: FileSystem,
  process: Process,
  system: ProcessSource["system"],
): ProcessSource {
  return {
    system,
    read: (path) => fs.readFileSync(path, "utf8"),
    readLink: (path) => fs.readlinkSync(path),
    hostName: () => process.getBuiltinModule("node:os").hostname(),
    nowMs: () => performance.now(),
    probe(pid) {
      try {
        process.kill(pid, 0);
        return "there";
      } catch (error) {
        const { code } = error as { code?: string };
        return code === "ESRCH"
          ? "gone"
          : code === "EPERM"
          ? "denied"
          : "unknown";
      }
    },
    output: ([program, ...args]) =>
      process.getBuiltinModule("node:child_process").execFileSync(
        program!,
        args,
        { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
      ),
  };
}

async function openProcesses(
  fs: FileSystem,
  process: Process,
  source: ProcessSource,
): Promise<Processes> {
  const names = (path: string) => fs.readdirSync(path);
  const table = { ...source, names };
  const ignored = new IgnoredSignals(table);
  const machine = { fs, process, source: table, ignored };
  const spawn = bunSpawn(machine) ??
    (await import("./node_processes.ts")).nodeSpawn(machine);
  return processesOf(machine, spawn);
}

function send(
  fs: FileSystem,
  descriptor: number,
  bytes: Uint8Array,
): Promise<number> {
  return new Promise((resolve, reject) =>
    fs.write(descriptor, bytes, (error, written) => {
      if (error === null) resolve(written);
      else reject(error);
    })
  );
}

/** Only what may be a terminal is asked: the asking costs Bun 2 ms. */
function isTerminal(
  fs: FileSystem,
  process: Process,
  descriptor: 1 | 2,
): boolean {
  if (!mayBeTerminal(fs, process, descriptor)) return false;
  const stream = descriptor === 1 ? process.stdout : process.stderr;
  return stream.isTTY === true;
}

function mayBeTerminal(
  fs: FileSystem,
  process: Process,
  descriptor: number,
): boolean {
  try {
    const stats = fs.fstatSync(descriptor);
    if (!stats.isCharacterDevice()) return process.platform === "win32";
    // Linux: major 1 is /dev/null and its like.
    return process.platform !== "linux" || stats.rdev >> 8 !== 1;
  } catch {
    return false;
  }
}

/** Asked anew each time: a resize must not leave an old size behind. */
function terminalSize(process: Process) {
  const stream = process.stdout.isTTY ? process.stdout : process.stderr;
  (stream as unknown as { _refreshSize?: () => void })._refreshSize?.();
  const { columns, rows } = stream;
  return columns > 0 && rows > 0 ? { columns, rows } : null;
}

/** What is no terminal has no modes that the runtime could put back. */
function leaveTerminal(fs: FileSystem, process: Process): void {
  if (process.platform === "win32") return;
  for (const descriptor of [0, 1, 2] as const) {
    if (!mayBeTerminal(fs, process, descriptor)) continue;
    try {
      fs.closeSync(descriptor);
      // The lowest number that is free: the one that was just closed.
      fs.openSync("/dev/null", "r+");
    } catch {
      // Then the modes are put back, as they always were.
    }
  }
}

function onSignal(
  process: Process,
  signal: SignalName,
  handler: () => void,
): () => void {
  process.on(signal, handler);
  return () => void process.off(signal, handler);
}

function onUncaught(
  process: Process,
  handler: (thrown: unknown) => void,
): () => void {
  const caught = "uncaughtException";
  const tell = (thrown: unknown) => {
    // Who listens for them catches them.
    if (process.listenerCount(caught) === 0) handler(thrown);
  };
  process.on(`${caught}Monitor`, tell);
  return () => void process.off(`${caught}Monitor`, tell);
}

function nodeInput(fs: FileSystem, process: Process): Input {
  return {
    get isTerminal() {
      return process.stdin.isTTY === true;
    },
    listen(onKeys) {
      const { stdin } = process;
      const decoder = new TextDecoder();
      const onData = (data: Uint8Array) =>
        onKeys(decoder.decode(data, { stream: true }));
      stdin.setRawMode(true);
      stdin.on("data", onData);
      stdin.resume();
      return () => {
        stdin.off("data", onData);
        stdin.setRawMode(false);
        stdin.pause();
      };
    },
    readAll: (maxBytes) => readAll(fs, maxBytes),
    readWithTimeout: (limit) => readFor(fs, process, limit),
    readLine: () => readLine(fs),
    chunks: () => bunChunks() ?? nodeChunks(process),
  };
}

/** A byte at a time: what follows the line is somebody else's. */
function readLine(fs: FileSystem): string | null {
  const bytes: number[] = [];
  const byte = new Uint8Array(1);
  for (;;) {
    if (readSome(fs, byte) === 0) {
      if (bytes.length === 0) return null;
      break;
    }
    if (byte[0] === 10) break;
    bytes.push(byte[0]!);
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

const CHUNK_BYTES = 64 * 1024;

/** Bun gives a read up that waits; one through `fs` would keep the process. */
function bunChunks(): AsyncIterable<Uint8Array> | null {
  const { Bun } = globalThis as unknown as {
    Bun?: { stdin: { stream(): ReadableStream<Uint8Array> } };
  };
  if (Bun === undefined) return null;
  const { stdin } = Bun;
  let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      reader ??= stdin.stream().getReader();
      return await reader.read() as IteratorResult<Uint8Array>;
    },
    async return() {
      await reader?.cancel();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

/** The same in Node: given up by closing it. */
function nodeChunks({ stdin }: Process): AsyncIterable<Uint8Array> {
  const chunks = stdin[Symbol.asyncIterator]();
  const iterator: AsyncIterator<Uint8Array> = {
    next: () => chunks.next(),
    return() {
      stdin.destroy();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

/** A payload is small and there at once: the least way to it counts. */
async function readFor(
  fs: FileSystem,
  process: Process,
  limit: ReadLimits,
): Promise<Uint8Array> {
  const isReadable = await openPoll();
  if (isReadable === null) {
    const chunks = bunChunks() ?? nodeChunks(process);
    return await readWithTimeout(chunks, limit, systemClock);
  }
  const gathering = new ByteBuffer();
  const end = performance.now() + limit.forMs;
  for (let left = limit.forMs; left > 0; left = end - performance.now()) {
    if (!isReadable(0, left)) break;
    const room = gathering.reserve(CHUNK_BYTES);
    const count = readSome(fs, room);
    if (count === 0) break;
    if (gathering.total < MOST_BYTES) gathering.total += count;
    if (!isReadable(0, 0) && limit.isWhole(gathering.bytes())) break;
  }
  return gathering.bytes();
}

function readAll(fs: FileSystem, maxBytes: number): string {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const chunk = new Uint8Array(65_536);
    const count = readSome(fs, chunk);
    if (count === 0) break;
    total += count;
    if (total > maxBytes) {
      throw Object.assign(new Error("too large"), { code: "EFBIG" });
    }
    chunks.push(chunk.subarray(0, count));
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function readSome(fs: FileSystem, chunk: Uint8Array): number {
  for (;;) {
    try {
      return fs.readSync(0, chunk);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw error;
      systemClock.pause(5);
    }
  }
}
