/**
 * What the system says of our own process and of the others: signals that were
 * ignored from the start, open descriptors, the limit on them, descendants,
 * groups. Linux says it in /proc, other systems by `ps`, or not at all.
 */
import type { DescriptorLimit, SystemCalls } from "../platform/platform.ts";
import type { System } from "../platform/signals.ts";
import { listByPs, readStat } from "./owners.ts";

/** KILL and STOP cannot be ignored; PIPE and XFSZ the runtime ignores. */
const NOT_KNOWN = [9, 13, 19, 25];
const LAST_STANDARD = 31;

/** Numbers of the signals that were ignored when we were started. */
export function ignoredSignals(calls: SystemCalls): number[] {
  const mask = valueIn(calls.readText("/proc/self/status"), "SigIgn:");
  // Eight of its sixteen digits have the standard signals.
  const bits = parseInt(mask.slice(-8), 16);
  const ignored: number[] = [];
  for (let number = 1; number <= LAST_STANDARD; number++) {
    const isIgnored = (bits >> number - 1 & 1) === 1;
    if (isIgnored && !NOT_KNOWN.includes(number)) ignored.push(number);
  }
  return ignored;
}

/** What stands after a name at the beginning of a line; "" if nothing does. */
function valueIn(text: string, name: string): string {
  const start = `\n${text}`.indexOf(`\n${name}`);
  if (start < 0) return "";
  const from = start + name.length;
  const end = text.indexOf("\n", from);
  return text.slice(from, end < 0 ? undefined : end).trim();
}

/** Whether we have a controlling terminal; null if not known. */
export function hasTerminal(calls: SystemCalls): boolean | null {
  const stat = readStat(calls, "self");
  return stat === null ? null : stat.terminal !== "0";
}

/** In practice no process is allowed fewer descriptors than this. */
const FEW = 16;

/** Descriptors above 2 that were handed to us, to be handed on; ascending. */
export function inheritedDescriptors(calls: SystemCalls): number[] {
  // Deno hands on all of them by itself.
  if (calls.engine === "deno") return [];
  const descriptors = openDescriptors(calls);
  return calls.engine === "bun"
    ? descriptors
    : withoutOwnPipes(calls, descriptors);
}

function openDescriptors(calls: SystemCalls): number[] {
  // The runtime marks all of them to be closed; its own can be told by kind,
  // and the one that the list was read from is gone again.
  const own = calls.engine === "bun" ? "anon_inode:[event" : "anon_inode:";
  const descriptors = calls.names("/proc/self/fd").map(Number)
    .filter((descriptor) => {
      if (!(descriptor > 2)) return false;
      const target = calls.readLink(`/proc/self/fd/${descriptor}`);
      return target !== "" && !target.startsWith(own) &&
        !target.startsWith("/proc/");
    }).sort((a, b) => a - b);
  if ((descriptors.at(-1) ?? 0) < FEW) return descriptors;
  // One that was opened before the limit fell cannot be made anew above it.
  const limit = limitsOf(calls, "self")?.soft ?? "unlimited";
  return limit === "unlimited"
    ? descriptors
    : descriptors.filter((descriptor) => descriptor < Number(limit));
}

/**
 * Node has pipes of its own: it holds both of their ends, and its parent holds
 * neither, as make does of its jobserver's.
 */
function withoutOwnPipes(calls: SystemCalls, descriptors: number[]): number[] {
  const parent = `/proc/${calls.parentPid}/fd`;
  const theirs = calls.names(parent)
    .map((name) => calls.readLink(`${parent}/${name}`));
  const link = (descriptor: number) =>
    calls.readLink(`/proc/self/fd/${descriptor}`);
  const isWriting = (descriptor: number) =>
    /^flags:.*1$/m.test(calls.readText(`/proc/self/fdinfo/${descriptor}`));
  return descriptors.filter((descriptor) => {
    const target = link(descriptor);
    if (!target.startsWith("pipe:") || theirs.includes(target)) return true;
    const ends = descriptors.filter((other) => link(other) === target);
    return new Set(ends.map(isWriting)).size < 2;
  });
}

/**
 * The limit on descriptors before the runtime raised it, which is the parent's;
 * null if it is ours already, or not known.
 */
export function originalLimit(calls: SystemCalls): DescriptorLimit | null {
  const ours = limitsOf(calls, "self");
  const theirs = limitsOf(calls, calls.parentPid);
  if (ours === null || theirs === null) return null;
  if (ours.hard !== theirs.hard || ours.soft === theirs.soft) return null;
  return theirs;
}

function limitsOf(
  calls: SystemCalls,
  name: string | number,
): DescriptorLimit | null {
  const value = valueIn(
    calls.readText(`/proc/${name}/limits`),
    "Max open files",
  );
  const [soft, hard] = value.split(" ").filter((word) => word !== "");
  return soft && hard ? { soft, hard } : null;
}

/**
 * A function that says whether only zombies are left in a group; signals still
 * reach those, and in a container whose first process waits for no child they
 * stay for ever. False where none of the group can be seen.
 */
export function zombieGroups(
  calls: SystemCalls,
  system: System,
): (leader: number) => boolean {
  let living = "";
  const hasOnlyZombies = (leader: number): boolean => {
    // The last one found alive is asked first: that is one file, not all.
    if (stateInGroup(calls, living, leader) === "alive") return false;
    let zombies = 0;
    for (const name of processNames(calls)) {
      const state = stateInGroup(calls, name, leader);
      if (state === "zombie") zombies++;
      if (state !== "alive") continue;
      living = name;
      return false;
    }
    return zombies > 0;
  };
  // Twice: one that has ended may have begun another meanwhile.
  return (leader) =>
    system === "linux" && hasOnlyZombies(leader) && hasOnlyZombies(leader);
}

function stateInGroup(
  calls: SystemCalls,
  name: string,
  leader: number,
): "alive" | "zombie" | null {
  const stat = readStat(calls, name);
  if (stat?.group !== leader) return null;
  return stat.isZombie ? "zombie" : "alive";
}

/** All that descend from a process now. */
export function descendantsOf(
  calls: SystemCalls,
  system: System,
  pid: number,
): number[] {
  const processes = new Map(
    system === "linux"
      ? processNames(calls).map((name) => [Number(name), readStat(calls, name)])
      : system === "darwin"
      ? listByPs(calls)
      : [],
  );
  const found: number[] = [];
  const visit = (parent: number) => {
    for (const [child, facts] of processes) {
      if (facts?.parent !== parent) continue;
      found.push(child);
      visit(child);
    }
  };
  visit(pid);
  return found;
}

function processNames(calls: SystemCalls): string[] {
  return calls.names("/proc/").filter((name) => /^\d+$/.test(name));
}
