/** Checks of `ptrack doctor`: Claude Code's hooks are set up, enabled, fast. */
import { dirname, isAbsolute, normalize } from "@std/path";
import { explain } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { ask } from "../process/ask.ts";
import { isIgnoredByGit } from "../process/git.ts";
import type { JsonObject } from "../session/types.ts";
import { type Check, note, ok, problem } from "./check.ts";
import { CORE_EVENTS, entriesFor, plainProgram } from "./hook_entries.ts";
import {
  displayPath,
  filesOf,
  LOCAL_SETTINGS,
  managedSettingsPath,
  type Places,
  type Scope,
  scopesOf,
} from "./places.ts";
import { ourCommands, readSettings } from "./settings_file.ts";
import { readTextFile } from "./text_file.ts";

/** How long a hook may take. */
const HOOK_LIMIT_MS = 50;
/** How often a slow hook is tried: the machine may be busy. */
const HOOK_TRIES = 5;

/** A settings file that could be read. */
interface SettingsFile {
  scope: Scope | "managed";
  name: string;
  settings: JsonObject;
  /** Our commands with their events. */
  commands: Map<string, string[]>;
}

/** Checks the settings of all scopes, and the hooks in them. */
export async function checkHooks(
  platform: Platform,
  places: Places,
  { required }: { required: boolean },
): Promise<Check[]> {
  const { files, problems } = readSettingsFiles(platform, places);
  const ours = files.filter(({ commands }) => commands.size > 0);
  if (ours.length === 0) {
    const missing = required ? problem : note;
    const remedy = "Set them up with: ptrack init --claude-code";
    return [...problems, missing("Claude Code's hooks are not set up", remedy)];
  }
  const checks = [
    ...problems,
    ...ours.map(checkEvents),
    ...await checkVersion(platform, ours),
    checkEnabled(files),
    ...await checkIgnored(platform, places, ours),
  ];
  const commands = new Set(
    ours.flatMap(({ commands }) => [...commands.keys()]),
  );
  // Claude Code runs the same command once, however many files have it.
  if (commands.size > 1) {
    const names = ours.map(({ name }) => name).join(" and ");
    const list = [...commands].join(", ");
    checks.push(problem(
      `Hooks run more than once: ${names} have different commands: ${list}`,
      "Remove one of them with: ptrack init --remove --scope SCOPE",
    ));
  }
  for (const command of commands) {
    checks.push(await checkCommand(platform, places, command));
  }
  return checks;
}

/** The settings files that exist, in the order of their precedence. */
function readSettingsFiles(
  platform: Platform,
  places: Places,
): { files: SettingsFile[]; problems: Check[] } {
  const paths: [SettingsFile["scope"], string][] = [
    ["managed", managedSettingsPath(platform)],
    ...scopesOf(places).map((scope): [Scope, string] => [
      scope,
      filesOf(places, scope).settings,
    ]),
  ];
  const files: SettingsFile[] = [];
  const problems: Check[] = [];
  for (const [scope, path] of paths) {
    const name = displayPath(platform, path);
    try {
      const text = readTextFile(platform, path);
      if (text === null) continue;
      const settings = readSettings(text, name);
      files.push({ scope, name, settings, commands: ourCommands(settings) });
    } catch (error) {
      const remedy = "Claude Code ignores all settings in such a file";
      problems.push(problem(explain(error), remedy));
    }
  }
  return { files, problems };
}

function checkEvents({ name, commands }: SettingsFile): Check {
  const events = new Set([...commands.values()].flat());
  const missing = CORE_EVENTS.filter((event) => !events.has(event));
  return missing.length === 0
    ? ok(`${name} has ptrack's hooks for ${events.size} events`)
    : problem(
      `${name} has no hook for ${missing.join(", ")}`,
      "A running session may have written an old copy back; run: " +
        "ptrack init --claude-code",
    );
}

