/**
 * The processes that sessions live and die with: how one is described when a
 * session begins, and what a later look makes of it. Only what is certain is
 * said: another machine, boot or namespace, or a system that does not tell, is
 * `unknown`, and never takes a session for crashed.
 */
import type {
  Clock,
  Machine,
  Platform,
  ProcessState,
} from "../platform/platform.ts";
import type {
  Liveness,
  Owner,
  ProcessRef,
  SessionLiveness,
  SessionView,
} from "../session/types.ts";

/** The part of the host that tells of processes. */
export type ProcessInspector = Pick<Platform, "machine" | "inspectProcess">;

/** A process of this machine as it is stored. */
export function describeOwner(sight: ProcessInspector, pid: number): Owner {
  return { ...describeProcess(sight, pid), ...sight.machine() };
}

/** A process of this machine, where the machine is known already. */
export function describeProcess(
  sight: ProcessInspector,
  pid: number,
): ProcessRef {
  const state = sight.inspectProcess(pid);
  return { pid, started: state.kind === "alive" ? state.started : null };
}

/** What has become of an owner. */
export function lookAtOwner(sight: ProcessInspector, owner: Owner): Liveness {
  return lookAtProcess(sight, owner, owner);
}

/** What has become of a process that ran beside `owner`. */
export function lookAtProcess(
  sight: ProcessInspector,
  ref: ProcessRef,
  owner: Owner,
): Liveness {
  const state = sight.inspectProcess(ref.pid);
  if (state.kind === "unknown") return "unknown";
  const isSame = state.kind === "alive" &&
    (state.started === null || (ref.started ?? null) === null ||
      state.started === ref.started);
  // Asked last: most processes are alive, and then this costs nothing. One of
  // the same id elsewhere is taken for alive, which never harms.
  if (isSame) return "alive";
  return isHere(sight, owner) ? "gone" : "unknown";
}

function isHere(sight: ProcessInspector, owner: Owner): boolean {
  const here = sight.machine();
  return owner.host !== null && owner.host === here.host &&
    owner.boot === here.boot && owner.ns === here.ns;
}

/** What has become of a running session's processes; null if it names none. */
export function livenessOf(
  sight: ProcessInspector,
  { status }: SessionView,
): SessionLiveness | null {
  const { owner = null, child = null } = status.ptrack ?? {};
  if (status.state !== "running" || owner === null) return null;
  const seen = lookAtOwner(sight, owner);
  // Nobody asks of a command whose wrapper is alive.
  const asks = child !== null && seen === "gone";
  return {
    owner: seen,
    child: asks ? lookAtProcess(sight, child, owner) : null,
  };
}

/** How long what was seen of a process stands, microseconds. */
const LOOK_US = 5_000_000;

/** Looks at each process now and then only, whoever asks how often. */
export class CachedProcessInspector implements ProcessInspector {
  readonly #sight: ProcessInspector;
  readonly #clock: Clock;
  #machine: Machine | null = null;
  readonly #seen = new Map<number, ProcessState>();
  #lookedUs = 0;

  constructor(sight: ProcessInspector, clock: Clock) {
    this.#sight = sight;
    this.#clock = clock;
  }

  /** The machine stays the same as long as we live on it. */
  machine(): Machine {
    return this.#machine ??= this.#sight.machine();
  }

  inspectProcess(pid: number): ProcessState {
    const nowUs = this.#clock.nowUs();
    // A clock that was set back must not keep what was seen for ever.
    if (Math.abs(nowUs - this.#lookedUs) >= LOOK_US) {
      this.#lookedUs = nowUs;
      this.#seen.clear();
    }
    const known = this.#seen.get(pid);
    if (known !== undefined) return known;
    const state = this.#sight.inspectProcess(pid);
    this.#seen.set(pid, state);
    return state;
  }
}
