/**
 * What the system says of our own process and of the others: signals that were
 * ignored from the start, open descriptors, the limit on them, who descends
 * from whom. Linux says it in /proc, other systems by `ps`, or not at all.
 */
import type { SignalName } from "./processes.ts";

/** What differs between the runtimes. */
export interface TableSource {
  system: "linux" | "darwin" | "windows";
  /** All of a small file; throws where it cannot be read. */
  read(path: string): string;
  readLink(path: string): string;
  /** The names in a directory. */
  names(path: string): string[];
  /** What a program prints; throws where it cannot be run or fails. */
  output(command: readonly string[]): string;
}

/** Linux's numbers of the signals that we react to. */
const NUMBERS: Record<SignalName, number> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGTERM: 15,
  SIGCONT: 18,
  SIGTSTP: 20,
  SIGWINCH: 28,
};

/** KILL and STOP cannot be ignored; PIPE and XFSZ the runtime ignores. */
const NOT_TOLD = [9, 13, 19, 25];
const LAST_STANDARD = 31;

/** Numbers of the signals that were ignored when we were started. */
export class IgnoredSignals {
  readonly numbers: readonly number[];

  constructor(source: TableSource) {
    const status = attempt(source, "/proc/self/status");
    const mask = /^SigIgn:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0";
    const bits = BigInt(`0x${mask}`);
    const numbers: number[] = [];
    for (let number = 1; number <= LAST_STANDARD; number++) {
      if (NOT_TOLD.includes(number)) continue;
      if (bits >> BigInt(number - 1) & 1n) numbers.push(number);
    }
    this.numbers = numbers;
  }

  has(signal: SignalName): boolean {
    return this.numbers.includes(NUMBERS[signal]);
  }
}

/** Whether we have a controlling terminal; null if not known. */
export function hasTerminal(source: TableSource): boolean | null {
  const text = attempt(source, "/proc/self/stat");
  if (text === "") return null;
  // After the name, which may hold anything: state, parent, group, session.
  const terminal = text.slice(text.lastIndexOf(")") + 2).split(" ")[4];
  return terminal !== "0";
}

/** Fewer descriptors than this are never allowed to anybody, in practice. */
const FEW = 16;

/** Descriptors above 2 that were handed to us, to be handed on. */
export function extraDescriptors(source: TableSource): number[] {
  let names: string[];
  try {
    names = source.names("/proc/self/fd");
  } catch {
    return [];
  }
  // The runtime marks all of them to be closed; its own can be told by kind,
  // and the one that the list was read from is gone again.
  const descriptors = names.map(Number).filter((descriptor) => {
    if (!(descriptor > 2)) return false;
    const target = attemptLink(source, `/proc/self/fd/${descriptor}`);
    return target !== "" && !target.startsWith("anon_inode:[event") &&
      !target.startsWith("/proc/");
  }).sort((a, b) => a - b);
  if ((descriptors.at(-1) ?? 0) < FEW) return descriptors;
  // One that was opened before the limit fell cannot be made anew above it.
  const limit = limitsOf(source, "self")?.soft ?? "unlimited";
  return limit === "unlimited"
    ? descriptors
    : descriptors.filter((descriptor) => descriptor < Number(limit));
}

/**
 * The same where the runtime has pipes of its own: those of which it holds both
 * ends, and its parent holds none, as make does of its jobserver's.
 */
export function inheritedDescriptors(
  source: TableSource,
  parent: number,
): number[] {
  const link = (descriptor: number) =>
    attemptLink(source, `/proc/self/fd/${descriptor}`);
  const extra = extraDescriptors(source)
    .filter((descriptor) => !link(descriptor).startsWith("anon_inode:"));
  const isWriting = (descriptor: number) =>
    /^flags:.*1$/m.test(attempt(source, `/proc/self/fdinfo/${descriptor}`));
  const theirs = new Set(linksOf(source, parent));
  return extra.filter((descriptor) => {
    const target = link(descriptor);
    if (!target.startsWith("pipe:") || theirs.has(target)) return true;
    const ends = extra.filter((other) => link(other) === target);
    return new Set(ends.map(isWriting)).size < 2;
  });
}

