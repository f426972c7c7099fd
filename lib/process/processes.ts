/**
 * Starting processes so that they notice nothing of us, and signalling them.
 * What a runtime changes for a child is put right here: descriptors above 2,
 * signals that are ignored, the limit on descriptors, bytes in the environment
 * that are no UTF-8. Only what needs it goes through a shell or `env`.
 */
import { errorCode, PtrackError, SystemError } from "../errors.ts";
import type {
  Child,
  Platform,
  SpawnRequest,
  SystemCalls,
} from "../platform/platform.ts";
import {
  type SentSignal,
  type SignalName,
  signalNumber,
} from "../platform/signals.ts";
import {
  descendantsOf,
  hasTerminal,
  ignoredSignals,
  inheritedDescriptors,
  originalLimit,
  zombieGroups,
} from "./process_table.ts";

/** What to start, and what it gets of ours. */
export interface SpawnOptions
  extends Omit<SpawnRequest, "env" | "descriptors"> {
  /** Variables over those that we have. */
  env: Readonly<Record<string, string>>;
  /** The signal that it gets when we die, such as SIGKILL; only on Linux. */
  deathSignal?: string | null;
}

/** Starting processes and signalling them. */
export interface Processes {
  /** There is a terminal in which Ctrl-C reaches all of our group. */
  readonly hasTerminal: boolean;
  /** Whether a signal was ignored when we were started, as by nohup. */
  isIgnored(signal: SignalName): boolean;
  /** Starts a process; throws with a `code` such as ENOENT or EACCES. */
  spawn(options: SpawnOptions): Promise<Child>;
  /** Whether we have started a process, and do not know of its end. */
  isChild(pid: number): boolean;
  /** Signals a process; false if it is gone. */
  signal(pid: number, signal: SentSignal): boolean;
  /** Signals all of the group that a child of group `own` leads. */
  signalGroup(leader: number, signal: SentSignal): boolean;
  /** Whether any but zombies is left in the group of a child of group `own`. */
  hasGroup(leader: number): boolean;
  /**
   * The interpreter without which a program could not be started, though it is
   * there itself; null if that is not why.
   */
  missingInterpreter(program: string): Promise<string | null>;
  /** The descendants that a process has now. */
  descendants(pid: number): number[];
}

/** The processes of this machine. */
export function openProcesses(
  { system, systemCalls: calls }: Pick<Platform, "system" | "systemCalls">,
): Processes {
  const ignored = ignoredSignals(calls);
  // Listed before we open any of our own.
  const starter = { calls, ignored, descriptors: inheritedDescriptors(calls) };
  const hasOnlyZombies = zombieGroups(calls, system);
  const children = new Set<number>();
  const isWindows = system === "windows";
  const isThere = (pid: number, signal: SentSignal | 0) =>
    ["sent", "denied"].includes(calls.kill(pid, signal));
  return {
    hasTerminal: hasTerminal(calls) ?? calls.canOpenTerminal(),
    isIgnored: (signal) => ignored.includes(signalNumber(signal)),
    async spawn(options) {
      const child = await spawn(starter, options);
      children.add(child.pid);
      void child.ended.then(() => children.delete(child.pid));
      return child;
    },
    isChild: (pid) => children.has(pid),
    signal: isThere,
    signalGroup: (leader, signal) =>
      isThere(isWindows ? leader : -leader, signal),
    hasGroup: (leader) =>
      !isWindows && isThere(-leader, 0) && !hasOnlyZombies(leader),
    async missingInterpreter(program) {
      const { missingInterpreter } = await import("./interpreter.ts");
      try {
        const path = findProgram(calls, program, calls.variables()["PATH"]);
        return missingInterpreter(calls, path);
      } catch {
        return null;
      }
    },
    descendants: (pid) => descendantsOf(calls, system, pid),
  };
}

/** What every process is started with. */
interface Starter {
  calls: SystemCalls;
  /** Numbers of the signals to ignore. */
  ignored: readonly number[];
  /** Descriptors above 2 that the command gets, too. */
  descriptors: readonly number[];
}

