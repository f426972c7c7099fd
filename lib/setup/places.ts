/** Where the files are that `ptrack init` writes and `ptrack doctor` checks. */
import { dirname, resolve } from "@std/path";
import { UsageError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { findCheckout, mainCheckout } from "../store/checkout.ts";
import type { SessionStore } from "../store/store.ts";

/** Whose settings, in the order of their precedence. */
export const SCOPES = ["local", "project", "user"] as const;

/** Whose settings. */
export type Scope = typeof SCOPES[number];

/** The settings of the local scope, in the main checkout. */
export const LOCAL_SETTINGS = ".claude/settings.local.json";

/** The store, and the directories around it. */
export interface Places {
  store: SessionStore;
  /** The `.parallel` directory. */
  root: string;
  /** The checkout that `.parallel` is in; null outside git. */
  repository: string | null;
  /** The directory that holds the `.claude` of a scope; null if unknown. */
  bases: { local: string; project: string; user: string | null };
}

/** Finds the places from the working directory. */
export function findPlaces(platform: Platform, store: SessionStore): Places {
  const here = platform.workingDirectory();
  const root = resolve(here, store.location);
  const checkout = findCheckout(platform, here)?.path ?? null;
  const home = platform.env(
    platform.system === "windows" ? "USERPROFILE" : "HOME",
  );
  return {
    store,
    root,
    repository: findCheckout(platform, dirname(root))?.path ?? null,
    bases: {
      local: checkout === null ? here : mainCheckout(platform, checkout),
      project: checkout ?? here,
      // With this variable no home is needed.
      user: home || platform.env("CLAUDE_CONFIG_DIR") || null,
    },
  };
}

/** The scopes whose settings can be found. */
export function scopesOf({ bases }: Places): Scope[] {
  return SCOPES.filter((scope) => bases[scope] !== null);
}

/** Claude Code's directory of a scope. Throws UsageError if it is unknown. */
export function claudeDirectory(
  platform: Platform,
  { bases }: Places,
  scope: Scope,
): string {
  const configured = platform.env("CLAUDE_CONFIG_DIR") ?? "";
  if (scope === "user" && configured !== "") {
    return resolve(platform.workingDirectory(), configured);
  }
  const base = bases[scope];
  if (base !== null) return `${base}/.claude`;
  throw new UsageError("Cannot find your settings: HOME is not set");
}

/** The skill of a scope. */
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

/** The copy of a file as it was before `init` first changed it. */
export function backupPath(path: string): string {
  return `${path}.before-ptrack`;
}

/** The settings of an administrator, which precede all others. */
export function managedSettingsPath(
  { system }: Pick<Platform, "system">,
): string {
  return {
    linux: "/etc/claude-code/managed-settings.json",
    darwin: "/Library/Application Support/ClaudeCode/managed-settings.json",
    windows: "C:/Program Files/ClaudeCode/managed-settings.json",
  }[system];
}

/** A path for people: relative to the working directory if it is below. */
export function displayPath(
  platform: Pick<Platform, "workingDirectory">,
  path: string,
): string {
  const here = `${platform.workingDirectory()}/`;
  return path.startsWith(here) ? path.slice(here.length) : path;
}
