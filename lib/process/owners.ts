/**
 * The processes that sessions live and die with: how one is described when a
 * session begins, and whether it is alive later. Only what is certain counts:
 * another machine, boot or namespace, or a system that does not answer, gives
 * `unknown`, which never makes a session crashed.
 */
import type { Clock, Platform, SystemCalls } from "../platform/platform.ts";
import type {
  Liveness,
  Owner,
  ProcessRef,
  SessionLiveness,
  SessionView,
} from "../session/types.ts";

/** What makes a process id mean one process; null where it is not known. */
export interface Machine {
  /** Its name. */
  host: string | null;
  /** Its present boot. */
  boot: string | null;
  /** The namespace that process ids are of. */
  ns: string | null;
}

/** What the system says of a process id; a zombie is gone. */
export type ProcessState =
  /** `started` is opaque, the same for the life of a process; null: unknown. */
  | { kind: "alive"; started: string | null }
  | { kind: "gone" }
  | { kind: "unknown" };

/** Says what has become of the processes of this machine. */
export interface ProcessInspector {
  machine(): Machine;
  inspect(pid: number): ProcessState;
}

/** A process of this machine as it is stored. */
export function describeOwner(
  inspector: ProcessInspector,
  pid: number,
): Owner {
  return { ...describeProcess(inspector, pid), ...inspector.machine() };
}

/** A process of this machine, where the machine is known already. */
export function describeProcess(
  inspector: ProcessInspector,
  pid: number,
): ProcessRef {
  const state = inspector.inspect(pid);
  return { pid, started: state.kind === "alive" ? state.started : null };
}

/** Whether an owner is alive. */
export function livenessOfOwner(
  inspector: ProcessInspector,
  owner: Owner,
): Liveness {
  return livenessOfProcess(inspector, owner, owner);
}

/** Whether a process that ran beside `owner` is alive. */
export function livenessOfProcess(
  inspector: ProcessInspector,
  ref: ProcessRef,
  owner: Owner,
): Liveness {
  const state = inspector.inspect(ref.pid);
  if (state.kind === "unknown") return "unknown";
  const isSame = state.kind === "alive" &&
    (state.started === null || (ref.started ?? null) === null ||
      state.started === ref.started);
  // The machine is asked last: most processes are alive, and one of the same
  // id elsewhere that is taken for alive does no harm.
  if (isSame) return "alive";
  return isHere(inspector, owner) ? "gone" : "unknown";
}

function isHere(inspector: ProcessInspector, owner: Owner): boolean {
  const here = inspector.machine();
  return owner.host !== null && owner.host === here.host &&
    owner.boot === here.boot && owner.ns === here.ns;
}

/** Whether a running session's processes are alive; null if it names none. */
export function livenessOfSession(
  inspector: ProcessInspector,
  { status }: SessionView,
): SessionLiveness | null {
  const { owner = null, child = null } = status.ptrack ?? {};
  if (status.state !== "running" || owner === null) return null;
  const liveness = livenessOfOwner(inspector, owner);
  // The command only matters once its wrapper is gone.
  return {
    owner: liveness,
    child: child !== null && liveness === "gone"
      ? livenessOfProcess(inspector, child, owner)
      : null,
  };
}

/** Asks the system: Linux by /proc, others by `ps`. */
export function processInspector(
  { system, systemCalls }: Pick<Platform, "system" | "systemCalls">,
  nowMs: () => number = () => performance.now(),
): ProcessInspector {
  let listed = new Map<number, ProcessFacts>();
  let listedMs = -Infinity;
  return {
    machine: () =>
      system === "linux" ? linuxMachine(systemCalls) : {
        ...NOT_KNOWN,
        host: systemCalls.hostName() || null,
      },
    inspect(pid) {
      if (system === "windows" || pid > LARGEST_ID) return { kind: "unknown" };
      // Asked first: it works where /proc hides the processes of others.
      const found = systemCalls.kill(pid, 0);
      if (found === "gone" || found === "unknown") return { kind: found };
      // Mostly many are asked about at a time, and `ps` lists all of them.
      if (system === "darwin" && nowMs() - listedMs > LIST_MS) {
        listedMs = nowMs();
        listed = listByPs(systemCalls);
      }
      const facts = system === "darwin"
        ? listed.get(pid)
        : readStat(systemCalls, String(pid));
      return facts?.isZombie
        ? { kind: "gone" }
        : { kind: "alive", started: facts?.started ?? null };
    },
  };
}

