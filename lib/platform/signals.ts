/** Signals by name and number, and the exit codes that they lead to. */

/** The systems that ptrack knows. */
export type System = "linux" | "darwin" | "windows";

/**
 * The signals that a program may handle. Not those of faults, which would come
 * again for ever; not PIPE and XFSZ, which a write of our own brings; not those
 * that a terminal sends for reading and writing; and not PWR, STKFLT and the
 * real-time ones, which Bun does not give to programs.
 */
export const HANDLED_SIGNALS = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGABRT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGTERM",
  "SIGCONT",
  "SIGTSTP",
  "SIGURG",
  "SIGXCPU",
  "SIGVTALRM",
  "SIGPROF",
  "SIGWINCH",
  "SIGIO",
] as const;

/** A signal that a program may handle. */
export type SignalName = typeof HANDLED_SIGNALS[number];

/** The signals that ask a program to end; Windows has only Ctrl-C. */
export function endSignals(system: System): SignalName[] {
  return system === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP"];
}

/** The signals that are sent: those, and two that no program can handle. */
export type SentSignal = SignalName | "SIGKILL" | "SIGSTOP";

/** How a process ended. */
export type ExitStatus =
  | { kind: "exited"; code: number }
  /** `name` such as SIGKILL; `number` is the system's. */
  | { kind: "killed"; name: string; number: number };

/** The names in the order of their numbers, from 1. */
const LINUX = ("HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE " +
  "ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF " +
  "WINCH IO PWR SYS").split(" ");
const DARWIN = ("HUP INT QUIT ILL TRAP ABRT EMT FPE KILL BUS SEGV SYS PIPE " +
  "ALRM TERM URG STOP TSTP CONT CHLD TTIN TTOU IO XCPU XFSZ VTALRM PROF " +
  "WINCH INFO USR1 USR2").split(" ");

/** The number of a signal such as SIGINT; 0 if the system has none. */
export function signalNumber(name: string, system: System = "linux"): number {
  const names = system === "darwin" ? DARWIN : LINUX;
  return names.indexOf(name.replace(/^SIG/, "")) + 1;
}

/** The exit code of a program that ends by a signal, as shells have it. */
export function exitCodeOfSignal(name: SignalName): number {
  return 128 + signalNumber(name);
}

/** The exit code that a shell gives to a process that ended so. */
export function exitCodeOf(exit: ExitStatus): number {
  return exit.kind === "exited" ? exit.code : 128 + exit.number;
}
