/**
 * `ptrack init` as steps: each says what it does before it does it, so that a
 * dry run is the same list. Nothing is done before all of it is known to be
 * possible.
 */
import type { Host } from "../host/host.ts";
import { entriesFor, hookCommand } from "../claude/hook_entries.ts";
import {
  addHooks,
  ourCommands,
  readSettings,
  removeHooks,
} from "../claude/settings_file.ts";
import { SKILL } from "../claude/skill.ts";
import { makeRoot } from "../store/directories.ts";
import { addBlock, IGNORED, isListed, removeBlocks } from "./ignoring.ts";
import {
  backupPath,
  claudeDirectory,
  type Places,
  type Scope,
  SCOPES,
  settingsPath,
  shown,
} from "./places.ts";
import { ask, isOnPath } from "./programs.ts";
import { readTextFile, removeTextFile, writeTextFile } from "./text_file.ts";

/** One thing to do. */
export interface Step {
  /** What it does, in the past tense: `made .parallel`. */
  done: string;
  /** Nothing to do but to say so. */
  apply(): void;
}

/** What is to be set up. */
export interface InitOptions {
  claudeCode: boolean;
  scope: Scope;
  /** Whether hooks keep a line of prompts and inputs. */
  prompts: boolean;
  skill: boolean;
}

/** What `init` has to do, in order; none where all is done. */
export async function planInit(
  host: Host,
  places: Places,
  options: InitOptions,
): Promise<Step[]> {
  const steps = [
    ...planState(host, places),
    ...await planIgnoring(host, places, options),
  ];
  if (!options.claudeCode) return steps;
  steps.push(...await planHooks(host, places, options));
  if (options.skill) steps.push(...planSkill(host, places, options.scope));
  return steps;
}

function planState(host: Host, { state }: Places): Step[] {
  if (host.files.inspectTarget(state) !== null) return [];
  return [{
    done: `made ${shown(host, state)}`,
    apply: () => makeRoot(host, state),
  }];
}

async function planIgnoring(
  host: Host,
  places: Places,
  { claudeCode, scope }: InitOptions,
): Promise<Step[]> {
  const steps: Step[] = [];
  if (places.repository !== null && places.state.endsWith("/.parallel")) {
    steps.push(
      ...await planLine(host, places.repository, {
        line: IGNORED.state,
        paths: [ignorable(host, places.state)],
      }),
    );
  }
  const { local } = places.bases;
  const isInGit = host.files.inspectTarget(`${local}/.git`) !== null;
  if (claudeCode && scope === "local" && isInGit) {
    const path = ".claude/settings.local.json";
    steps.push(
      ...await planLine(host, local, {
        line: IGNORED.settings,
        paths: [path, backupPath(path)],
      }),
    );
  }
  return steps;
}

/** A line for what is not ignored already; the last step of a file counts. */
async function planLine(
  host: Host,
  repository: string,
  { line, paths }: { line: string; paths: readonly string[] },
): Promise<Step[]> {
  if (await isIgnored(host, repository, paths)) return [];
  const path = `${repository}/.gitignore`;
  return [{
    done: `added ${line} to ${shown(host, path)}`,
    apply: () => {
      const text = readTextFile(host, path);
      writeTextFile(host, path, addBlock(text, [line]));
    },
  }];
}

/** `.parallel` as git is to be asked: what is in it must not answer for it. */
export function ignorable(host: Host, state: string): string {
  const isThere = host.files.inspectTarget(state) !== null;
  return isThere ? ".parallel" : ".parallel/";
}

/** Whether git ignores all of some paths of a checkout. */
export async function isIgnored(
  host: Host,
  repository: string,
  paths: readonly string[],
): Promise<boolean> {
  for (const path of paths) {
    const command = ["git", "-C", repository, "check-ignore", "-q", path];
    const answer = await ask(host, command);
    // 128: git would not say; 127 and the like: there is none.
    const isTold = answer !== null && answer.code < 2;
    if (isTold ? answer.code !== 0 : !isWritten(host, repository, path)) {
      return false;
    }
  }
  return true;
}

function isWritten(host: Host, repository: string, path: string): boolean {
  return [".gitignore", ".git/info/exclude"].some((name) =>
    isListed(readTextFile(host, `${repository}/${name}`) ?? "", path)
  );
}

