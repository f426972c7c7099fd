/**
 * The machine, the same in Bun (so in the executable), Node and Deno. A
 * heartbeat is a whole process, so a module that it does not need is loaded
 * when it is first asked for.
 */
import {
  errorCode,
  explain,
  OutputClosedError,
  StorageError,
  SystemError,
} from "../errors.ts";
import { openLinuxAccess } from "./linux_files.ts";
import type {
  AnyFunction,
  FileAccess,
  Output,
  Platform,
  SystemCalls,
  Watch,
} from "./platform.ts";
import {
  describeRuntime,
  ENGINE,
  orElse,
  process,
  SYSTEM,
  systemClock,
} from "./runtime.ts";
import type { SentSignal } from "./signals.ts";

/** Opens the machine that this program runs on, by what is fastest here. */
export async function openMachine(): Promise<Platform> {
  const access = openLinuxAccess() ??
    (await import("./node_files.ts")).nodeAccess;
  return openPlatform(access);
}

/** Opens the machine with a way to its files. */
export function openPlatform(access: FileAccess): Platform {
  return {
    files: access.files,
    clock: systemClock,
    stdout: openOutput(1, access),
    stderr: openOutput(2, access),
    systemCalls: systemCallsOf(access),
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
    openInput: async () => (await import("./input.ts")).openInput(access),
    serveHttp: async (options) =>
      await (await import("./http.ts")).serveHttp(options),
    compileLess: (functions) =>
      compileLess([...functions, ...access.functions()]),
    startThread: async (module, task) =>
      (await import("./thread.ts")).startThread(module, task),
    randomId,
    watch,
    onSignal(signal, handler) {
      process.on(signal, handler);
      return () => void process.off(signal, handler);
    },
    onUncaught,
    exit: access.exit,
    dieOf: access.dieOf,
  };
}

/** Bun's module for such things, under a name that no bundler looks up. */
const BUN_JSC: string = "bun:jsc";

async function compileLess(functions: readonly AnyFunction[]): Promise<void> {
  if (ENGINE !== "bun") return;
  const { noFTL } = await import(BUN_JSC);
  functions.forEach((each) => noFTL?.(each));
}

/** The longest text of /proc that is read, in bytes. */
const PROC_LIMIT = 16 * 1024 * 1024;

function systemCallsOf(access: FileAccess): SystemCalls {
  const { files } = access;
  return {
    get parentPid() {
      return process.ppid;
    },
    engine: ENGINE,
    readText: (path) => orElse(() => files.readText(path, PROC_LIMIT), ""),
    readStart: (path, bytes) =>
      orElse(() => readStart(path, bytes), new Uint8Array()),
    readLink: (path) => orElse(() => files.readLink(path), null) ?? "",
    names: (path) => orElse(() => files.list(path), []).map(({ name }) => name),
    hostName: () =>
      orElse(() => process.getBuiltinModule("node:os").hostname(), ""),
    variables: () => process.env as Record<string, string>,
    kill,
    output,
    checkExecutable(path) {
      access.checkExecutable(path);
      if (files.inspectTarget(path)?.kind !== "directory") return;
      throw new SystemError("EACCES", "run", path);
    },
    canOpenTerminal: () => access.canOpen("/dev/tty"),
    setDescriptorLimit: (limit) =>
      access.unixCalls()?.setDescriptorLimit(limit) ?? false,
    reap: (pid) => access.unixCalls()?.reap(pid) ?? false,
    spawn: async (request) =>
      (await import("./spawn.ts")).spawn(access, request),
  };
}

function readStart(path: string, bytes: number): Uint8Array {
  const fs = process.getBuiltinModule("node:fs");
  const { O_RDONLY, O_NONBLOCK } = fs.constants;
  // Opening a FIFO would wait for a writer.
  const file = fs.openSync(path, O_RDONLY | O_NONBLOCK);
  try {
    const room = new Uint8Array(bytes);
    return room.subarray(0, fs.readSync(file, room));
  } finally {
    fs.closeSync(file);
  }
}

/** Tells a writer from all others that run at the same time, in 32 bits. */
function randomId(): string {
  return Math.floor(Math.random() * 2 ** 32).toString(16).padStart(8, "0");
}

/** Watches a directory; see Platform.watch. */
function watch(
  path: string,
  recursive: boolean,
  changed: (path: string | null) => void,
): Watch {
  const fs = process.getBuiltinModule("node:fs");
  const watch = { isWorking: true, close() {} };
  try {
    const watcher = fs.watch(path, { recursive }, (_event, name) => {
      changed(name ? String(name) : null);
    });
    watcher.on("error", () => watch.isWorking = false);
    watch.close = () => watcher.close();
  } catch {
    watch.isWorking = false;
  }
  return watch;
}

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

/** A longer text is written in pieces, which all take the same memory. */
const PIECE_BYTES = 64 * 1024;

const encoder = new TextEncoder();

/**
 * Standard output (1) or standard error (2): all of a text goes out before the
 * call returns, and a reader that has left is told from a full device.
 */
function openOutput(descriptor: 1 | 2, access: FileAccess): Output {
  // Only what may be a terminal is asked: the asking costs Bun 2 ms.
  const isTerminal = () =>
    access.mayBeTerminal(descriptor) &&
    (descriptor === 1 ? process.stdout : process.stderr).isTTY === true;
  const writeAll = (bytes: Uint8Array) => {
    for (let rest = bytes; rest.length > 0;) {
      try {
        rest = rest.subarray(access.write(descriptor, rest));
      } catch (error) {
        if (errorCode(error) !== "EAGAIN") throw asOutputError(error);
        systemClock.pause(BUSY_MS);
      }
    }
  };
  return {
    get isTerminal() {
      return isTerminal();
    },
    size: () => isTerminal() ? terminalSize() : null,
    write(text) {
      if (text.length <= PIECE_BYTES) return writeAll(encoder.encode(text));
      const room = new Uint8Array(PIECE_BYTES);
      for (let rest = text; rest !== "";) {
        const { read, written } = encoder.encodeInto(rest, room);
        writeAll(room.subarray(0, written));
        rest = rest.slice(read);
      }
    },
    async send(bytes) {
      const fs = process.getBuiltinModule("node:fs");
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

/** Asked anew each time: a resize must not leave an old size behind. */
function terminalSize() {
  const stream = process.stdout.isTTY ? process.stdout : process.stderr;
  (stream as unknown as { _refreshSize?: () => void })._refreshSize?.();
  const { columns, rows } = stream;
  return columns > 0 && rows > 0 ? { columns, rows } : null;
}
