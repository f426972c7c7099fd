/**
 * Starting a process: by `Bun.spawn` in Bun, where `node:child_process` would
 * take longer and lose real-time signals, and by that in Node and Deno.
 */
import { SystemError } from "../errors.ts";
import type {
  Child,
  FileAccess,
  Pipe,
  PipeEnds,
  SpawnRequest,
} from "./platform.ts";
import { ENGINE, orElse, process, SYSTEM } from "./runtime.ts";
import { type ExitStatus, signalNumber } from "./signals.ts";

type Stdio = "inherit" | "ignore" | "pipe" | number | null;

interface StartOptions {
  stdio: Stdio[];
  /** A session and group of its own. */
  detached: boolean;
  env?: Record<string, string>;
}

/** Starts a process; throws with a code such as ENOENT or EACCES. */
export async function spawn(
  access: FileAccess,
  request: SpawnRequest,
): Promise<Child> {
  const { command, env, group, output } = request;
  const isCaptured = output === "captured";
  const ends = isCaptured && ENGINE !== "deno" ? openPipes(access) : null;
  const options: StartOptions = {
    stdio: stdioFor(request, ends),
    // On Windows that would open another console.
    detached: group === "own" && SYSTEM !== "windows",
    ...(env === null ? {} : { env: { ...env } }),
  };
  try {
    const child = ENGINE === "bun"
      ? startInBun(command, options)
      : await startInNode(command, options);
    if (ends === null) return child;
    const [stdout, stderr] = ends.map(({ read }) => openPipe(access, read));
    return { ...child, stdout: stdout!, stderr: stderr! };
  } catch (error) {
    ends?.forEach(({ read }) => access.close(read));
    throw error;
  } finally {
    ends?.forEach(({ write }) => access.close(write));
  }
}

/** What the process gets as its descriptors: Bun and Node close all others. */
function stdioFor(
  { input, output, descriptors }: SpawnRequest,
  ends: PipeEnds[] | null,
): Stdio[] {
  const plain = output === "captured"
    ? "pipe"
    : output === "none"
    ? "ignore"
    : "inherit";
  const [out, err] = ends ?? [];
  const stdio: Stdio[] = [
    input === "held" ? "pipe" : "inherit",
    out?.write ?? plain,
    err?.write ?? plain,
  ];
  for (const descriptor of descriptors) {
    while (stdio.length < descriptor) {
      stdio.push(ENGINE === "bun" ? null : "ignore");
    }
    stdio[descriptor] = descriptor;
  }
  return stdio;
}

/** Real pipes: what Bun and Node call one is a socket. */
function openPipes(access: FileAccess): PipeEnds[] {
  if (ENGINE === "node") return openNamedPipes();
  const calls = access.unixCalls();
  if (calls === null) throw new SystemError("EMFILE", "open", "a pipe");
  return [calls.openPipe(), calls.openPipe()];
}

/** Two pipes with names, which are removed at once. */
function openNamedPipes(): PipeEnds[] {
  const fs = process.getBuiltinModule("node:fs");
  const { tmpdir } = process.getBuiltinModule("node:os");
  const { execFileSync } = process.getBuiltinModule("node:child_process");
  const directory = fs.mkdtempSync(`${tmpdir()}/ptrack-`);
  const { O_RDONLY, O_NONBLOCK, O_WRONLY } = fs.constants;
  try {
    const paths = ["out", "err"].map((name) => `${directory}/${name}`);
    execFileSync("mkfifo", ["-m", "600", ...paths]);
    return paths.map((path) => ({
      // The reader first: opening to write would wait for it.
      read: fs.openSync(path, O_RDONLY | O_NONBLOCK),
      write: fs.openSync(path, O_WRONLY),
    }));
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

/** The part of Bun that is used here. */
interface Bun {
  spawn(command: readonly string[], options: StartOptions): {
    pid: number;
    exited: Promise<unknown>;
    exitCode: number | null;
    /** A number where the signal has no name. */
    signalCode: string | number | null;
    stdin: { end(): void } | null;
    unref(): void;
  };
  file(descriptor: number): { stream(): ReadableStream<Uint8Array> };
}

function bun(): Bun {
  return (globalThis as unknown as { Bun: Bun }).Bun;
}

function startInBun(
  command: readonly string[],
  options: StartOptions,
): Child {
  const child = bun().spawn(command, options);
  return {
    pid: child.pid,
    ended: child.exited.then(() =>
      exitStatusOf(child.exitCode, child.signalCode)
    ),
    stdout: null,
    stderr: null,
    release() {
      child.stdin?.end();
      child.unref();
    },
  };
}

/** Resolves once it runs; rejects with the system's code when it cannot. */
function startInNode(
  [program = "", ...args]: readonly string[],
  options: StartOptions,
): Promise<Child> {
  const child = process.getBuiltinModule("node:child_process")
    .spawn(program, args, options);
  // Whether it reads its input is the command's own affair.
  child.stdin?.on("error", () => {});
  const { stdout, stderr } = child;
  const started: Child = {
    pid: child.pid!,
    ended: new Promise((resolve) =>
      child.once(
        "exit",
        (code, signal) => resolve(exitStatusOf(code, signal)),
      )
    ),
    // Only Deno is asked for pipes of its own: they are real ones.
    stdout: stdout === null ? null : pipeOf(stdout),
    stderr: stderr === null ? null : pipeOf(stderr),
    release() {
      child.stdin?.end();
      child.unref();
    },
  };
  return new Promise((resolve, reject) => {
    child.once("spawn", () => resolve(started));
    child.once("error", reject);
  });
}

function exitStatusOf(
  code: number | null,
  signal: string | number | null,
): ExitStatus {
  if (signal === null) return { kind: "exited", code: code ?? 255 };
  return typeof signal === "number"
    ? { kind: "killed", name: `SIG${signal}`, number: signal }
    : { kind: "killed", name: signal, number: signalNumber(signal, SYSTEM) };
}

function openPipe(access: FileAccess, descriptor: number): Pipe {
  if (ENGINE === "bun") return bunPipe(access, descriptor);
  const { Socket } = process.getBuiltinModule("node:net");
  return pipeOf(
    new Socket({ fd: descriptor, readable: true, writable: false }),
  );
}

const END = { value: null, done: true };

function pipeOf(stream: import("node:stream").Readable): Pipe {
  const chunks = stream[Symbol.asyncIterator]();
  return {
    async read() {
      const { value, done } = await chunks.next().catch(() => END);
      return done ? null : value;
    },
    close: () => void stream.destroy(),
  };
}

function bunPipe(access: FileAccess, descriptor: number): Pipe {
  const reader = bun().file(descriptor).stream().getReader();
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    // Cancelling alone would leave the descriptor open, and the writer alive.
    reader.cancel().catch(() => {});
    // Unless the stream has closed it.
    orElse(() => access.close(descriptor), undefined);
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
