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

/** Claude Code's files of one scope. */
export interface ScopeFiles {
  /** The directory that holds `.claude`. */
  base: string;
  settings: string;
  skill: string;
}

/** The store, and the files around it. */
export interface Places {
  store: SessionStore;
  /** The `.parallel` directory. */
  root: string;
  /** The checkout that `.parallel` is in; null outside git. */
  repository: string | null;
  local: ScopeFiles;
  project: ScopeFiles;
  /** Null if there is no home. */
  user: ScopeFiles | null;
}

/** Finds the places from the working directory. */
export function findPlaces(platform: Platform, store: SessionStore): Places {
  const here = platform.workingDirectory();
  const root = resolve(here, store.location);
  const checkout = findCheckout(platform, here)?.path ?? null;
  const main = checkout === null ? here : mainCheckout(platform, checkout);
  const isWindows = platform.system === "windows";
  const home = platform.env(isWindows ? "USERPROFILE" : "HOME");
  const configured = platform.env("CLAUDE_CONFIG_DIR");
  const filesIn = (directory: string, name = "settings.json"): ScopeFiles => ({
    base: dirname(directory),
    settings: `${directory}/${name}`,
    skill: `${directory}/skills/ptrack/SKILL.md`,
  });
  const user = configured
    ? resolve(here, configured)
    : home && `${home}/.claude`;
  return {
    store,
    root,
    repository: findCheckout(platform, dirname(root))?.path ?? null,
    local: filesIn(`${main}/.claude`, "settings.local.json"),
    project: filesIn(`${checkout ?? here}/.claude`),
    user: user ? filesIn(user) : null,
  };
}

/** The scopes whose files are known. */
export function scopesOf(places: Places): Scope[] {
  return SCOPES.filter((scope) => places[scope] !== null);
}

/** The files of a scope. Throws UsageError if they are not known. */
export function filesOf(places: Places, scope: Scope): ScopeFiles {
  const files = places[scope];
  if (files !== null) return files;
  throw new UsageError("Cannot find your settings: HOME is not set");
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
