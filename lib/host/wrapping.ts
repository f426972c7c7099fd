/**
 * Words before a command that give it what a runtime cannot: signals ignored
 * from the start, the soft limit on descriptors, an environment byte by byte,
 * and a script without `#!`. The shell is the system's, and replaces itself.
 */
import type { SignalName } from "./processes.ts";

/** What the shell is to arrange before it becomes the command. */
export interface Wrapping {
  ignored: ReadonlySet<SignalName>;
  /** The soft limit on descriptors; null to leave it. */
  softLimit: string | null;
}

/** The command, behind a shell that arranges what is asked for, if anything. */
export function wrapped(
  command: readonly string[],
  { ignored, softLimit }: Wrapping,
): readonly string[] {
  const names = [...ignored].map((name) => name.slice("SIG".length));
  const steps = [
    ...(names.length === 0 ? [] : [`trap "" ${names.join(" ")}`]),
    ...(softLimit === null ? [] : [`ulimit -Sn ${softLimit}`]),
  ];
  if (steps.length === 0) return command;
  const script = `${steps.join("; ")}; exec "$@"`;
  return ["/bin/sh", "-c", script, "sh", ...command];
}

/** Whether some value is no UTF-8, and would come out as another one. */
export function isMangled(env: Readonly<Record<string, string>>): boolean {
  return Object.entries(env).some(([name, value]) =>
    value.includes("\ufffd") || name.includes("\ufffd")
  );
}

/** The command, with variables set by a program that leaves the others be. */
export function withVariables(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): readonly string[] {
  const settings = Object.entries(env).map(([name, value]) =>
    `${name}=${value}`
  );
  // `env` would take a command with an equals sign for one more setting.
  const words = command[0]?.includes("=")
    ? ["/bin/sh", "-c", 'exec "$@"', "sh", ...command]
    : command;
  return ["/usr/bin/env", ...settings, ...words];
}

/** What a system does with a program that it cannot execute: a script of sh. */
export function asScript(command: readonly string[]): readonly string[] {
  return ["/bin/sh", ...command];
}
