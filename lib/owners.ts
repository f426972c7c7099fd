/**
 * The processes that sessions live and die with: how one is described when a
 * session begins, and what a later look makes of it. Only what is certain is
 * said: another machine, boot or namespace, or a system that does not tell, is
 * `unknown`, and never takes a session for crashed.
 */
import type { Host } from "./host/host.ts";
import type { Owner, ProcessRef } from "./session/types.ts";

/** What has become of a process. */
export type Liveness = "alive" | "gone" | "unknown";

/** The part of the host that tells of processes. */
export type ProcessSight = Pick<Host, "machine" | "inspectProcess">;

/** A process of this machine as it is stored. */
export function describeOwner(sight: ProcessSight, pid: number): Owner {
  return { ...describeProcess(sight, pid), ...sight.machine() };
}

/** A process of this machine, where the machine is known already. */
export function describeProcess(sight: ProcessSight, pid: number): ProcessRef {
  const state = sight.inspectProcess(pid);
  return { pid, started: state.kind === "alive" ? state.started : null };
}

/** What has become of an owner. */
export function lookAtOwner(sight: ProcessSight, owner: Owner): Liveness {
  return lookAtProcess(sight, owner, owner);
}

/** What has become of a process that ran beside `owner`. */
export function lookAtProcess(
  sight: ProcessSight,
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

function isHere(sight: ProcessSight, owner: Owner): boolean {
  const here = sight.machine();
  return owner.host !== null && owner.host === here.host &&
    owner.boot === here.boot && owner.ns === here.ns;
}
