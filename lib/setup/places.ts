/** Where the files are that `ptrack init` writes, and `doctor` looks at. */
import { dirname, resolve } from "@std/path";
import { UsageError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { findCheckout, mainCheckout } from "../store/checkout.ts";
import type { SessionStore } from "../store/store.ts";

/** Whose settings: in the order of their precedence, the highest first. */
export const SCOPES = ["local", "project", "user"] as const;

/** Whose settings. */
export type Scope = typeof SCOPES[number];

/** The directories that setting up is about. */
export interface Places {
  store: SessionStore;
  /** The `.parallel` directory. */
  state: string;
  /** The root of the checkout that `.parallel` is in; null outside git. */
  repository: string | null;
  /** The directory with the `.claude` of a scope. */
  bases: { local: string; project: string; user: string | null };
}

/** Finds them from the present directory. */
export function findPlaces(platform: Platform, store: SessionStore): Places {
  const here = platform.workingDirectory();
  const state = resolve(here, store.location);
  const checkout = findCheckout(platform, here)?.path ?? null;
  const main = checkout === null ? here : mainCheckout(platform, checkout);
  const home = platform.env(
    platform.system === "windows" ? "USERPROFILE" : "HOME",
  );
  // Settings that are moved need no home.
  const user = home || platform.env("CLAUDE_CONFIG_DIR") || null;
  return {
    store,
    state,
    repository: findCheckout(platform, dirname(state))?.path ?? null,
    bases: { local: main, project: checkout ?? here, user },
  };
}

/** Where the settings of all scopes are; none of the user's without a home. */
export function scopesOf({ bases }: Places): Scope[] {
  return SCOPES.filter((scope) => bases[scope] !== null);
}

/** Claude Code's directory of a scope. Throws UsageError if there is none. */
export function claudeDirectory(
  platform: Platform,
  { bases }: Places,
  scope: Scope,
): string {
  const moved = platform.env("CLAUDE_CONFIG_DIR") ?? "";
  if (scope === "user" && moved !== "") {
    return resolve(platform.workingDirectory(), moved);
  }
  const base = bases[scope];
  if (base === null) {
    throw new UsageError("Cannot find your settings: HOME is not set");
  }
  return `${base}/.claude`;
}

/** The skill that is written beside the settings of a scope. */
export function skillPath(
  platform: Platform,
  places: Places,
  scope: Scope,
): string {
  return `${claudeDirectory(platform, places, scope)}/skills/ptrack/SKILL.md`;
}

/** Claude Code's settings of a scope. */
export function settingsPath(
  platform: Platform,
  places: Places,
  scope: Scope,
): string {
  const name = scope === "local" ? "settings.local.json" : "settings.json";
  return `${claudeDirectory(platform, places, scope)}/${name}`;
}

/** Where the file stood before `init` changed it for the first time. */
export function backupPath(path: string): string {
  return `${path}.before-ptrack`;
}

/** Settings that an administrator has made; they come before all others. */
export function managedSettingsPath(
  { system }: Pick<Platform, "system">,
): string {
  return {
    linux: "/etc/claude-code/managed-settings.json",
    darwin: "/Library/Application Support/ClaudeCode/managed-settings.json",
    windows: "C:/Program Files/ClaudeCode/managed-settings.json",
  }[system];
}

/** A path as people read it: from the present directory if it is below. */
export function shown(
  platform: Pick<Platform, "workingDirectory">,
  path: string,
): string {
  const here = `${platform.workingDirectory()}/`;
  return path.startsWith(here) ? path.slice(here.length) : path;
}
