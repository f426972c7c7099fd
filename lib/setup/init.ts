/**
 * `ptrack init` as a list of steps, each with a line that says what it does: a
 * dry run prints the same list. What can be refused is refused before any step
 * is done.
 */
import type { Platform } from "../platform/platform.ts";
import { ask } from "../process/ask.ts";
import { isIgnoredByGit } from "../process/git.ts";
import { addLine, hasLine, IGNORED } from "./gitignore.ts";
import { entriesFor, hookCommand } from "./hook_entries.ts";
import {
  backupPath,
  displayPath,
  filesOf,
  LOCAL_SETTINGS,
  type Places,
  type Scope,
} from "./places.ts";
import { addHooks, ourCommands, readSettings } from "./settings_file.ts";
import SKILL_TEXT from "./skill.md" with { type: "text" };
import { readTextFile, requireEditable, writeTextFile } from "./text_file.ts";

/** The skill that teaches an agent to report, and to wait for others. */
export const SKILL: string = SKILL_TEXT;

const EXECUTE_BITS = 0o111;

/** One thing to do. */
export interface Step {
  /** What it does, in the past tense: `created .parallel`. */
  done: string;
  /** Does it; absent if there is only something to say. */
  apply?(): void | Promise<void>;
}

/** What to set up. */
export interface InitOptions {
  claudeCode: boolean;
  scope: Scope;
  /** Whether hooks keep a line of prompts and tool inputs. */
  prompts: boolean;
  skill: boolean;
}

/** The steps of `init`, in order; none if everything is set up. */
export async function planInit(
  platform: Platform,
  places: Places,
  { claudeCode, scope, prompts, skill }: InitOptions,
): Promise<Step[]> {
  const { store, root, repository, local: { base } } = places;
  const { exists, git } = await store.check("look");
  const steps: Step[] = [];
  if (!exists) {
    const done = `created ${displayPath(platform, root)}`;
    steps.push({ done, apply: () => store.create() });
  }
  const isInGit = repository !== null && root.endsWith("/.parallel");
  if (isInGit && git !== "ignored") {
    steps.push(...planLine(platform, repository, IGNORED.root));
  }
  if (!claudeCode) return steps;
  const backup = backupPath(LOCAL_SETTINGS);
  if (
    scope === "local" && platform.files.inspectTarget(`${base}/.git`) &&
    !(await isIgnoredByGit(platform, base, LOCAL_SETTINGS) &&
      await isIgnoredByGit(platform, base, backup))
  ) steps.push(...planLine(platform, base, IGNORED.settings));
  steps.push(...await planHooks(platform, places, { scope, prompts }));
  if (skill) steps.push(...planSkill(platform, places, scope));
  return steps;
}

/** Adds a line to a .gitignore, unless it has the line. */
function planLine(
  platform: Platform,
  repository: string,
  line: string,
): Step[] {
  const path = `${repository}/.gitignore`;
  // The line does nothing for a file that git tracks already.
  if (hasLine(readTextFile(platform, path) ?? "", line)) return [];
  requireEditable(platform, path);
  return [{
    done: `added ${line} to ${displayPath(platform, path)}`,
    apply() {
      // An earlier step may have added another line.
      const text = readTextFile(platform, path);
      writeTextFile(platform, path, addLine(text, line));
    },
  }];
}

async function planHooks(
  platform: Platform,
  places: Places,
  { scope, prompts }: Pick<InitOptions, "scope" | "prompts">,
): Promise<Step[]> {
  const path = filesOf(places, scope).settings;
  const name = displayPath(platform, path);
  const version = await ask(platform, ["claude", "--version"]);
  const entries = entriesFor(version?.code === 0 ? version.stdout : null);
  const isFound = scope === "project" || isOnPath(platform, "ptrack");
  const executable = isFound ? null : platform.executable();
  const command = hookCommand(executable, { prompts });
  const text = readTextFile(platform, path);
  const changed = addHooks(text ?? "", { command, entries, name });
  if (changed === text) return [];
  requireEditable(platform, path);
  const steps: Step[] = [];
  const backup = backupPath(path);
  const hasOurs = text !== null &&
    ourCommands(readSettings(text, name)).size > 0;
  if (text !== null && !hasOurs && readTextFile(platform, backup) === null) {
    steps.push({
      done: `saved a copy of ${name} as ${displayPath(platform, backup)}`,
      apply: () => writeTextFile(platform, backup, text, { like: path }),
    });
  }
  const hooks = [...ourCommands(readSettings(changed, name)).values()].flat();
  steps.push({
    done: `set up ${hooks.length} hooks in ${name} ("${command}")`,
    apply: () => writeTextFile(platform, path, changed),
  });
  return steps;
}

function planSkill(platform: Platform, places: Places, scope: Scope): Step[] {
  const path = filesOf(places, scope).skill;
  const name = displayPath(platform, path);
  const text = readTextFile(platform, path);
  if (text === SKILL) return [];
  if (text !== null) {
    return [{ done: `left ${name} as it is: it is not ptrack's` }];
  }
  requireEditable(platform, path);
  return [{
    done: `wrote ${name}, a skill (--no-skill leaves it out)`,
    apply: () => writeTextFile(platform, path, SKILL),
  }];
}

/** Whether a program of this name is on the PATH. */
export function isOnPath(platform: Platform, name: string): boolean {
  const isWindows = platform.system === "windows";
  const names = isWindows ? [`${name}.exe`, `${name}.cmd`] : [name];
  return (platform.env("PATH") ?? "").split(isWindows ? ";" : ":")
    .filter((directory) => directory !== "")
    .some((directory) =>
      names.some((one) => isExecutable(platform, `${directory}/${one}`))
    );
}

function isExecutable(platform: Platform, path: string): boolean {
  try {
    if (platform.files.inspectTarget(path)?.kind !== "file") return false;
    const mode = platform.attributes.mode(path) ?? 0;
    return platform.system === "windows" || (mode & EXECUTE_BITS) !== 0;
  } catch {
    return false;
  }
}
