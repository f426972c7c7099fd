/** Where the files are that `ptrack init` writes, and `doctor` looks at. */
import { dirname } from "@std/path/dirname";
import { resolve } from "@std/path/resolve";
import { UsageError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { findCheckout } from "../store/checkout.ts";
import { findRoot, mainCheckout } from "../store/root.ts";

/** Whose settings: in the order of their precedence, the highest first. */
export const SCOPES = ["local", "project", "user"] as const;

/** Whose settings. */
export type Scope = typeof SCOPES[number];

/** The directories that setting up is about. */
export interface Places {
  /** The `.parallel` directory. */
  state: string;
  /** The root of the checkout that `.parallel` is in; null outside git. */
  repository: string | null;
  /** The directory with the `.claude` of a scope. */
  bases: { local: string; project: string; user: string | null };
}

/** Finds them from the present directory. Throws as `findRoot` does. */
export function findPlaces(host: Host, named: string | null): Places {
  const here = host.workingDirectory();
  const state = resolve(findRoot(host, named));
  const checkout = findCheckout(host, here)?.path ?? null;
  const main = checkout === null ? here : mainCheckout(host, checkout);
  const home = host.env(host.system === "windows" ? "USERPROFILE" : "HOME");
  // Settings that are moved need no home.
  const user = home || host.env("CLAUDE_CONFIG_DIR") || null;
  return {
    state,
    repository: findCheckout(host, dirname(state))?.path ?? null,
    bases: { local: main, project: checkout ?? here, user },
  };
}

/** Where the settings of all scopes are; none of the user's without a home. */
export function scopesOf({ bases }: Places): Scope[] {
  return SCOPES.filter((scope) => bases[scope] !== null);
}

/** Claude Code's directory of a scope. Throws UsageError if there is none. */
export function claudeDirectory(
  host: Host,
  { bases }: Places,
  scope: Scope,
): string {
  const moved = host.env("CLAUDE_CONFIG_DIR") ?? "";
  if (scope === "user" && moved !== "") return resolve(moved);
  const base = bases[scope];
  if (base === null) {
    throw new UsageError("Cannot find your settings: HOME is not set");
  }
  return `${base}/.claude`;
}

/** The skill that is written beside the settings of a scope. */
export function skillPath(host: Host, places: Places, scope: Scope): string {
  return `${claudeDirectory(host, places, scope)}/skills/ptrack/SKILL.md`;
}

/** Claude Code's settings of a scope. */
export function settingsPath(
  host: Host,
  places: Places,
  scope: Scope,
): string {
  const name = scope === "local" ? "settings.local.json" : "settings.json";
  return `${claudeDirectory(host, places, scope)}/${name}`;
}

/** Where the file stood before `init` changed it for the first time. */
export function backupPath(path: string): string {
  return `${path}.before-ptrack`;
}

/** Settings that an administrator has made; they come before all others. */
export function managedSettingsPath({ system }: Pick<Host, "system">): string {
  return {
    linux: "/etc/claude-code/managed-settings.json",
    darwin: "/Library/Application Support/ClaudeCode/managed-settings.json",
    windows: "C:/Program Files/ClaudeCode/managed-settings.json",
  }[system];
}

/** A path as people read it: from the present directory if it is below. */
export function shown(
  host: Pick<Host, "workingDirectory">,
  path: string,
): string {
  const here = `${host.workingDirectory()}/`;
  return path.startsWith(here) ? path.slice(here.length) : path;
}
