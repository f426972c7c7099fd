/**
 * `ptrack init --remove` as a list of steps: it removes what `init` added, but
 * nothing that another scope still needs.
 */
import type { Platform } from "../platform/platform.ts";
import { removeBlocks } from "./gitignore.ts";
import { SKILL, type Step } from "./init.ts";
import {
  backupPath,
  displayPath,
  filesOf,
  type Places,
  type Scope,
  type ScopeFiles,
  scopesOf,
} from "./places.ts";
import { isSame, ourCommands, readSettings, restore } from "./settings_file.ts";
import {
  readTextFile,
  removeTextFile,
  requireEditable,
  writeTextFile,
} from "./text_file.ts";

/** The steps, in order; for all scopes if `only` is null. */
export function planRemoval(
  platform: Platform,
  places: Places,
  only: Scope | null,
): Step[] {
  const scopes = only === null ? scopesOf(places) : [only];
  const kept = scopesOf(places).filter((scope) =>
    !scopes.includes(scope) &&
    hasOurs(platform, filesOf(places, scope).settings)
  );
  const removed = scopes.map((scope) => filesOf(places, scope));
  const steps = removed.flatMap((files) => planHooks(platform, files));
  const needed = new Set(kept.map((scope) => filesOf(places, scope).skill));
  const skills = new Map(removed.map((files) => [files.skill, files]));
  for (const [path, files] of skills) {
    if (!needed.has(path)) steps.push(...planSkill(platform, files));
  }
  // The settings of the user scope are in no repository.
  if (kept.some((scope) => scope !== "user")) return steps;
  const { repository, local: { base } } = places;
  for (const directory of new Set([repository ?? base, base])) {
    steps.push(...planGitignore(platform, directory));
  }
  return steps;
}

function hasOurs(platform: Platform, path: string): boolean {
  const text = readTextFile(platform, path);
  if (text === null) return false;
  try {
    return ourCommands(readSettings(text, path)).size > 0;
  } catch {
    return text.includes("ptrack");
  }
}

function planHooks(
  platform: Platform,
  { base, settings: path }: ScopeFiles,
): Step[] {
  const name = displayPath(platform, path);
  const backup = backupPath(path);
  const text = readTextFile(platform, path);
  const before = readTextFile(platform, backup);
  if (text === null) {
    if (before === null) return [];
    const why = `${name} is gone, and it may be the only copy`;
    return [{ done: `left ${displayPath(platform, backup)}: ${why}` }];
  }
  // Settings that are broken, but not ours, do not stop the rest.
  if (before === null && !text.includes("ptrack")) return [];
  const without = restore(text, before, name);
  if (without === text && before === null) return [];
  requireEditable(platform, path);
  const isOurs = before === null && isSame(without, "{}");
  return [{
    done: isOurs
      ? `removed ${name}, which held nothing but ptrack's hooks`
      : `removed ptrack's hooks from ${name}`,
    apply() {
      if (isOurs) removeTextFile(platform, path, { upTo: base });
      else if (without !== text) writeTextFile(platform, path, without);
      if (before !== null) platform.files.remove(backup);
    },
  }];
}

function planSkill(
  platform: Platform,
  { base, skill: path }: ScopeFiles,
): Step[] {
  const text = readTextFile(platform, path);
  if (text === null) return [];
  const name = displayPath(platform, path);
  if (text !== SKILL) return [{ done: `left ${name}: it has been changed` }];
  return [{
    done: `removed ${name}`,
    apply: () => removeTextFile(platform, path, { upTo: base }),
  }];
}

function planGitignore(platform: Platform, directory: string): Step[] {
  const path = `${directory}/.gitignore`;
  const text = readTextFile(platform, path);
  if (text === null) return [];
  const without = removeBlocks(text);
  if (without === text) return [];
  requireEditable(platform, path);
  const name = displayPath(platform, path);
  return [
    without === null
      ? {
        done: `removed ${name}`,
        apply: () => removeTextFile(platform, path, { upTo: directory }),
      }
      : {
        done: `removed ptrack's lines from ${name}`,
        apply: () => writeTextFile(platform, path, without),
      },
  ];
}
