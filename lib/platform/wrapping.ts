/**
 * Words before a command that give it what a runtime cannot: signals ignored
 * from the start, the soft limit on descriptors, an environment byte by byte,
 * and a script without `#!`. The shell is the system's, and replaces itself.
 */

/** Variables of a process, by name. */
export type Variables = Readonly<Record<string, string>>;

/** What the shell is to arrange before it becomes the command. */
export interface Wrapping {
  /** Numbers of the signals to ignore. */
  ignored: readonly number[];
  /** The soft limit on descriptors; null to leave it. */
  softLimit: string | null;
  /** The command's variables, of which a shell drops those with odd names. */
  env: Variables;
}

/** Whether there is anything for a shell to arrange. */
export function needsShell({ ignored, softLimit }: Wrapping): boolean {
  return ignored.length > 0 || softLimit !== null;
}

/** The command behind a shell that arranges what is asked for. */
export function behindShell(
  command: readonly string[],
  { ignored, softLimit, env }: Wrapping,
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
export function isMangled(env: Variables): boolean {
  return Object.entries(env).some(([name, value]) =>
    value.includes("\ufffd") || name.includes("\ufffd")
  );
}

/** The command, with variables set by a program that leaves the others be. */
export function withVariables(
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
export function isOddName(name: string): boolean {
  return name.startsWith("-") || name.includes("=");
}

/** What a system does with a program that it cannot execute: a script of sh. */
export function asScript(command: readonly string[]): readonly string[] {
  return ["/bin/sh", ...command];
}
