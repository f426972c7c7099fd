/**
 * `ptrack init` as steps: each says what it does before it does it, so that a
 * dry run is the same list. Nothing is done before all of it is known to be
 * possible.
 */
import type { Platform } from "../platform/platform.ts";
import { ask } from "../process/ask.ts";
import { isIgnoredByGit } from "../process/git.ts";
import type { StoreCheck } from "../store/store.ts";
import { entriesFor, hookCommand } from "./hook_entries.ts";
import { addHooks, ourCommands, readSettings } from "./settings_file.ts";
import { SKILL } from "./skill.ts";
import { addBlock, hasLine, IGNORED } from "./ignoring.ts";
import {
  backupPath,
  type Places,
  type Scope,
  settingsPath,
  shown,
  skillPath,
} from "./places.ts";
import { isOnPath } from "./programs.ts";
import { readTextFile, requireEditable, writeTextFile } from "./text_file.ts";

/** One thing to do. */
export interface Step {
  /** What it does, in the past tense: `made .parallel`. */
  done: string;
  /** Nothing to do but to say so. */
  apply(): void | Promise<void>;
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
  const check = await places.store.check({ write: false, fix: false });
  const steps = [
    ...planState(platform, places, check),
    ...await planIgnoring(platform, places, { ...options, git: check.git }),
  ];
  if (!options.claudeCode) return steps;
  steps.push(...await planHooks(platform, places, options));
  if (options.skill) steps.push(...planSkill(platform, places, options.scope));
  return steps;
}

function planState(
  platform: Platform,
  { store, state }: Places,
  { exists }: StoreCheck,
): Step[] {
  if (exists) return [];
  return [{
    done: `made ${shown(platform, state)}`,
    apply: () => store.create(),
  }];
}

async function planIgnoring(
  platform: Platform,
  { state, repository, bases: { local } }: Places,
  { git, claudeCode, scope }: InitOptions & Pick<StoreCheck, "git">,
): Promise<Step[]> {
  const steps: Step[] = [];
  const isInRepository = repository !== null && state.endsWith("/.parallel");
  if (isInRepository && git !== "ignored") {
    steps.push(...planLine(platform, repository, IGNORED.state));
  }
  const isInGit = platform.files.inspectTarget(`${local}/.git`) !== null;
  if (claudeCode && scope === "local" && isInGit) {
    const path = ".claude/settings.local.json";
    const paths = [path, backupPath(path)];
    if (!await isIgnoredByGit(platform, local, paths)) {
      steps.push(...planLine(platform, local, IGNORED.settings));
    }
  }
  return steps;
}

/** A line that makes git ignore something, unless it stands there already. */
function planLine(
  platform: Platform,
  repository: string,
  line: string,
): Step[] {
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
