/**
 * Processes through Node alone, for the package from npm. What Node itself has
 * changed before anybody can look stays changed, and docs/releasing.md says so:
 * signals that were ignored, variables that are no UTF-8, real-time signals.
 */
import type { NodeMachine } from "./node_machine.ts";
import { inheritedDescriptors, originalLimit } from "./process_table.ts";
import type {
  Child,
  Ending,
  Pipe,
  Processes,
  SpawnOrder,
} from "./processes.ts";
import { SystemError } from "./system_error.ts";
import { asScript, behindShell, isOddName, needsShell } from "./wrapping.ts";

type Spawned = import("node:child_process").ChildProcess;

interface System extends NodeMachine {
  /** Descriptors above 2 that the command gets, too. */
  descriptors: readonly number[];
}

/** Starts processes of the machine. */
export function nodeSpawn(machine: NodeMachine): Processes["spawn"] {
  const { source, process } = machine;
  // Listed before we open any of our own.
  const descriptors = inheritedDescriptors(source, process.ppid);
  const system = { ...machine, descriptors };
  return (order) => spawn(system, order);
}

async function spawn(system: System, order: SpawnOrder): Promise<Child> {
  const pipes = order.output === "captured" ? openPipes(system) : null;
  let child: Spawned;
  try {
    child = await start(system, order, pipes?.map(({ write }) => write));
  } catch (error) {
    pipes?.forEach(({ read }) => system.fs.closeSync(read));
    throw error;
  } finally {
    pipes?.forEach(({ write }) => system.fs.closeSync(write));
  }
  const [stdout, stderr] = pipes?.map(({ read }) => openPipe(system, read)) ??
    [null, null];
  return {
    pid: child.pid!,
    ended: new Promise((resolve) =>
      child.once(
        "exit",
        (code, signal) => resolve(endingOf(system, code, signal)),
      )
    ),
    stdout: stdout!,
    stderr: stderr!,
    release() {
      child.stdin?.end();
      child.unref();
    },
  };
}

/** Two pipes with names, gone at once: what Node calls a pipe is a socket. */
function openPipes({ fs, process }: System): { read: number; write: number }[] {
  const { tmpdir } = process.getBuiltinModule("node:os");
  const { execFileSync } = process.getBuiltinModule("node:child_process");
  const directory = fs.mkdtempSync(`${tmpdir()}/ptrack-`);
  const { O_RDONLY, O_NONBLOCK, O_WRONLY } = fs.constants;
  try {
    const paths = ["out", "err"].map((name) => `${directory}/${name}`);
    execFileSync("mkfifo", ["-m", "600", ...paths]);
    return paths.map((path) => ({
      // A reader first: who opens one to write would wait for it.
      read: fs.openSync(path, O_RDONLY | O_NONBLOCK),
      write: fs.openSync(path, O_WRONLY),
    }));
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}

async function start(
  system: System,
  order: SpawnOrder,
  pipes: number[] | undefined,
): Promise<Spawned> {
  const { process, source, ignored } = system;
  const env = { ...process.env, ...order.env } as Record<string, string>;
  const how = { order, env, stdio: stdioOf(system, order, pipes) };
  const softLimit = originalLimit(source, process.ppid)?.soft ?? null;
  const wrapping = { ignored: ignored.numbers, softLimit, env };
  if (needsShell(wrapping)) {
    // The shell would find out too late, and say it in other words.
    const command = checked(system, order.command, env["PATH"] ?? "");
    return await begin(system, behindShell(command, wrapping), how);
  }
  try {
    return await begin(system, order.command, how);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOEXEC") throw error;
    const found = checked(system, order.command, env["PATH"] ?? "");
    return await begin(system, asScript(found), how);
  }
}

type Stdio = ("pipe" | "inherit" | "ignore" | number)[];

/** What the command gets as its descriptors; Node closes what is not named. */
function stdioOf(
  { descriptors }: System,
  { input, output }: SpawnOrder,
  pipes: number[] | undefined,
): Stdio {
  const plain = output === "none" ? "ignore" : "inherit";
  const [out = plain, err = plain] = pipes ?? [];
  const stdio: Stdio = [input === "held" ? "pipe" : "inherit", out, err];
  if (input === "held") return stdio;
  for (const descriptor of descriptors) {
    while (stdio.length < descriptor) stdio.push("ignore");
    stdio[descriptor] = descriptor;
  }
  return stdio;
}

/** Resolves once it runs; rejects with the system's code when it cannot. */
function begin(
  { process, source }: System,
  [program = "", ...args]: readonly string[],
  { order, env, stdio }: {
    order: SpawnOrder;
    env: Record<string, string>;
    stdio: Stdio;
  },
): Promise<Spawned> {
  if (program === "") throw new SystemError("ENOENT", "run", program);
  const child = process.getBuiltinModule("node:child_process")
    .spawn(program, args, {
      env,
      stdio,
      // On Windows that would open another console.
      detached: order.group === "own" && source.system !== "windows",
    });
  // An input that nobody reads is the command's own affair.
  child.stdin?.on("error", () => {});
  return new Promise((resolve, reject) => {
    child.once("spawn", () => resolve(child));
    child.once("error", reject);
  });
}

/** The command with the path of its program; throws as executing it would. */
function checked(
  { fs }: System,
  [name = "", ...args]: readonly string[],
  searchPath: string,
): readonly string[] {
  if (name.includes("/")) {
    fs.accessSync(name, fs.constants.X_OK);
    if (!fs.statSync(name).isDirectory()) return [name, ...args];
    throw new SystemError("EACCES", "run", name);
  }
  let code = "ENOENT";
  for (const directory of searchPath.split(":")) {
    const path = `${directory || "."}/${name}`;
    try {
      fs.accessSync(path, fs.constants.X_OK);
      if (!fs.statSync(path).isDirectory()) {
        return [isOddName(name) ? path : name, ...args];
      }
    } catch (error) {
      if ((error as { code?: string }).code === "EACCES") code = "EACCES";
    }
  }
  throw new SystemError(code, "run", name);
}

function endingOf(
  { process }: System,
  code: number | null,
  signal: string | null,
): Ending {
  if (signal === null) return { kind: "exited", code: code ?? 255 };
  const { signals } = process.getBuiltinModule("node:os").constants;
  const number = signals[signal as keyof typeof signals];
  return { kind: "killed", name: signal, number };
}

function openPipe({ process }: System, descriptor: number): Pipe {
  const { Socket } = process.getBuiltinModule("node:net");
  const stream = new Socket({
    fd: descriptor,
    readable: true,
    writable: false,
  });
  const chunks = stream[Symbol.asyncIterator]();
  return {
    async read() {
      const { value, done } = await chunks.next().catch(() => ENDED);
      return done ? null : value;
    },
    close: () => void stream.destroy(),
  };
}

const ENDED = { value: null, done: true };