/** Because of one unknown event a version may ignore all its settings. */
async function checkVersion(
  platform: Platform,
  ours: readonly SettingsFile[],
): Promise<Check[]> {
  const answer = await ask(platform, ["claude", "--version"]);
  if (answer?.code !== 0) return [];
  const version = answer.stdout.trim().split("\n")[0] ?? "";
  const known = entriesFor(version).map(({ event }) => event);
  const events = ours.flatMap(({ commands }) => [...commands.values()].flat());
  const unknown = events.filter((event) => !known.includes(event));
  const missing = known.filter((event) => !events.includes(event));
  if (unknown.length > 0) {
    const list = [...new Set(unknown)].join(", ");
    return [problem(
      `Claude Code ${version} may ignore all settings because it does not ` +
        `know these hooks: ${list}`,
      "Upgrade it, or run: ptrack init --remove; ptrack init --claude-code",
    )];
  }
  return missing.length === 0
    ? [ok(`Claude Code ${version} knows all these events`)]
    : [note(
      `Claude Code ${version} can report more events: ${missing.join(", ")}`,
      "Add them with: ptrack init --claude-code",
    )];
}

/** The first file that has the setting decides. */
function checkEnabled(files: readonly SettingsFile[]): Check {
  const first = files.find(({ settings }) => "disableAllHooks" in settings);
  if (first?.settings["disableAllHooks"] === true) {
    const remedy = 'Remove "disableAllHooks" from it';
    return problem(`${first.name} disables all hooks`, remedy);
  }
  const managed = files.find(({ scope }) => scope === "managed");
  if (managed?.settings["allowManagedHooksOnly"] === true) {
    return problem(
      `${managed.name} allows managed hooks only`,
      "Ask the administrator of this machine to add ptrack's hooks",
    );
  }
  return ok("No settings disable hooks");
}

async function checkIgnored(
  platform: Platform,
  { local: { base } }: Places,
  ours: readonly SettingsFile[],
): Promise<Check[]> {
  const isLocal = ours.some(({ scope }) => scope === "local");
  const isInGit = platform.files.inspectTarget(`${base}/.git`) !== null;
  if (!isLocal || !isInGit) return [];
  return await isIgnoredByGit(platform, base, LOCAL_SETTINGS)
    ? [ok(`git ignores ${LOCAL_SETTINGS}`)]
    : [problem(
      `git does not ignore ${LOCAL_SETTINGS}, which is yours alone`,
      "Add it to .gitignore; if git tracks it: " +
        `git rm --cached ${LOCAL_SETTINGS}`,
    )];
}

/** Runs a hook as Claude Code does: by a shell, and without our variables. */
async function checkCommand(
  platform: Platform,
  places: Places,
  command: string,
): Promise<Check> {
  if (!isSafe(platform, places, command)) {
    return note(
      `The hook was not tried: ${command}`,
      "It may not be this ptrack; run ptrack init --claude-code again",
    );
  }
  const env = { PTRACK_SESSION: "", PTRACK_HOOK_DEBUG: "", CLAUDE_PID: "" };
  const line = ["sh", "-c", `printf '{}' | ${command}`];
  let bestMs = Infinity;
  for (let tried = 0; tried < HOOK_TRIES && bestMs > HOOK_LIMIT_MS; tried++) {
    const answer = await ask(platform, line, env);
    if (answer?.code !== 0 || answer.stdout !== "" || answer.stderr !== "") {
      const [error] = answer?.stderr.trim().split("\n") ?? [];
      return problem(
        `The hook does not work: ${command}${error ? `: ${error}` : ""}`,
        "Is ptrack on the PATH of the shells that Claude Code starts? " +
          "Install it there, or run ptrack init --claude-code again",
      );
    }
    bestMs = Math.min(bestMs, answer.tookMs);
  }
  const took = `${Math.round(bestMs)} ms`;
  return bestMs <= HOOK_LIMIT_MS
    ? ok(`The hook answers in ${took}: ${command}`)
    : problem(
      `The hook takes ${took}, more than ${HOOK_LIMIT_MS}: ${command}`,
      "Each step of a session waits for it; is the machine busy, or is " +
        "ptrack on a network drive?",
    );
}

/**
 * Whether a command may be run. Settings may come with a repository: no program
 * of a repository is run, and nothing that a shell would expand.
 */
function isSafe(
  platform: Platform,
  { root, local, project }: Places,
  command: string,
): boolean {
  const program = plainProgram(command);
  if (program === null) return false;
  if (program === "ptrack" || program === platform.executable()) return true;
  const untrusted = [local.base, project.base, dirname(root)];
  return isAbsolute(program) && normalize(program) === program &&
    !untrusted.some((directory) => program.startsWith(`${directory}/`));
}
