/**
 * The environment variables of commands. An empty variable counts as unset; an
 * option that was typed comes before its variable.
 */
import type { Host } from "../host/host.ts";
import type { Option } from "./command.ts";
import type { Invocation } from "./invocation.ts";
import { DIRECTORY } from "./shared_options.ts";
import { badValue } from "./usage.ts";

/** The value of a variable; null if it is unset or empty. */
export function variable(host: Host, name: string): string | null {
  return host.env(name) || null;
}

/** Whether a variable is on: set to anything but nothing, `0` or `false`. */
export function isOn(host: Host, name: string): boolean {
  return !["", "0", "false", "no"].includes(
    (host.env(name) ?? "").toLowerCase(),
  );
}

/** What was typed for an option, else its variable, else null. */
export function setting(
  host: Host,
  invocation: Invocation,
  option: Option,
): string | null {
  const typed = invocation.text(option.name);
  if (typed !== null || option.env === undefined) return typed;
  return variable(host, option.env);
}

/** The `.parallel` directory that was named, null to look for it. */
export function namedDirectory(
  host: Host,
  invocation: Invocation,
): string | null {
  const path = setting(host, invocation, DIRECTORY);
  if (path === "") throw badValue(path, "--dir", "it is empty");
  return path;
}
