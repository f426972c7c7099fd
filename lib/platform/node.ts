/**
 * Opens the machine through `node:` modules, the same in Bun (so in the
 * executable), Node and Deno. A heartbeat is a whole process, so a module that
 * it does not need is loaded when it is first asked for.
 */
import {
  errorCode,
  explain,
  OutputClosedError,
  StorageError,
  SystemError,
  withFallback,
} from "../errors.ts";
import { systemClock } from "./clock.ts";
import { nodeFiles, nodeWatch } from "./files.ts";
import type { Output, Platform, Runtime, SystemCalls } from "./platform.ts";
import type { SentSignal, System } from "./signals.ts";

type Process = typeof import("node:process");
type FileSystem = typeof import("node:fs");

/** Opens the machine that this program runs on. */
export async function openPlatform(): Promise<Platform> {
  const process = (globalThis as unknown as { process: Process }).process;
  // `process.getBuiltinModule` would cost Bun five times as much.
  const fs = await import("node:fs");
  const system: System = process.platform === "win32"
    ? "windows"
    : process.platform === "darwin"
    ? "darwin"
    : "linux";
  const systemCalls = openSystemCalls(fs, process, system);
  return {
    files: nodeFiles(fs, {
      isWindows: system === "windows",
      isDeno: systemCalls.engine === "deno",
    }),
    clock: systemClock,
    stdout: openOutput(fs, process, 1),
    stderr: openOutput(fs, process, 2),
    systemCalls,
    system,
    args: process.argv.slice(2),
    pid: process.pid,
    // Not before it is asked for: in Deno it takes a permission.
    get uid() {
      return process.getuid?.() ?? null;
    },
    executable: () =>
      /[/\\](deno|bun|node)(\.exe)?$/i.test(process.execPath)
        ? null
        : process.execPath,
    runtime: () => runtimeOf(process, systemCalls.engine),
    env: (name) => process.env[name],
    workingDirectory: () => process.cwd(),
    openInput: async () => (await import("./input.ts")).openInput(fs, process),
    serveHttp: async (options) =>
      await (await import("./http.ts")).serveHttp(options),
    randomId: () => crypto.randomUUID().slice(0, 8),
    watch: (path, recursive, events) =>
      nodeWatch(fs, path, { recursive, events }),
    onSignal(signal, handler) {
      process.on(signal, handler);
      return () => void process.off(signal, handler);
    },
    onUncaught: (handler) => onUncaught(process, handler),
    leaveTerminal: () => leaveTerminal(fs, process),
    setExitCode: (code) => void (process.exitCode = code),
  };
}

function openSystemCalls(
  fs: FileSystem,
  process: Process,
  system: System,
): SystemCalls {
  const { versions } = process;
  const engine = versions.bun !== undefined
    ? "bun"
    : "deno" in versions
    ? "deno"
    : "node";
  return {
    get parentPid() {
      return process.ppid;
    },
    engine,
    readText: (path) => withFallback(() => fs.readFileSync(path, "utf8"), ""),
    readLink: (path) => withFallback(() => fs.readlinkSync(path), ""),
    names: (path) => withFallback(() => fs.readdirSync(path), []),
    hostName: () =>
      withFallback(() => process.getBuiltinModule("node:os").hostname(), ""),
    variables: () => process.env as Record<string, string>,
    kill: (pid, signal) => kill(process, pid, signal),
    output: (command) => outputOf(process, command),
    checkExecutable(path) {
      fs.accessSync(path, fs.constants.X_OK);
      if (fs.statSync(path).isDirectory()) {
        throw new SystemError("EACCES", "run", path);
      }
    },
    canOpenTerminal() {
      const descriptor = withFallback(() => fs.openSync("/dev/tty", "r"), null);
      if (descriptor !== null) fs.closeSync(descriptor);
      return descriptor !== null;
    },
    async setDescriptorLimit(limit) {
      const { openLibc } = await import("./libc.ts");
      return openLibc(process.platform)?.setDescriptorLimit(limit) ?? false;
    },
    spawn: async (request) =>
      (await import("./spawn.ts")).spawn(
        { fs, process, system, engine },
        request,
      ),
  };
}

