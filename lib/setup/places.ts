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
  /** The checkout that `.parallel` is in; null outside git. */
  repository: string | null;
  /** The directory with the `.claude` of a scope. */
  bases: Record<Scope, string>;
}

/** Finds them from the present directory. Throws as `findRoot` does. */
export function findPlaces(host: Host, named: string | null): Places {
  const here = host.workingDirectory();
  const state = resolve(findRoot(host, named));
  const checkout = findCheckout(host, here)?.path ?? null;
  const main = checkout === null ? here : mainCheckout(host, checkout);
  const holder = dirname(state);
  return {
    state,
    repository: findCheckout(host, holder)?.path === holder ? holder : null,
    bases: { local: main, project: checkout ?? here, user: homeOf(host) },
  };
}

function homeOf(host: Host): string {
  const variable = host.system === "windows" ? "USERPROFILE" : "HOME";
  return host.env(variable) || "/";
}

/** Claude Code's directory of a scope. */
export function claudeDirectory(
  host: Host,
  { bases }: Places,
  scope: Scope,
): string {
  const moved = host.env("CLAUDE_CONFIG_DIR") ?? "";
  if (scope === "user" && moved !== "") return resolve(moved);
  if (
    scope === "user" &&
    (host.env("HOME") || host.env("USERPROFILE") || "") === ""
  ) {
    throw new UsageError("Cannot find your settings: HOME is not set");
  }
  return `${bases[scope]}/.claude`;
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
