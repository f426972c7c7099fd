/**
 * Opens the machine through `node:` modules, the same in Bun (so in the
 * executable), Node and Deno. A heartbeat is a whole process, so a module that
 * it does not need is loaded when it is first asked for.
 */
import fs from "node:fs";
import process from "node:process";
import {
  errorCode,
  explain,
  OutputClosedError,
  StorageError,
  SystemError,
} from "../errors.ts";
import { nodeFiles, nodeWatch } from "./files.ts";
import type { Output, Platform, SystemCalls } from "./platform.ts";
import {
  describeRuntime,
  ENGINE,
  orElse,
  SYSTEM,
  systemClock,
} from "./runtime.ts";
import type { SentSignal } from "./signals.ts";

/** Opens the machine that this program runs on. */
export function openPlatform(): Platform {
  return {
    files: nodeFiles,
    clock: systemClock,
    stdout: openOutput(1),
    stderr: openOutput(2),
    systemCalls,
    system: SYSTEM,
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
    runtime: describeRuntime,
    env: (name) => process.env[name],
    workingDirectory: () => process.cwd(),
    openInput: async () => (await import("./input.ts")).openInput(),
    serveHttp: async (options) =>
      await (await import("./http.ts")).serveHttp(options),
    startThread: async (module, task) =>
      (await import("./thread.ts")).startThread(module, task),
    randomId: () => crypto.randomUUID().slice(0, 8),
    watch: nodeWatch,
    onSignal(signal, handler) {
      process.on(signal, handler);
      return () => void process.off(signal, handler);
    },
    onUncaught,
    leaveTerminal,
    setExitCode: (code) => void (process.exitCode = code),
  };
}

const systemCalls: SystemCalls = {
  get parentPid() {
    return process.ppid;
  },
  engine: ENGINE,
  readText: (path) => orElse(() => fs.readFileSync(path, "utf8"), ""),
  readLink: (path) => orElse(() => fs.readlinkSync(path), ""),
  names: (path) => orElse(() => fs.readdirSync(path), []),
  hostName: () =>
    orElse(() => process.getBuiltinModule("node:os").hostname(), ""),
  variables: () => process.env as Record<string, string>,
  kill,
  output,
  checkExecutable(path) {
    fs.accessSync(path, fs.constants.X_OK);
    if (fs.statSync(path).isDirectory()) {
      throw new SystemError("EACCES", "run", path);
    }
  },
  canOpenTerminal() {
    const descriptor = orElse(() => fs.openSync("/dev/tty", "r"), null);
    if (descriptor !== null) fs.closeSync(descriptor);
    return descriptor !== null;
  },
  async setDescriptorLimit(limit) {
    const { openLibc } = await import("./libc.ts");
    return openLibc()?.setDescriptorLimit(limit) ?? false;
  },
  spawn: async (request) => (await import("./spawn.ts")).spawn(request),
};

function output([program, ...args]: readonly string[]) {
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const { status, stdout } = spawnSync(program!, args, { encoding: "utf8" });
  return status === 0 ? stdout : "";
}

function kill(pid: number, signal: SentSignal | 0) {
  try {
    process.kill(pid, signal);
    return "sent";
  } catch (error) {
    const code = errorCode(error);
    return code === "ESRCH" ? "gone" : code === "EPERM" ? "denied" : "unknown";
  }
}

function onUncaught(handler: (thrown: unknown) => void): () => void {
  const caught = "uncaughtException";
  const tell = (thrown: unknown) => {
    // Other listeners would catch it.
    if (process.listenerCount(caught) === 0) handler(thrown);
  };
  process.on(`${caught}Monitor`, tell);
  return () => void process.off(`${caught}Monitor`, tell);
}

/** While a pipe is full (EAGAIN), it is tried again after so long. */
const BUSY_MS = 2;

const encoder = new TextEncoder();

/**
 * Standard output (1) or standard error (2): all of a text goes out before the
 * call returns, and a reader that has left is told from a full device.
 */
function openOutput(descriptor: 1 | 2): Output {
  return {
    get isTerminal() {
      return isTerminal(descriptor);
    },
    size: () => isTerminal(descriptor) ? terminalSize() : null,
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
      const { promisify } = process.getBuiltinModule("node:util");
      const writeLater = promisify(fs.write);
      for (let written = 0; written < bytes.length;) {
        try {
          const rest = bytes.subarray(written);
          written += (await writeLater(descriptor, rest)).bytesWritten;
        } catch (error) {
          if (errorCode(error) !== "EAGAIN") throw asOutputError(error);
          await systemClock.sleep(BUSY_MS);
        }
      }
    },
  };
}

function asOutputError(cause: unknown): Error {
  if (errorCode(cause) === "EPIPE") return new OutputClosedError({ cause });
  return new StorageError(`Cannot write output: ${explain(cause)}`, { cause });
}

/** Only what may be a terminal is asked: the asking costs Bun 2 ms. */
function isTerminal(descriptor: 1 | 2): boolean {
  if (!mayBeTerminal(descriptor)) return false;
  const stream = descriptor === 1 ? process.stdout : process.stderr;
  return stream.isTTY === true;
}

function mayBeTerminal(descriptor: number): boolean {
  const stats = orElse(() => fs.fstatSync(descriptor), null);
  if (stats === null) return false;
  if (!stats.isCharacterDevice()) return process.platform === "win32";
  // Linux: major 1 is /dev/null and its like.
  return process.platform !== "linux" || stats.rdev >> 8 !== 1;
}

/** Asked anew each time: a resize must not leave an old size behind. */
function terminalSize() {
  const stream = process.stdout.isTTY ? process.stdout : process.stderr;
  (stream as unknown as { _refreshSize?: () => void })._refreshSize?.();
  const { columns, rows } = stream;
  return columns > 0 && rows > 0 ? { columns, rows } : null;
}

/** Closes what may be a terminal: then no runtime puts its modes back. */
function leaveTerminal(): void {
  if (process.platform === "win32") return;
  for (const descriptor of [0, 1, 2] as const) {
    if (!mayBeTerminal(descriptor)) continue;
    try {
      fs.closeSync(descriptor);
      // The lowest number that is free: the one that was just closed.
      fs.openSync("/dev/null", "r+");
    } catch {
      // Then the modes are put back, as they always were.
    }
  }
}