function outputOf(process: Process, [program, ...args]: readonly string[]) {
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const { status, stdout } = spawnSync(program!, args, { encoding: "utf8" });
  return status === 0 ? stdout : "";
}

function kill(process: Process, pid: number, signal: SentSignal | 0) {
  try {
    process.kill(pid, signal);
    return "sent";
  } catch (error) {
    const code = errorCode(error);
    return code === "ESRCH" ? "gone" : code === "EPERM" ? "denied" : "unknown";
  }
}

function onUncaught(
  process: Process,
  handler: (thrown: unknown) => void,
): () => void {
  const caught = "uncaughtException";
  const tell = (thrown: unknown) => {
    // Other listeners would catch it.
    if (process.listenerCount(caught) === 0) handler(thrown);
  };
  process.on(`${caught}Monitor`, tell);
  return () => void process.off(`${caught}Monitor`, tell);
}

/** The engine and what it was built for, in the words of the archives. */
function runtimeOf(process: Process, engine: SystemCalls["engine"]): Runtime {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const report = process.report.getReport() as {
    header?: { glibcVersionRuntime?: string };
  };
  const isMusl = system === "linux" &&
    report.header?.glibcVersionRuntime === undefined;
  const version = (process.versions as Record<string, string>)[engine];
  return {
    engine: `${engine} ${version}`,
    target: `${system}-${process.arch}${isMusl ? "-musl" : ""}`,
  };
}

/** While a pipe is full (EAGAIN), it is tried again after so long. */
const BUSY_MS = 2;

const encoder = new TextEncoder();

/**
 * Standard output (1) or standard error (2): all of a text goes out before the
 * call returns, and a reader that has left is told from a full device.
 */
function openOutput(
  fs: FileSystem,
  process: Process,
  descriptor: 1 | 2,
): Output {
  return {
    get isTerminal() {
      return isTerminal(fs, process, descriptor);
    },
    size: () =>
      isTerminal(fs, process, descriptor) ? terminalSize(process) : null,
    write(text) {
      const bytes = encoder.encode(text);
      for (let written = 0; written < bytes.length;) {
        try {
          written += fs.writeSync(descriptor, bytes.subarray(written));
        } catch (error) {
          if (errorCode(error) !== "EAGAIN") throw asOutputError(error);
          systemClock.pause(BUSY_MS);
        }
      }
    },
    async send(bytes) {
      for (let written = 0; written < bytes.length;) {
        try {
          written += await writeLater(fs, descriptor, bytes.subarray(written));
        } catch (error) {
          if (errorCode(error) !== "EAGAIN") throw asOutputError(error);
          await systemClock.sleep(BUSY_MS);
        }
      }
    },
  };
}

function writeLater(
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

function asOutputError(cause: unknown): Error {
  if (errorCode(cause) === "EPIPE") return new OutputClosedError({ cause });
  return new StorageError(`Cannot write output: ${explain(cause)}`, { cause });
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
  const stats = withFallback(() => fs.fstatSync(descriptor), null);
  if (stats === null) return false;
  if (!stats.isCharacterDevice()) return process.platform === "win32";
  // Linux: major 1 is /dev/null and its like.
  return process.platform !== "linux" || stats.rdev >> 8 !== 1;
}

/** Asked anew each time: a resize must not leave an old size behind. */
function terminalSize(process: Process) {
  const stream = process.stdout.isTTY ? process.stdout : process.stderr;
  (stream as unknown as { _refreshSize?: () => void })._refreshSize?.();
  const { columns, rows } = stream;
  return columns > 0 && rows > 0 ? { columns, rows } : null;
}

/** Closes what may be a terminal: then no runtime puts its modes back. */
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
