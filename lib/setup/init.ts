/**
 * `ptrack init` as steps: each says what it does before it does it, so that a
 * dry run is the same list. Nothing is done before all of it is known to be
 * possible.
 */
import { basename } from "@std/path";
import type { Platform } from "../platform/platform.ts";
import { entriesFor, hookCommand } from "./hook_entries.ts";
import { addHooks, ourCommands, readSettings } from "./settings_file.ts";
import { SKILL } from "./skill.ts";
import { makeRoot } from "../store/files/directories.ts";
import { addBlock, hasLine, IGNORED, isListed } from "./ignoring.ts";
import {
  backupPath,
  type Places,
  type Scope,
  settingsPath,
  shown,
  skillPath,
} from "./places.ts";
import { ask, isOnPath } from "./programs.ts";
import { readTextFile, requireEditable, writeTextFile } from "./text_file.ts";

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
  platform: Platform,
  places: Places,
  options: InitOptions,
): Promise<Step[]> {
  const steps = [
    ...planState(platform, places),
    ...await planIgnoring(platform, places, options),
  ];
  if (!options.claudeCode) return steps;
  steps.push(...await planHooks(platform, places, options));
  if (options.skill) steps.push(...planSkill(platform, places, options.scope));
  return steps;
}

function planState(platform: Platform, { state }: Places): Step[] {
  if (platform.files.inspectTarget(state) !== null) return [];
  return [{
    done: `made ${shown(platform, state)}`,
    apply: () => makeRoot(platform, state),
  }];
}

async function planIgnoring(
  platform: Platform,
  places: Places,
  { claudeCode, scope }: InitOptions,
): Promise<Step[]> {
  const steps: Step[] = [];
  if (places.repository !== null && places.state.endsWith("/.parallel")) {
    steps.push(
      ...await planLine(platform, places.repository, {
        line: IGNORED.state,
        paths: [ignorable(platform, places)],
      }),
    );
  }
  const { local } = places.bases;
  const isInGit = platform.files.inspectTarget(`${local}/.git`) !== null;
  if (claudeCode && scope === "local" && isInGit) {
    const path = ".claude/settings.local.json";
    steps.push(
      ...await planLine(platform, local, {
        line: IGNORED.settings,
        paths: [path, backupPath(path)],
      }),
    );
  }
  return steps;
}

/** A line for what is not ignored already; the last step of a file counts. */
async function planLine(
  platform: Platform,
  repository: string,
  { line, paths }: { line: string; paths: readonly string[] },
): Promise<Step[]> {
  if (await isIgnored(platform, repository, paths)) return [];
  const path = `${repository}/.gitignore`;
  // What git tracks it does not ignore, whatever is written there.
  if (hasLine(readTextFile(platform, path) ?? "", line)) return [];
  requireEditable(platform, path);
  return [{
    done: `added ${line} to ${shown(platform, path)}`,
    apply: () => {
      const text = readTextFile(platform, path);
      writeTextFile(platform, path, addBlock(text, [line]));
    },
  }];
}

/** `.parallel` as git is to be asked: what is in it must not answer for it. */
export function ignorable(
  platform: Platform,
  { state, repository }: Places,
): string {
  const path = state.slice((repository ?? "").length).replace(/^[/\\]/, "");
  const isThere = platform.files.inspectTarget(state) !== null;
  return isThere ? path : `${path}/`;
}

/** Whether git ignores all of some paths of a checkout. */
export async function isIgnored(
  platform: Platform,
  repository: string,
  paths: readonly string[],
): Promise<boolean> {
  for (const path of paths) {
    const command = ["git", "-C", repository, "check-ignore", "-q", path];
    const answer = await ask(platform, command);
    // 128: git would not say; 127 and the like: there is none.
    const isTold = answer !== null && answer.code < 2;
    if (isTold ? answer.code !== 0 : !isWritten(platform, repository, path)) {
      return false;
    }
  }
  return true;
}

function isWritten(
  platform: Platform,
  repository: string,
  path: string,
): boolean {
  const name = basename(path);
  return [".gitignore", ".git/info/exclude"].some((file) => {
    const text = readTextFile(platform, `${repository}/${file}`) ?? "";
    return isListed(text, path) || isListed(text, name);
  });
}

async function planHooks(
  platform: Platform,
  places: Places,
  { scope, prompts }: InitOptions,
): Promise<Step[]> {
  const path = settingsPath(platform, places, scope);
  const name = shown(platform, path);
  const version = await ask(platform, ["claude", "--version"]);
  const isFound = scope === "project" || isOnPath(platform, "ptrack");
  const command = hookCommand(isFound ? null : platform.executable(), {
    prompts,
  });
  const text = readTextFile(platform, path);
  const entries = entriesFor(version?.code === 0 ? version.stdout : null);
  const changed = addHooks(text ?? "", { command, entries, name });
  if (changed === text) return [];
  requireEditable(platform, path);
  const backup = backupPath(path);
  const steps: Step[] = [];
  const hadOurs = text !== null &&
    ourCommands(readSettings(text, name)).size > 0;
  if (text !== null && !hadOurs && readTextFile(platform, backup) === null) {
    steps.push({
      done: `kept ${name} as it was in ${shown(platform, backup)}`,
      apply: () => writeTextFile(platform, backup, text, { like: path }),
    });
  }
  const count = [...ourCommands(readSettings(changed, name)).values()].flat();
  steps.push({
    done: `set up ${count.length} hooks in ${name} ("${command}")`,
    apply: () => writeTextFile(platform, path, changed),
  });
  return steps;
}

function planSkill(platform: Platform, places: Places, scope: Scope): Step[] {
  const path = skillPath(platform, places, scope);
  const name = shown(platform, path);
  const text = readTextFile(platform, path);
  if (text === SKILL) return [];
  if (text !== null) {
    return [{ done: `left ${name} as it is: it is not ptrack's`, apply() {} }];
  }
  requireEditable(platform, path);
  return [{
    done: `wrote ${name}, a skill (without it: --no-skill)`,
    apply: () => writeTextFile(platform, path, SKILL),
  }];
}
