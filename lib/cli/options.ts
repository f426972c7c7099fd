/**
 * Options that more than one command takes, how their values are read, and the
 * environment variables that stand in for them. What was typed comes before a
 * variable, and an empty variable counts as unset. All errors are UsageErrors
 * that say what the option takes.
 */
import { valueError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { parseDuration } from "../session/times.ts";
import { excessOf, parseExactly, parseProgress } from "../session/event.ts";
import { DEFAULT_WORKSPACE } from "../session/names.ts";
import type { JsonObject } from "../session/types.ts";
import type { Invocation, Option } from "./command.ts";

/** `-s` of the commands that work on one session. */
export const SESSION: Option = {
  name: "session",
  short: "s",
  value: "ID",
  env: "PTRACK_SESSION",
  help: "The session",
};

/** `--heartbeat-timeout`, which sessions and monitors take. */
export const HEARTBEAT_TIMEOUT: Option = {
  name: "heartbeat-timeout",
  value: "DURATION",
  help: "Time without a heartbeat after which the session has timed out (5m)",
};

/** `--session-timeout`, which sessions and monitors take. */
export const SESSION_TIMEOUT: Option = {
  name: "session-timeout",
  value: "DURATION",
  help: "Longest time that a session may run (4h)",
};

/** `--restart` of the commands that begin sessions. */
export const RESTART: Option = {
  name: "restart",
  help: "Begin a session again that has ended, crashed or timed out",
};

/** `--force` of the commands that begin sessions. */
export const FORCE: Option = {
  name: "force",
  help: "Replace the session even if it is alive",
};

/** `--batch` of the commands that begin sessions. */
export const BATCH: Option = {
  name: "batch",
  value: "NAME",
  env: "PTRACK_BATCH",
  help: "Batch: sessions that are started together",
};

/** `--pid`: the owner of a session. */
export const OWNER: Option = {
  name: "pid",
  value: "N",
  env: "PTRACK_OWNER_PID",
  help: "Process that owns the session: if it is gone, the session has crashed",
};

/** `-w`, which every command takes. */
export const WORKSPACE: Option = {
  name: "workspace",
  short: "w",
  value: "NAME",
  env: "PTRACK_WORKSPACE",
  help: "Workspace: a group of sessions",
};

/** `--dir`, which every command takes. */
export const DIRECTORY: Option = {
  name: "dir",
  value: "PATH",
  env: "PTRACK_DIR",
  help: "The .parallel directory to use",
};

/** What every command takes, also before the command's name. */
export const SHARED: readonly Option[] = [
  WORKSPACE,
  DIRECTORY,
  {
    name: "color",
    value: "WHEN",
    choices: ["auto", "always", "never"],
    help: "Use colour: auto, always or never",
  },
  { name: "help", short: "h", help: "Print help and exit" },
  {
    name: "version",
    short: "V",
    help: "Print the version, engine, system and commit",
  },
];

/** `--meta` of the commands that record metadata. */
export const META: Option = {
  name: "meta",
  value: "KEY=VALUE",
  repeatable: true,
  help: "Metadata to store: VALUE is stored as JSON if it is an object, an " +
    "array, true, false, null, or a number that prints as it was typed; " +
    "anything else is text",
};

/** `-m` of the commands that record a message. */
export const MESSAGE: Option = {
  name: "message",
  short: "m",
  value: "TEXT",
  help: "What the session is doing, or has done",
};

/** `--output` of the commands that end sessions. */
export const OUTPUT: Option = {
  name: "output",
  value: "FILE",
  repeatable: true,
  help: "A file that the session has made",
};

/** The option that is spelled like this, such as `--message` or `-m`. */
export function findIn(
  options: readonly Option[],
  spelling: string,
): Option | null {
  const isLong = spelling.startsWith("--");
  const word = spelling.slice(isLong ? 2 : 1);
  for (const option of options) {
    const { name, short, aliases } = option;
    const isIt = isLong
      ? name === word || aliases?.includes(word)
      : short === word;
    if (isIt) return option;
  }
  return null;
}

/** All that an option can be typed as, the short name first. */
export function spellingsOf({ name, short, aliases = [] }: Option): string[] {
  const longs = [name, ...aliases].map((long) => `--${long}`);
  return short === undefined ? longs : [`-${short}`, ...longs];
}

/** `--name=value` and `-nvalue` have their value with them. */
export function splitOption(
  arg: string,
): { spelling: string; inline: string | null } {
  const end = arg.startsWith("--") ? arg.indexOf("=") : 2;
  if (end < 0 || end >= arg.length) return { spelling: arg, inline: null };
  const inline = arg.slice(arg.startsWith("--") ? end + 1 : end);
  return { spelling: arg.slice(0, end), inline };
}

/** An option that was given; its value is null for a flag. */
export interface Given {
  option: Option;
  value: string | null;
}

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

/** The workspace that a command writes to. */
export function workspaceOf(
  platform: Platform,
  invocation: Invocation,
): string {
  return setting(platform, invocation, WORKSPACE) ?? DEFAULT_WORKSPACE;
}

/** The seconds of a duration that was typed; null if it was not. */
export function secondsOf(
  invocation: Invocation,
  option: string,
): number | null {
  const text = invocation.text(option);
  return text === null ? null : parseSeconds(text, `--${option}`);
}

/** The `.parallel` directory that was named, null to look for it. */
export function namedDirectory(
  platform: Platform,
  invocation: Invocation,
): string | null {
  const path = setting(platform, invocation, DIRECTORY);
  if (path === "") throw valueError(path, "--dir", "it is empty");
  return path;
}

/** A percentage of `N`, `N%` or `N/M`; 0 to 100, what is outside is clamped. */
export function parsePercent(text: string, where: string): number {
  const percent = parseProgress(text);
  if (typeof percent === "number") return percent;
  throw valueError(text, where, percent);
}

/** Metadata of `KEY=VALUE` texts; a later one of the same key wins. */
export function parseMetadata(texts: readonly string[]): JsonObject {
  const entries = texts.map((text): [string, unknown] => {
    const end = text.indexOf("=");
    if (end > 0) {
      return [text.slice(0, end), parseJsonValue(text.slice(end + 1))];
    }
    throw valueError(
      text,
      "--meta",
      "metadata is KEY=VALUE, such as branch=main",
    );
  });
  // Own properties, whatever the key: "__proto__" is a key like any other.
  return Object.fromEntries(entries);
}

/** JSON is stored as it is; a text, or a number that would change, as text. */
function parseJsonValue(text: string): unknown {
  const excess = excessOf(text);
  if (excess !== "") throw valueError(text, "--meta", excess);
  let value: unknown;
  try {
    value = parseExactly(text);
  } catch {
    return text;
  }
  const isText = typeof value === "string" ||
    (typeof value === "number" && String(value) !== text);
  return isText ? text : value;
}

/** Seconds, more than none, of a duration such as `90s` or `1h30m`. */
export function parseSeconds(
  text: string,
  where: string,
  bareNumber: "seconds" | "minutes" = "seconds",
): number {
  const seconds = parseDuration(text, bareNumber);
  if (seconds !== null && seconds > 0) return seconds;
  throw valueError(
    text,
    where,
    seconds === 0
      ? "a duration is longer than that"
      : `a duration is like 90s, 5m, 2h or 1h30m; a number alone is ${bareNumber}`,
  );
}

/** A whole number of 1 or more. */
export function parseCount(text: string, where: string): number {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (count > 0) return count;
  throw valueError(text, where, "it is a whole number from 1");
}