async function spawn(
  starter: Starter,
  options: SpawnOptions,
): Promise<Child> {
  const { calls, ignored, descriptors } = starter;
  const { deathSignal = null } = options;
  const [name = ""] = options.command;
  if (name === "") throw new SystemError("ENOENT", "run", name);
  const all: Variables = { ...calls.variables(), ...options.env };
  const path = () => findProgram(calls, name, all["PATH"]);
  const softLimit = limitForShell(starter);
  const needsShell = ignored.length > 0 || softLimit !== null;
  const isRaw = isMangled(all);
  let { command } = options;
  if (needsShell || isRaw || deathSignal !== null) {
    // The program between would notice too late, and say it in other words.
    const found = path();
    const { missingInterpreter } = await import("./interpreter.ts");
    if (missingInterpreter(calls, found) !== null) {
      throw new SystemError("ENOENT", "run", name);
    }
    if (isOddName(name)) command = [found, ...command.slice(1)];
  }
  if (deathSignal !== null) {
    command = withDeathSignal(calls, command, deathSignal);
  }
  if (isRaw) command = withVariables(command, options.env);
  const request: SpawnRequest = {
    ...options,
    env: isRaw ? null : all,
    descriptors: options.input === "held" ? [] : descriptors,
    command: needsShell
      ? behindShell(command, { ignored, softLimit, env: all })
      : command,
  };
  try {
    return await calls.spawn(request);
  } catch (error) {
    if (errorCode(error) !== "ENOEXEC") throw error;
    // What a system does with a program that it cannot execute.
    const script = ["/bin/sh", path(), ...command.slice(1)];
    return await calls.spawn({ ...request, command: script });
  }
}

/** Descriptors that are needed to start a process. */
const ROOM = 32;

/** The soft limit on descriptors that a shell has to set; null if it is set. */
function limitForShell(
  { calls, descriptors }: Starter,
): string | null {
  const limit = originalLimit(calls);
  if (limit === null) return null;
  // One that is open already may lie above; only a shell comes after that.
  const highest = (descriptors.at(-1) ?? 2) + ROOM;
  const isAbove = limit.soft !== "unlimited" && highest >= Number(limit.soft);
  const isSet = !isAbove && calls.setDescriptorLimit(limit);
  return isSet ? null : limit.soft;
}

/** The path of a program; throws, with a code, what executing it would. */
function findProgram(
  calls: SystemCalls,
  name: string,
  searchPath: string = "",
): string {
  if (name.includes("/")) {
    calls.checkExecutable(name);
    return name;
  }
  let code = "ENOENT";
  for (const directory of searchPath.split(":")) {
    const path = `${directory || "."}/${name}`;
    try {
      calls.checkExecutable(path);
      return path;
    } catch (error) {
      if (errorCode(error) === "EACCES") code = "EACCES";
    }
  }
  throw new SystemError(code, "run", name);
}

/** The command behind a program of util-linux, and of nothing smaller. */
function withDeathSignal(
  calls: SystemCalls,
  command: readonly string[],
  signal: string,
): readonly string[] {
  try {
    const setpriv = findProgram(calls, "setpriv", calls.variables()["PATH"]);
    const name = signal.replace(/^SIG/, "");
    return [setpriv, "--pdeathsig", name, "--", ...command];
  } catch (cause) {
    const why = "there is no setpriv, which the package util-linux has";
    throw new PtrackError(`--pdeathsig cannot be set: ${why}`, 125, { cause });
  }
}

/** Variables of a process, by name. */
type Variables = Readonly<Record<string, string>>;

/** The command behind a shell, which drops variables with odd names. */
function behindShell(
  command: readonly string[],
  { ignored, softLimit, env }: {
    ignored: readonly number[];
    softLimit: string | null;
    env: Variables;
  },
): readonly string[] {
  const steps = [
    ...(ignored.length === 0 ? [] : [`trap "" ${ignored.join(" ")}`]),
    ...(softLimit === null ? [] : [`ulimit -Sn ${softLimit}`]),
  ];
  const script = `${steps.join("; ")}; exec "$@"`;
  const odd = Object.entries(env).filter(([name]) => !SHELL_NAME.test(name));
  const added = ADDED.filter((name) => env[name] === undefined);
  const words = odd.length + added.length === 0
    ? command
    : withVariables(command, Object.fromEntries(odd), added);
  return ["/bin/sh", "-c", script, "sh", ...words];
}

const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What shells add to an environment that lacks it. */
const ADDED = ["PWD", "OLDPWD", "SHLVL"];

/** Whether some value is no UTF-8, and would come out as another one. */
function isMangled(env: Variables): boolean {
  for (const name in env) {
    if (name.includes("\ufffd") || env[name]!.includes("\ufffd")) return true;
  }
  return false;
}

/** The command, with variables set by a program that leaves the others be. */
function withVariables(
  command: readonly string[],
  env: Variables,
  removed: readonly string[] = [],
): readonly string[] {
  const settings = Object.entries(env).map(([name, value]) =>
    `${name}=${value}`
  );
  const removals = removed.flatMap((name) => ["-u", name]);
  // `env` would take a command with an equals sign for one more setting.
  const words = command[0]?.includes("=")
    ? ["/bin/sh", "-c", 'exec "$@"', "sh", ...command]
    : command;
  return ["/usr/bin/env", ...removals, ...settings, ...words];
}

/** Whether `env` or a shell would take a program's name for something else. */
function isOddName(name: string): boolean {
  return name.startsWith("-") || name.includes("=");
}
