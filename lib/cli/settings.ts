/**
 * Options with the environment variables that stand in for them. What was typed
 * comes first; an empty variable counts as unset.
 */
import type { Platform } from "../platform/platform.ts";
import type { Invocation, Option } from "./command.ts";
import { badValue } from "./messages.ts";
import { DIRECTORY } from "./options.ts";

/** The value of a variable; null if it is unset or empty. */
export function variable(platform: Platform, name: string): string | null {
  return platform.env(name) || null;
}

/** Whether a variable is on: set to anything but nothing, `0`, `false`, `no`. */
export function isOn(platform: Platform, name: string): boolean {
  return !["", "0", "false", "no"].includes(
    (platform.env(name) ?? "").toLowerCase(),
  );
}

/** What was typed for an option, else its variable, else null. */
export function setting(
  platform: Platform,
  invocation: Invocation,
  option: Option,
): string | null {
  const typed = invocation.text(option.name);
  if (typed !== null || option.env === undefined) return typed;
  return variable(platform, option.env);
}

/** The `.parallel` directory that was named, null to look for it. */
export function namedDirectory(
  platform: Platform,
  invocation: Invocation,
): string | null {
  const path = setting(platform, invocation, DIRECTORY);
  if (path === "") throw badValue(path, "--dir", "it is empty");
  return path;
}