async function planHooks(
  host: Host,
  places: Places,
  { scope, prompts }: InitOptions,
): Promise<Step[]> {
  const path = settingsPath(host, places, scope);
  const name = shown(host, path);
  const version = await ask(host, ["claude", "--version"]);
  const isFound = scope === "project" || isOnPath(host, "ptrack");
  const command = hookCommand(isFound ? null : host.executable(), { prompts });
  const text = readTextFile(host, path);
  const entries = entriesFor(version?.code === 0 ? version.stdout : null);
  const changed = addHooks(text ?? "", { command, entries, name });
  if (changed === text) return [];
  const backup = backupPath(path);
  const steps: Step[] = [];
  const hadOurs = text !== null &&
    ourCommands(readSettings(text, name)).size > 0;
  if (text !== null && !hadOurs && readTextFile(host, backup) === null) {
    steps.push({
      done: `kept ${name} as it was in ${shown(host, backup)}`,
      apply: () => writeTextFile(host, backup, text),
    });
  }
  const count = [...ourCommands(readSettings(changed, name)).values()].flat();
  steps.push({
    done: `set up ${count.length} hooks in ${name} ("${command}")`,
    apply: () => writeTextFile(host, path, changed),
  });
  return steps;
}

function skillPath(host: Host, places: Places, scope: Scope): string {
  return `${claudeDirectory(host, places, scope)}/skills/ptrack/SKILL.md`;
}

function planSkill(host: Host, places: Places, scope: Scope): Step[] {
  const path = skillPath(host, places, scope);
  const name = shown(host, path);
  const text = readTextFile(host, path);
  if (text === SKILL) return [];
  if (text !== null) {
    return [{ done: `left ${name} as it is: it is not ptrack's`, apply() {} }];
  }
  return [{
    done: `wrote ${name}, a skill (without it: --no-skill)`,
    apply: () => writeTextFile(host, path, SKILL),
  }];
}

/** What `init --remove` has to do: exactly what was added, in any scope. */
export function planRemoval(
  host: Host,
  places: Places,
  scopes: readonly Scope[] = SCOPES,
): Step[] {
  const steps: Step[] = [];
  for (const scope of scopes) {
    steps.push(...planHooksRemoval(host, places, scope));
    steps.push(...planSkillRemoval(host, places, scope));
  }
  const { repository, bases } = places;
  const roots = [repository ?? bases.local, bases.local];
  for (const root of new Set(roots)) steps.push(...planUnignoring(host, root));
  return steps;
}

function planHooksRemoval(host: Host, places: Places, scope: Scope): Step[] {
  const path = settingsPath(host, places, scope);
  const name = shown(host, path);
  const text = readTextFile(host, path);
  if (text === null) return [];
  const backup = backupPath(path);
  const before = readTextFile(host, backup);
  const without = removeHooks(text, name);
  if (without === text && before === null) return [];
  const kept = before !== null && isSame(without, before) ? before : without;
  const isOurs = before === null && isSame(without, "{}");
  const upTo = directoryAbove(claudeDirectory(host, places, scope));
  return [{
    done: isOurs
      ? `removed ${name}, which held nothing but ptrack's hooks`
      : `took ptrack's hooks out of ${name}`,
    apply() {
      if (isOurs) removeTextFile(host, path, { upTo });
      else if (kept !== text) writeTextFile(host, path, kept);
      if (before !== null) removeTextFile(host, backup, { upTo });
    },
  }];
}

/** Equal as JSON, whatever the spaces; keys in the same order. */
function isSame(text: string, other: string): boolean {
  try {
    const [one, two] = [text, other].map((json) =>
      JSON.stringify(JSON.parse(json.trim() === "" ? "{}" : json))
    );
    return one === two;
  } catch {
    return false;
  }
}

function directoryAbove(path: string): string {
  return path.replace(/[/\\][^/\\]+$/, "");
}

function planSkillRemoval(host: Host, places: Places, scope: Scope): Step[] {
  const path = skillPath(host, places, scope);
  const text = readTextFile(host, path);
  if (text === null) return [];
  const name = shown(host, path);
  if (text !== SKILL) {
    return [{ done: `left ${name}: it has been changed`, apply() {} }];
  }
  const upTo = directoryAbove(claudeDirectory(host, places, scope));
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