function linksOf(source: TableSource, pid: number): string[] {
  try {
    return source.names(`/proc/${pid}/fd`)
      .map((name) => attemptLink(source, `/proc/${pid}/fd/${name}`));
  } catch {
    return [];
  }
}

/** The soft and the hard limit on open descriptors. */
export interface DescriptorLimit {
  soft: string;
  hard: string;
}

/**
 * The soft limit before the runtime raised it, which is the parent's; null if
 * it is ours already, or if that cannot be told.
 */
export function originalLimit(
  source: TableSource,
  parent: number,
): DescriptorLimit | null {
  const ours = limitsOf(source, "self");
  const theirs = limitsOf(source, parent);
  if (ours === null || theirs === null) return null;
  if (ours.hard !== theirs.hard || ours.soft === theirs.soft) return null;
  return theirs;
}

function limitsOf(
  source: TableSource,
  name: string | number,
): DescriptorLimit | null {
  const text = attempt(source, `/proc/${name}/limits`);
  const found = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m
    .exec(text);
  return found === null ? null : { soft: found[1]!, hard: found[2]! };
}

/**
 * Tells whether only zombies are left in a group, which still count for
 * signals: in a container whose first process takes note of nobody, those of
 * orphans stay for ever. False where none of the group can be seen.
 */
export function zombieGroups(source: TableSource): (leader: number) => boolean {
  let living = "";
  const onlyZombies = (leader: number): boolean => {
    // Who lived the last time is asked first: that is one file, not all.
    if (stateInGroup(source, living, leader) === "alive") return false;
    let zombies = 0;
    for (const name of source.names("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const state = stateInGroup(source, name, leader);
      if (state === "gone") zombies++;
      if (state !== "alive") continue;
      living = name;
      return false;
    }
    return zombies > 0;
  };
  // Twice: one that has ended may have begun another while we looked.
  return (leader) =>
    source.system === "linux" && onlyZombies(leader) && onlyZombies(leader);
}

function stateInGroup(
  source: TableSource,
  name: string,
  leader: number,
): "alive" | "gone" | null {
  const text = attempt(source, `/proc/${name}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  if (Number(fields[2]) !== leader) return null;
  // A first thread that has ended looks like a zombie; the others go on.
  const isLeft = Number(fields[17]) > 1;
  return /^[ZX]/.test(fields[0]!) && !isLeft ? "gone" : "alive";
}

/** All that descend from a process now. */
export function descendantsOf(source: TableSource, pid: number): number[] {
  const children = source.system === "linux"
    ? childrenByProc(source)
    : childrenByPs(source);
  const found: number[] = [];
  const visit = (parent: number) => {
    for (const child of children.get(parent) ?? []) {
      found.push(child);
      visit(child);
    }
  };
  visit(pid);
  return found;
}

function childrenByProc(source: TableSource): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const name of source.names("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const text = attempt(source, `/proc/${name}/stat`);
    const parent = Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1]);
    add(children, parent, Number(name));
  }
  return children;
}

function childrenByPs(source: TableSource): Map<number, number[]> {
  const children = new Map<number, number[]>();
  if (source.system === "windows") return children;
  for (const line of source.output(["ps", "-axo", "pid=,ppid="]).split("\n")) {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    if (pid && parent) add(children, parent, pid);
  }
  return children;
}

function add(children: Map<number, number[]>, parent: number, pid: number) {
  const known = children.get(parent);
  if (known === undefined) children.set(parent, [pid]);
  else known.push(pid);
}

function attempt(source: TableSource, path: string): string {
  try {
    return source.read(path);
  } catch {
    return "";
  }
}

function attemptLink(source: TableSource, path: string): string {
  try {
    return source.readLink(path);
  } catch {
    return "";
  }
}
