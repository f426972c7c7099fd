/**
 * Dying of a signal, as a command has died of it, so that our parent sees what
 * it would have seen: by the signal's default, and without a core. All of it
 * returns where that cannot be; an exit code is left then.
 */
import { openLibrary } from "./libc.ts";
import type { LinuxCalls } from "./linux_calls.ts";
import { ENGINE, orElse, process } from "./runtime.ts";
import type { ExitStatus } from "./signals.ts";

/** Which signal: its name, such as SIGTERM, and the system's number. */
type Killed = Extract<ExitStatus, { kind: "killed" }>;

const PR_SET_DUMPABLE = 4;
const SIG_SETMASK = 2;
/** Bytes of a set of signals. */
const SET_BYTES = 8;
/** struct sigaction of the system: all zeros is the default. */
const ACTION_BYTES = 32;

/** Dies by system calls of Linux. */
export function dieByCalls(calls: LinuxCalls, { number }: Killed): void {
  const isX64 = process.arch === "x64";
  const pick = (x64: number, arm64: number) => isX64 ? x64 : arm64;
  const zeros = calls.address;
  calls.room.fill(0, 0, ACTION_BYTES);
  // A limit of 0 would not keep a core from a program that takes them.
  calls.try(pick(157, 167), PR_SET_DUMPABLE, 0);
  calls.try(pick(13, 134), number, zeros, 0, SET_BYTES);
  calls.try(pick(14, 135), SIG_SETMASK, zeros, 0, SET_BYTES);
  calls.try(pick(62, 129), process.pid, number);
}

interface Symbols {
  signal(number: number, handler: number): number;
  setrlimit(resource: number, limit: BigUint64Array): number;
}

const FUNCTIONS = {
  signal: { args: ["i32", "usize"], returns: "usize" },
  setrlimit: { args: ["i32", "ptr"], returns: "i32" },
};

const RLIMIT_CORE = 4;
const SIG_DFL = 0;

/** Signals whose default leaves a core. */
const WITH_CORE = ("SIGQUIT SIGILL SIGTRAP SIGABRT SIGEMT SIGFPE SIGBUS " +
  "SIGSEGV SIGSYS SIGXCPU SIGXFSZ").split(" ");

/** Dies by what the runtime has: Bun the C library, others their own kill. */
export function dieByRuntime({ name, number }: Killed): void {
  const library = openLibrary<Symbols>(FUNCTIONS);
  if (library !== null) {
    library.setrlimit(RLIMIT_CORE, new BigUint64Array(2));
    library.signal(number, SIG_DFL);
  } else if (WITH_CORE.includes(name)) return;
  // For Node and Deno it calls a debugger.
  if (name === "SIGUSR1" && ENGINE !== "bun") return;
  orElse(() => {
    process.removeAllListeners(name);
    process.kill(process.pid, number);
  }, undefined);
}
