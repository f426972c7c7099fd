/**
 * `ptrack init --remove` as steps: exactly what `init` added, and nothing that
 * another scope that stays still needs.
 */
import { dirname } from "@std/path/dirname";
import type { Host } from "../host/host.ts";
import {
  isSame,
  ourCommands,
  readSettings,
  restore,
} from "../claude/settings_file.ts";
import { SKILL } from "../claude/skill.ts";
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
  host: Host,
  places: Places,
  only: Scope | null,
): Step[] {
  const scopes = only === null ? scopesOf(places) : [only];
  const staying = scopesOf(places).filter((scope) =>
    !scopes.includes(scope) && hasOurs(host, settingsPath(host, places, scope))
  );
  const skillsOf = (some: readonly Scope[]) =>
    new Set(some.map((scope) => skillPath(host, places, scope)));
  const stayingSkills = skillsOf(staying);
  const steps = scopes.flatMap((scope) => planHooks(host, places, scope));
  for (const path of skillsOf(scopes)) {
    if (!stayingSkills.has(path)) steps.push(...planSkill(host, path));
  }
  // The settings of a user are in no repository.
  if (staying.some((scope) => scope !== "user")) return steps;
  const { repository, bases } = places;
  for (const root of new Set([repository ?? bases.local, bases.local])) {
    steps.push(...planUnignoring(host, root));
  }
  return steps;
}

function hasOurs(host: Host, path: string): boolean {
  const text = readTextFile(host, path);
  if (text === null) return false;
  try {
    return ourCommands(readSettings(text, path)).size > 0;
  } catch {
    return text.includes("ptrack");
  }
}

function planHooks(host: Host, places: Places, scope: Scope): Step[] {
  const path = settingsPath(host, places, scope);
  const backup = backupPath(path);
  const [name, backupName] = [path, backup].map((one) => shown(host, one));
  const text = readTextFile(host, path);
  const before = readTextFile(host, backup);
  if (text === null) {
    if (before === null) return [];
    const why = `${name} is gone, and it may be the only copy`;
    return [{ done: `left ${backupName}: ${why}`, apply() {} }];
  }
  // What is broken but not of our making does not hold up the rest.
  if (before === null && !text.includes("ptrack")) return [];
  const without = restore(text, before, name!);
  if (without === text && before === null) return [];
  requireEditable(host, path);
  const isOurs = before === null && isSame(without, "{}");
  const upTo = dirname(claudeDirectory(host, places, scope));
  return [{
    done: isOurs
      ? `removed ${name}, which held nothing but ptrack's hooks`
      : `took ptrack's hooks out of ${name}`,
    apply() {
      if (isOurs) removeTextFile(host, path, { upTo });
      else if (without !== text) writeTextFile(host, path, without);
      if (before !== null) host.files.remove(backup);
    },
  }];
}

function planSkill(host: Host, path: string): Step[] {
  const text = readTextFile(host, path);
  if (text === null) return [];
  const name = shown(host, path);
  if (text !== SKILL) {
    return [{ done: `left ${name}: it has been changed`, apply() {} }];
  }
  // The directories of the skill, of all skills, of Claude Code.
  const upTo = dirname(dirname(dirname(dirname(path))));
  return [{
    done: `removed ${name}`,
    apply: () => removeTextFile(host, path, { upTo }),
  }];
}

function planUnignoring(host: Host, root: string): Step[] {
  const path = `${root}/.gitignore`;
  const text = readTextFile(host, path);
  if (text === null) return [];
  const without = removeBlocks(text);
  if (without === text) return [];
  requireEditable(host, path);
  const name = shown(host, path);
  return [{
    done: without === null
      ? `removed ${name}`
      : `took ptrack's lines out of ${name}`,
    apply() {
      if (without === null) removeTextFile(host, path, { upTo: root });
      else writeTextFile(host, path, without);
    },
  }];
}