const NOT_KNOWN: Machine = { host: null, boot: null, ns: null };

/** Systems keep ids in 32 bits; a larger one would be cut to another's. */
const LARGEST_ID = 2 ** 31 - 1;

function linuxMachine(calls: SystemCalls): Machine {
  const host = calls.readText("/proc/sys/kernel/hostname").trim();
  const boot = calls.readText("/proc/sys/kernel/random/boot_id").trim();
  const ns = calls.readLink("/proc/self/ns/pid");
  // Two containers may share all but the one fact that is hidden.
  return host && boot && ns ? { host, boot, ns } : NOT_KNOWN;
}

/** What every system says of a process. */
export interface ProcessFacts {
  isZombie: boolean;
  /** Opaque: on Linux ticks since the boot. */
  started: string | null;
  parent: number;
}

/** What /proc/PID/stat says. */
export interface Stat extends ProcessFacts {
  group: number;
  /** The device of its terminal; "0" if it has none. */
  terminal: string;
}

/** Reads the facts of a process, by its id or "self"; null if hidden. */
export function readStat(calls: SystemCalls, name: string): Stat | null {
  const text = calls.readText(`/proc/${name}/stat`);
  if (text === "") return null;
  // The name before it may hold anything, spaces and brackets too.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // A first thread that has ended looks like a zombie; the others go on.
  const hasThreads = Number(fields[17]) > 1;
  return {
    isZombie: isDead(fields[0]!) && !hasThreads,
    started: fields[19] || null,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    terminal: fields[4] ?? "0",
  };
}

/** By the letters of its state: Z is a zombie, X is dead. */
function isDead(letters: string): boolean {
  return letters.startsWith("Z") || letters.startsWith("X");
}

/** Such as `  123 1 Ss   Sun Nov 22 10:11:12 2026`; a zombie may lack a time. */
const PS_LINE = /^[ \t]*(\d+)[ \t]+(\d+)[ \t]+(\S+)(?:[ \t]+(\S.*?))?[ \t]*$/gm;
/** The time must be the same text in every language and time zone. */
const PS = "env LC_ALL=C TZ=UTC ps -axo pid=,ppid=,state=,lstart=".split(" ");
const LIST_MS = 1_000;

/** All processes by their ids, where there is no /proc. */
export function listByPs(calls: SystemCalls): Map<number, ProcessFacts> {
  const lines = [...calls.output(PS).matchAll(PS_LINE)];
  return new Map(lines.map(([, id, parent, letters, started = null]) => [
    Number(id),
    { isZombie: isDead(letters!), started, parent: Number(parent) },
  ]));
}

/** How long the state of a process is taken for its present one. */
const CACHE_US = 5_000_000;

/** Asks about each process now and then only, however often it is asked. */
export function cachedProcessInspector(
  inspector: ProcessInspector,
  clock: Pick<Clock, "nowUs">,
): ProcessInspector {
  let machine: Machine | null = null;
  const states = new Map<number, ProcessState>();
  let clearedUs = 0;
  return {
    machine: () => machine ??= inspector.machine(),
    inspect(pid) {
      const nowUs = clock.nowUs();
      // A clock that was set back must not keep a state for ever.
      if (Math.abs(nowUs - clearedUs) >= CACHE_US) {
        clearedUs = nowUs;
        states.clear();
      }
      let state = states.get(pid);
      if (state === undefined) states.set(pid, state = inspector.inspect(pid));
      return state;
    },
  };
}
