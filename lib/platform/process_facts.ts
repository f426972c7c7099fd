/**
 * What the system tells of processes: whether one is alive, when it started,
 * and which machine, boot and namespace its id belongs to. Linux says it in
 * /proc, other systems by `ps`; what cannot be told is said to be unknown.
 */
import type { Machine, ProcessState } from "./platform.ts";

/** What differs between the runtimes. */
export interface ProcessSource {
  system: "linux" | "darwin" | "windows";
  /** All of a small file; throws where it cannot be read. */
  read(path: string): string;
  /** Where a link leads; throws where it cannot be read. */
  readLink(path: string): string;
  hostName(): string;
  /** Any clock that only goes forward, in milliseconds. */
  nowMs(): number;
  /** Sends signal 0: `denied` is somebody else's process, so there is one. */
  probe(pid: number): "there" | "gone" | "denied" | "unknown";
  /** What a program prints; throws where it cannot be run or fails. */
  output(command: readonly string[]): string;
}

const UNTOLD: Machine = { host: null, boot: null, ns: null };

/** This machine; all null where the system does not tell it from others. */
export function machineOf(source: ProcessSource): Machine {
  if (source.system !== "linux") {
    return { ...UNTOLD, host: attempt(source.hostName) };
  }
  const read = (path: string) => attempt(() => source.read(path).trim());
  const host = read("/proc/sys/kernel/hostname");
  const boot = read("/proc/sys/kernel/random/boot_id");
  const ns = attempt(() => source.readLink("/proc/self/ns/pid"));
  // Two containers may share all but the one fact that is hidden.
  const isTold = host !== null && boot !== null && ns !== null;
  return isTold ? { host, boot, ns } : UNTOLD;
}

function attempt(ask: () => string): string | null {
  try {
    return ask() || null;
  } catch {
    return null;
  }
}

/** Systems keep ids in 32 bits; of a larger one another would be asked. */
const LARGEST_ID = 2 ** 31 - 1;

/** What has become of a process. */
export function processState(source: ProcessSource, pid: number): ProcessState {
  if (source.system === "windows") return { kind: "unknown" };
  if (pid > LARGEST_ID) return { kind: "unknown" };
  // Asked first: where /proc hides the processes of others, this does not.
  const found = source.probe(pid);
  if (found === "gone") return { kind: "gone" };
  if (found === "unknown") return { kind: "unknown" };
  const seen = source.system === "linux"
    ? statOf(source, pid)
    : psOf(source, pid);
  return seen ?? { kind: "alive", started: null };
}

/** The state letter and start time of /proc/PID/stat; null if it is hidden. */
function statOf(source: ProcessSource, pid: number): ProcessState | null {
  const text = attempt(() => source.read(`/proc/${pid}/stat`));
  if (text === null) return null;
  // The name before it may hold anything, spaces and brackets too.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const started = fields[19] ?? null;
  // A first thread that has ended looks like a zombie; the others go on.
  const isLeft = Number(fields[17]) > 1;
  return isLeft ? { kind: "alive", started } : stateOf(fields[0]!, started);
}

/** Such as `  123 Ss   Sun Nov 22 10:11:12 2026`; a zombie may lack a time. */
const PS_LINE = /^[ \t]*(\d+)[ \t]+(\S+)(?:[ \t]+(\S.*?))?[ \t]*$/gm;
/** How long a list of all processes is taken for the present one. */
const PS_FRESH_MS = 1_000;

/** Lists of `ps`, by who asked for them: many are looked at at a time. */
const lists = new WeakMap<
  ProcessSource,
  { atMs: number; states: Map<number, ProcessState> }
>();

function psOf(source: ProcessSource, pid: number): ProcessState | null {
  const nowMs = source.nowMs();
  let list = lists.get(source);
  if (list === undefined || nowMs - list.atMs > PS_FRESH_MS) {
    const text = attempt(() => source.output(PS));
    list = { atMs: nowMs, states: new Map() };
    for (const [, id, letters, started] of (text ?? "").matchAll(PS_LINE)) {
      list.states.set(Number(id), stateOf(letters!, started ?? null));
    }
    lists.set(source, list);
  }
  return list.states.get(pid) ?? null;
}

/** The time must be the same text whatever language and zone a reader has. */
const PS = ["env", "LC_ALL=C", "TZ=UTC", "ps", "-axo", "pid=,state=,lstart="];

/** Z: a zombie; X: dead. */
function stateOf(letters: string, started: string | null): ProcessState {
  return /^[ZX]/.test(letters)
    ? { kind: "gone" }
    : { kind: "alive", started: started || null };
}
