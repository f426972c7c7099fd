/**
 * The host for Deno: native calls only. It must never touch `node:` modules or
 * `process`, which would more than double the time a start takes.
 */
import type { Input, Platform } from "./platform.ts";
import { systemClock } from "./clock.ts";
import { denoAttributes, denoFiles } from "./deno_files.ts";
import { denoWatch } from "./deno_watch.ts";
import { executableAt } from "./executable.ts";
import { openOutput } from "./output.ts";
import { readWithTimeout } from "./read_with_timeout.ts";
import {
  machineOf,
  type ProcessSource,
  processState,
} from "./process_facts.ts";
import { SystemError } from "./system_error.ts";

/** The machine through Deno's interfaces. */
export function denoPlatform(): Platform {
  const output = (stream: typeof Deno.stdout) =>
    openOutput({
      write: (bytes) => stream.writeSync(bytes),
      send: (bytes) => stream.write(bytes),
      isTerminal: () => stream.isTerminal(),
      size: () => consoleSize(),
      pause: systemClock.pause,
    });
  const { os } = Deno.build;
  const system = os === "windows"
    ? "windows"
    : os === "darwin"
    ? "darwin"
    : "linux";
  const source = processSource(system);
  return {
    files: denoFiles(system === "windows"),
    attributes: denoAttributes(system === "windows"),
    clock: systemClock,
    stdout: output(Deno.stdout),
    stderr: output(Deno.stderr),
    stdin: denoInput(),
    system,
    args: Deno.args,
    pid: Deno.pid,
    // Not before it is asked for: the library may not be allowed to.
    get uid() {
      return os === "windows" ? null : Deno.uid();
    },
    executable: () => executableAt(Deno.execPath()),
    runtime: async () => (await import("./runtime.ts")).denoRuntime(),
    env: (name) => Deno.env.get(name),
    workingDirectory: () => Deno.cwd(),
    machine: () => machineOf(source),
    inspectProcess: (pid) => processState(source, pid),
    async processes() {
      const { denoProcesses } = await import("./deno_processes.ts");
      const names = (path: string) =>
        [...Deno.readDirSync(path)].map(({ name }) => name);
      return denoProcesses({ ...source, names });
    },
    serveHttp: async (order) =>
      await (await import("./http_server.ts")).serveHttp(order),
    randomId: () => crypto.randomUUID().slice(0, 8),
    watch: (path, recursive, events) => denoWatch(path, recursive, events),
    onSignal(signal, handler) {
      Deno.addSignalListener(signal, handler);
      return () => Deno.removeSignalListener(signal, handler);
    },
    // It ends the process at once.
    onUncaught: () => () => {},
    raise,
    // Deno puts nothing back that it has not changed itself.
    leaveTerminal() {},
    setExitCode: (code) => void (Deno.exitCode = code),
  };
}

function processSource(system: ProcessSource["system"]): ProcessSource {
  return {
    system,
    read: (path) => Deno.readTextFileSync(path),
    readLink: (path) => Deno.readLinkSync(path),
    hostName: () => Deno.hostname(),
    nowMs: () => performance.now(),
    probe,
    output([program, ...args]) {
      const command = new Deno.Command(program!, { args, stderr: "null" });
      const { success, stdout } = command.outputSync();
      if (!success) throw new Error(`${program} failed`);
      return new TextDecoder().decode(stdout);
    },
  };
}

function probe(pid: number): "there" | "gone" | "denied" | "unknown" {
  try {
    Deno.kill(pid, 0 as unknown as Deno.Signal);
    return "there";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "gone";
    return error instanceof Deno.errors.PermissionDenied ? "denied" : "unknown";
  }
}

/** Without the permission to signal, Ctrl-Z only draws anew. */
function raise(signal: Deno.Signal): void {
  try {
    Deno.kill(Deno.pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
  }
}

function consoleSize(): { columns: number; rows: number } | null {
  try {
    const { columns, rows } = Deno.consoleSize();
    return columns > 0 && rows > 0 ? { columns, rows } : null;
  } catch {
    return null;
  }
}

/** Reads keys for whoever listens; to stop reading closes standard input. */
class KeyReader {
  listener: ((keys: string) => void) | null = null;
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;

  listen(onKeys: (keys: string) => void): () => void {
    Deno.stdin.setRaw(true);
    this.listener = onKeys;
    if (this.#reader === null) {
      this.#reader = Deno.stdin.readable.getReader();
      // A terminal that is gone types nothing more; a signal says so.
      this.#read(this.#reader).catch(() => {});
    }
    return () => this.#stop(onKeys);
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      this.listener?.(decoder.decode(value, { stream: true }));
    }
  }

  /** Who comes back from a stop listens again at once, and must not be late. */
  #stop(onKeys: (keys: string) => void): void {
    Deno.stdin.setRaw(false);
    if (this.listener === onKeys) this.listener = null;
    queueMicrotask(() => {
      if (this.listener === null) this.#reader?.cancel().catch(() => {});
    });
  }
}

function denoInput(): Input {
  const reader = new KeyReader();
  return {
    get isTerminal() {
      return Deno.stdin.isTerminal();
    },
    listen: (onKeys) => reader.listen(onKeys),
    readAll(maxBytes) {
      const chunks: Uint8Array[] = [];
      let total = 0;
      for (;;) {
        const chunk = new Uint8Array(65_536);
        const count = Deno.stdin.readSync(chunk);
        if (count === null) break;
        total += count;
        if (total > maxBytes) throw new SystemError("EFBIG", "read", "stdin");
        chunks.push(chunk.subarray(0, count));
      }
      const all = new Uint8Array(total);
      let at = 0;
      for (const chunk of chunks) {
        all.set(chunk, at);
        at += chunk.length;
      }
      return new TextDecoder().decode(all);
    },
    readWithTimeout: (limit) => readWithTimeout(chunks(), limit, systemClock),
    readLine,
    chunks,
  };
}

/** A byte at a time: what follows the line is somebody else's. */
function readLine(): string | null {
  const bytes: number[] = [];
  const byte = new Uint8Array(1);
  for (;;) {
    if (Deno.stdin.readSync(byte) === null) {
      if (bytes.length === 0) return null;
      break;
    }
    if (byte[0] === 10) break;
    bytes.push(byte[0]!);
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** Each chunk is valid until the next one is asked for. */
function chunks(): AsyncIterable<Uint8Array> {
  const room = new Uint8Array(64 * 1024);
  const iterator: AsyncIterator<Uint8Array> = {
    async next() {
      const count = await Deno.stdin.read(room);
      return count === null
        ? { done: true, value: undefined }
        : { done: false, value: room.subarray(0, count) };
    },
    // A read that waits would keep the process.
    return() {
      Deno.stdin.close();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
