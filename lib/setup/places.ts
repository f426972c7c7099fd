/** Where the files are that `ptrack init` writes and `ptrack doctor` checks. */
import { dirname, resolve } from "@std/path";
import { UsageError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import {
  findCheckout,
  homeDirectory,
  mainCheckout,
} from "../store/checkout.ts";
import type { SessionStore } from "../store/store.ts";

/** Whose settings, in the order of their precedence. */
export const SCOPES = ["local", "project", "user"] as const;

/** Whose settings. */
export type Scope = typeof SCOPES[number];

/** The settings of the local scope, in the main checkout. */
export const LOCAL_SETTINGS = ".claude/settings.local.json";

/** Claude Code's files of one scope. */
export interface ScopeFiles {
  scope: Scope;
  /** The directory that holds `.claude`. */
  base: string;
  settings: string;
  skill: string;
  /** Links to these files may not lead out of here; none: anywhere. */
  within: readonly string[];
}

/** The store, and the files around it. */
export interface Places {
  store: SessionStore;
  /** The `.parallel` directory. */
  root: string;
  /** The checkout that `.parallel` is in; null outside git. */
  repository: string | null;
  /** The main checkout, which holds the local settings. */
  main: string;
  /** The files of each scope, in the order of `SCOPES`; no `user` without HOME. */
  scopes: readonly ScopeFiles[];
}

/** Finds the places from the working directory. */
export function findPlaces(platform: Platform, store: SessionStore): Places {
  const here = platform.workingDirectory();
  const root = resolve(here, store.location);
  const checkout = findCheckout(platform, here)?.path ?? null;
  const main = checkout === null ? here : mainCheckout(platform, checkout);
  const home = homeDirectory(platform);
  const user = platform.env("CLAUDE_CONFIG_DIR") || home && `${home}/.claude`;
  const top = checkout ?? here;
  const filesIn = (scope: Scope, directory: string, name: string) => ({
    scope,
    within: scope === "user" ? [] : [top, main],
    base: dirname(directory),
    settings: `${directory}/${name}`,
    skill: `${directory}/skills/ptrack/SKILL.md`,
  });
  return {
    store,
    root,
    repository: findCheckout(platform, dirname(root))?.path ?? null,
    main,
    scopes: [
      filesIn("local", `${main}/.claude`, "settings.local.json"),
      filesIn("project", `${top}/.claude`, "settings.json"),
      ...user ? [filesIn("user", resolve(here, user), "settings.json")] : [],
    ],
  };
}

/** The files of a scope. Throws UsageError if they are not known. */
export function filesOf({ scopes }: Places, scope: Scope): ScopeFiles {
  const files = scopes.find((known) => known.scope === scope);
  if (files !== undefined) return files;
  throw new UsageError("Cannot find your settings: HOME is not set");
}

/** The copy of a file as it was before `init` first changed it. */
export function backupPath(path: string): string {
  return `${path}.before-ptrack`;
}

/** A path for people: relative to the working directory if it is below. */
export function displayPath(platform: Platform, path: string): string {
  const here = `${platform.workingDirectory()}/`;
  return path.startsWith(here) ? path.slice(here.length) : path;
}
