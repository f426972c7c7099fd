/**
 * `ptrack init --remove` as steps: exactly what `init` added, and nothing that
 * another scope that stays still needs.
 */
import { dirname } from "@std/path";
import type { Platform } from "../platform/platform.ts";
import { isSame, ourCommands, readSettings, restore } from "./settings_file.ts";
import { SKILL } from "./skill.ts";
import { removeBlocks } from "./ignoring.ts";
import type { Step } from "./init.ts";
import {
  backupPath,
  claudeDirectory,
  type Places,
  type Scope,
  scopesOf,
  settingsPath,
  shown,
  skillPath,
} from "./places.ts";
import {
  readTextFile,
  removeTextFile,
  requireEditable,
  writeTextFile,
} from "./text_file.ts";

/** What is to be taken back, in order; of all scopes unless one is named. */
export function planRemoval(
  platform: Platform,
  places: Places,
  only: Scope | null,
): Step[] {
  const scopes = only === null ? scopesOf(places) : [only];
  const staying = scopesOf(places).filter((scope) =>
    !scopes.includes(scope) &&
    hasOurs(platform, settingsPath(platform, places, scope))
  );
  const skillsOf = (some: readonly Scope[]) =>
    new Set(some.map((scope) => skillPath(platform, places, scope)));
  const stayingSkills = skillsOf(staying);
  const steps = scopes.flatMap((scope) => planHooks(platform, places, scope));
  for (const path of skillsOf(scopes)) {
    if (!stayingSkills.has(path)) steps.push(...planSkill(platform, path));
  }
  // The settings of a user are in no repository.
  if (staying.some((scope) => scope !== "user")) return steps;
  const { repository, bases } = places;
  for (const root of new Set([repository ?? bases.local, bases.local])) {
    steps.push(...planUnignoring(platform, root));
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

function planHooks(platform: Platform, places: Places, scope: Scope): Step[] {
  const path = settingsPath(platform, places, scope);
  const backup = backupPath(path);
  const [name, backupName] = [path, backup].map((one) => shown(platform, one));
  const text = readTextFile(platform, path);
  const before = readTextFile(platform, backup);
  if (text === null) {
    if (before === null) return [];
    const why = `${name} is gone, and it may be the only copy`;
    return [{ done: `left ${backupName}: ${why}`, apply() {} }];
  }
  // What is broken but not of our making does not hold up the rest.
  if (before === null && !text.includes("ptrack")) return [];
  const without = restore(text, before, name!);
  if (without === text && before === null) return [];
  requireEditable(platform, path);
  const isOurs = before === null && isSame(without, "{}");
  const upTo = dirname(claudeDirectory(platform, places, scope));
  return [{
    done: isOurs
      ? `removed ${name}, which held nothing but ptrack's hooks`
      : `took ptrack's hooks out of ${name}`,
    apply() {
      if (isOurs) removeTextFile(platform, path, { upTo });
      else if (without !== text) writeTextFile(platform, path, without);
      if (before !== null) platform.files.remove(backup);
    },
  }];
}

function planSkill(platform: Platform, path: string): Step[] {
  const text = readTextFile(platform, path);
  if (text === null) return [];
  const name = shown(platform, path);
  if (text !== SKILL) {
    return [{ done: `left ${name}: it has been changed`, apply() {} }];
  }
  // The directories of the skill, of all skills, of Claude Code.
  const upTo = dirname(dirname(dirname(dirname(path))));
  return [{
    done: `removed ${name}`,
    apply: () => removeTextFile(platform, path, { upTo }),
  }];
}

function planUnignoring(platform: Platform, root: string): Step[] {
  const path = `${root}/.gitignore`;
  const text = readTextFile(platform, path);
  if (text === null) return [];
  const without = removeBlocks(text);
  if (without === text) return [];
  requireEditable(platform, path);
  const name = shown(platform, path);
  return [{
    done: without === null
      ? `removed ${name}`
      : `took ptrack's lines out of ${name}`,
    apply() {
      if (without === null) removeTextFile(platform, path, { upTo: root });
      else writeTextFile(platform, path, without);
    },
  }];
}
