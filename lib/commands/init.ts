/**
 * `ptrack init`: sets up, removes what it set up, or checks it. What is to be
 * done is a list of steps, each with a line that says what it does: a dry run
 * prints the same list. What can be refused is refused before the first step.
 */
import type { Command } from "../cli/command.ts";
import { namedDirectory } from "../cli/options.ts";
import { oneLine, RefusedError, usageError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { ask } from "../process/ask.ts";
import { isIgnoredByGit } from "../process/git.ts";
import { addLine, IGNORED, removeBlocks } from "../setup/gitignore.ts";
import { entriesFor, hookCommand } from "../setup/hook_entries.ts";
import {
  backupPath,
  displayPath,
  filesOf,
  findPlaces,
  LOCAL_SETTINGS,
  type Places,
  type Scope,
  type ScopeFiles,
  SCOPES,
} from "../setup/places.ts";
import {
  addHooks,
  ourHooks,
  readSettings,
  restore,
} from "../setup/settings_file.ts";
import SKILL from "../setup/skill.md" with { type: "text" };
import {
  readTextFile,
  removeTextFile,
  requireEditable,
  requireInside,
  writeTextFile,
} from "../setup/text_file.ts";
import { openStore } from "../store/open.ts";
import { runChecks } from "./doctor.ts";

export const command: Command = {
  name: "init",
  summary: "Set up this directory, and Claude Code",
  options: [
    { name: "shared", help: "Let the group of .parallel read the sessions" },
    { name: "claude-code", help: "Also add hooks to Claude Code's settings" },
    {
      name: "scope",
      value: "SCOPE",
      choices: SCOPES,
      help:
        "Whose settings: yours here (local), the project's, yours everywhere",
    },
    {
      name: "no-prompts",
      help:
        "Let the hooks keep no text of people: only names, such as a tool's",
    },
    { name: "no-skill", help: "Do not write the skill file" },
    { name: "check", help: "Only check the setup, as doctor does" },
    { name: "remove", help: "Undo init" },
    { name: "dry-run", help: "Print what would be done, and do nothing" },
  ],
  details: [
    "Creates .parallel and adds it to .gitignore. With --claude-code it also " +
    "adds hooks to Claude Code's settings. Every other byte of the file stays " +
    "as it is, and the first time a backup is kept. A file that is not strict " +
    "JSON is left alone, and nothing is written through a link that leads " +
    "out of the repository. Running init again changes nothing.",
    "Only you can read what is in .parallel. With --shared its group can, " +
    "too: now, and what is made later.",
    "--remove deletes the hooks, the skill and the lines in .gitignore, in " +
    "all scopes unless --scope names one. It keeps .parallel.",
  ],
  examples: [
    ["ptrack init", "create .parallel, ignored by git"],
    ["ptrack init --shared", "and let the group read the sessions"],
    ["ptrack init --claude-code", "also let Claude Code sessions report"],
    ["ptrack init --claude-code --scope user --no-prompts", "everywhere"],
    ["ptrack init --remove --dry-run", "show what would be removed"],
  ],
  exitCodes: [
    [0, "done, or nothing to do"],
    [1, "the settings cannot be used, or a check failed"],
    [2, "the command line is wrong"],
    [4, "could not read or write"],
  ],
  async run(platform, invocation) {
    const isOn = (flag: string) => invocation.flag(flag);
    const claudeCode = isOn("claude-code");
    const scope = invocation.text("scope") as Scope | null;
    if (isOn("check") && isOn("remove")) {
      throw usageError("init", "--check and --remove exclude each other");
    }
    if (scope !== null && !claudeCode && !isOn("check") && !isOn("remove")) {
      throw usageError("init", "--scope needs --claude-code");
    }
    const named = namedDirectory(platform, invocation);
    const mayMake = !isOn("check") && !isOn("remove");
    const store = openStore(platform, named, { mayMake });
    const places = findPlaces(platform, store);
    if (isOn("check")) {
      const hooksRequired = claudeCode || scope !== null;
      return await runChecks(platform, places, { fix: false, hooksRequired });
    }
    const dryRun = isOn("dry-run");
    const shared = isOn("shared");
    if (shared && platform.system === "windows") {
      throw new RefusedError(
        "Cannot share .parallel: Windows has no groups of files; set who may " +
          "read it in its properties",
      );
    }
    if (isOn("remove")) {
      const { scopes } = places;
      const removed = scope === null ? scopes : [filesOf(places, scope)];
      const steps = planRemoval(platform, places, removed);
      return await carryOut(platform, steps, { dryRun, advice: [] });
    }
    if (!claudeCode) {
      const steps = await planInit(platform, places, { shared, claude: null });
      const name = displayPath(platform, places.root);
      const advice = [`Sessions are stored in ${name}; see: ptrack watch`];
      return await carryOut(platform, steps, { dryRun, advice });
    }
    const advice = [
      "Claude Code sessions report from now on; see: ptrack watch -w claude",
    ];
    const files = filesOf(places, scope ?? "local");
    let program: string | null = null;
    if ((await ask(platform, ["ptrack", "--version"]))?.code !== 0) {
      // Others who share a project have ptrack elsewhere.
      if (files.scope !== "project") program = platform.executable();
      const what = program === null
        ? "so the hooks fail; install it there"
        : "so the hooks have its full path; install it and run this again";
      advice.unshift(`Note: ptrack is not on your PATH, ${what}`);
    }
    const command = hookCommand(program, { prompts: !isOn("no-prompts") });
    const claude = { files, command, skill: !isOn("no-skill") };
    const steps = await planInit(platform, places, { shared, claude });
    return await carryOut(platform, steps, { dryRun, advice });
  },
};

/** Does the steps, or only prints them; returns the exit code. */
async function carryOut(
  platform: Platform,
  steps: readonly Step[],
  { dryRun, advice }: { dryRun: boolean; advice: readonly string[] },
): Promise<number> {
  const say = (text: string) => platform.stdout.write(`${oneLine(text)}\n`);
  if (steps.length === 0) say("Nothing to do");
  else if (dryRun) say("Would have:");
  for (const { done, apply } of steps) {
    if (!dryRun) await apply?.();
    say(dryRun ? `  ${done}` : done);
  }
  if (!dryRun) advice.forEach(say);
  return 0;
}

/** One thing to do. */
interface Step {
  /** What it does, in the past tense: `created .parallel`. */
  done: string;
  /** Does it; absent if there is only something to say. */
  apply?(): void | Promise<void>;
}

/** How to set up Claude Code. */
interface ClaudeOptions {
  files: ScopeFiles;
  /** The command of the hooks. */
  command: string;
  /** Whether to write the skill that teaches an agent to report and to wait. */
  skill: boolean;
}

/** The steps of `init`, in order; none if everything is set up. */
async function planInit(
  platform: Platform,
  { store, root, repository, main }: Places,
  { shared, claude }: { shared: boolean; claude: ClaudeOptions | null },
): Promise<Step[]> {
  const { exists, git, access } = await store.check("look");
  const steps: Step[] = [];
  if (!exists) {
    const done = `created ${displayPath(platform, root)}`;
    steps.push({ done, apply: () => store.create() });
  }
  if (shared && access !== "shared") {
    const done = `let the group of ${displayPath(platform, root)} read it`;
    steps.push({ done, apply: () => store.share() });
  }
  const isInGit = repository !== null && root.endsWith("/.parallel");
  if (isInGit && git !== "ignored") {
    steps.push(...addIgnored(platform, repository, IGNORED.root));
  }
  if (claude === null) return steps;
  const { files, command, skill } = claude;
  const backup = backupPath(LOCAL_SETTINGS);
  if (
    files.scope === "local" && platform.files.inspectTarget(`${main}/.git`) &&
    !(await isIgnoredByGit(platform, main, LOCAL_SETTINGS) &&
      await isIgnoredByGit(platform, main, backup))
  ) steps.push(...addIgnored(platform, main, IGNORED.settings));
  steps.push(...await addToSettings(platform, files, command));
  if (skill) steps.push(...addSkill(platform, files));
  return steps;
}

function addIgnored(
  platform: Platform,
  directory: string,
  line: string,
): Step[] {
  return edit(platform, `${directory}/.gitignore`, {
    within: [directory],
    change: (text) => addLine(text, line),
    done: (name) => `added ${line} to ${name}`,
  });
}

async function addToSettings(
  platform: Platform,
  { settings: path, within }: ScopeFiles,
  command: string,
): Promise<Step[]> {
  const name = displayPath(platform, path);
  const version = await ask(platform, ["claude", "--version"]);
  const entries = entriesFor(version?.code === 0 ? version.stdout : null);
  const steps = edit(platform, path, {
    within,
    change: (text) => addHooks(text ?? "", { command, entries, name }),
    done(name, text) {
      const { length } = ourHooks(readSettings(text ?? "", name));
      return `set up ${length} hooks in ${name} ("${command}")`;
    },
  });
  const text = readTextFile(platform, path);
  const backup = backupPath(path);
  if (
    steps.length > 0 && text !== null && !hasHooks(platform, path) &&
    readTextFile(platform, backup) === null
  ) {
    requireInside(platform, backup, within);
    steps.unshift({
      done: `saved a copy of ${name} as ${displayPath(platform, backup)}`,
      apply: () => writeTextFile(platform, backup, text, { like: path }),
    });
  }
  return steps;
}

function addSkill(
  platform: Platform,
  { skill: path, within }: ScopeFiles,
): Step[] {
  const text = readTextFile(platform, path);
  if (text !== null && text !== SKILL) {
    const name = displayPath(platform, path);
    return [{ done: `left ${name} as it is: it is not ptrack's` }];
  }
  return edit(platform, path, {
    within,
    change: () => SKILL,
    done: (name) => `wrote ${name}, a skill (--no-skill leaves it out)`,
  });
}

/** The steps of removing what `init` added to the files of some scopes. */
function planRemoval(
  platform: Platform,
  { repository, main, scopes }: Places,
  removed: readonly ScopeFiles[],
): Step[] {
  const kept = scopes.filter((files) =>
    !removed.includes(files) && hasHooks(platform, files.settings)
  );
  const steps = removed.flatMap((files) => removeFromSettings(platform, files));
  // Scopes may share a skill, which goes with the last of them.
  const needed = new Set(kept.map(({ skill }) => skill));
  for (const files of removed) {
    if (!needed.has(files.skill)) steps.push(...removeSkill(platform, files));
    needed.add(files.skill);
  }
  // The settings of the user scope are in no repository.
  if (kept.some(({ scope }) => scope !== "user")) return steps;
  for (const directory of new Set([repository ?? main, main])) {
    steps.push(...edit(platform, `${directory}/.gitignore`, {
      within: [directory],
      change: removeBlocks,
      done: (name, text) =>
        `removed ${text === null ? name : `ptrack's lines from ${name}`}`,
    }));
  }
  return steps;
}

function hasHooks(platform: Platform, path: string): boolean {
  const text = readTextFile(platform, path);
  if (text === null) return false;
  try {
    return ourHooks(readSettings(text, path)).length > 0;
  } catch {
    return text.includes("ptrack");
  }
}

function removeFromSettings(
  platform: Platform,
  { base, settings: path, within }: ScopeFiles,
): Step[] {
  const name = displayPath(platform, path);
  const backup = backupPath(path);
  const backupName = displayPath(platform, backup);
  const text = readTextFile(platform, path);
  const before = readTextFile(platform, backup);
  if (text === null && before !== null) {
    const why = `${name} is gone, and it may be the only copy`;
    return [{ done: `left ${backupName}: ${why}` }];
  }
  // Settings that are broken, but not ours, do not stop the rest.
  if (before === null && !text?.includes("ptrack")) return [];
  const steps = edit(platform, path, {
    within,
    upTo: base,
    change: (text) => text && restore(text, before, name),
    done: (name, text) =>
      text === null
        ? `removed ${name}, which held nothing but ptrack's hooks`
        : `removed ptrack's hooks from ${name}`,
  });
  if (before === null) return steps;
  const apply = () => void platform.files.remove(backup);
  return [...steps, { done: `removed ${backupName}`, apply }];
}

function removeSkill(
  platform: Platform,
  { base, skill: path, within }: ScopeFiles,
): Step[] {
  const text = readTextFile(platform, path);
  if (text !== null && text !== SKILL) {
    return [{
      done: `left ${displayPath(platform, path)}: it has been changed`,
    }];
  }
  return edit(platform, path, {
    within,
    upTo: base,
    change: () => null,
    done: (name) => `removed ${name}`,
  });
}

/** A change of a file of the user's. */
interface Edit {
  /** The directories that it must be in, links followed; none: anywhere. */
  within: readonly string[];
  /** Its new text; null stands for no file. */
  change(text: string | null): string | null;
  /** What to say, given the file's name for people, and its new text. */
  done(name: string, text: string | null): string;
  /** Directories below this one that removing the file leaves empty go, too. */
  upTo?: string;
}

/** The step of a change, if there is one; throws RefusedError if it cannot be. */
function edit(
  platform: Platform,
  path: string,
  { within, change, done, upTo }: Edit,
): Step[] {
  const before = readTextFile(platform, path);
  const after = change(before);
  if (after === before) return [];
  requireInside(platform, path, within);
  requireEditable(platform, path);
  return [{
    done: done(displayPath(platform, path), after),
    apply() {
      // An earlier step may have changed the file, too.
      const text = change(readTextFile(platform, path));
      if (text === null) removeTextFile(platform, path, { upTo });
      else writeTextFile(platform, path, text);
    },
  }];
}
