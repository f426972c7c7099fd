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
  LOCAL_SETTINGS,
  type Places,
  type Scope,
} from "./places.ts";
import { type OurHook, ourHooks, readSettings } from "./settings_file.ts";
import { readTextFile } from "./text_file.ts";

/** How long a hook may take. */
const HOOK_LIMIT_MS = 50;
/** How often a slow hook is tried: the machine may be busy. */
const HOOK_TRIES = 5;

/** The settings of an administrator, which precede all others. */
const MANAGED_SETTINGS = {
  linux: "/etc/claude-code/managed-settings.json",
  darwin: "/Library/Application Support/ClaudeCode/managed-settings.json",
  windows: "C:/Program Files/ClaudeCode/managed-settings.json",
};

/** A settings file that could be read. */
interface SettingsFile {
  scope: Scope | "managed";
  name: string;
  settings: JsonObject;
  hooks: OurHook[];
}

/** Checks the settings of all scopes, and the hooks in them. */
export async function* checkHooks(
  platform: Platform,
  places: Places,
  { required }: { required: boolean },
): AsyncGenerator<Check> {
  const managed = {
    scope: "managed" as const,
    settings: MANAGED_SETTINGS[platform.system],
  };
  const files: SettingsFile[] = [];
  for (const { scope, settings: path } of [managed, ...places.scopes]) {
    const name = displayPath(platform, path);
    try {
      const text = readTextFile(platform, path);
      if (text === null) continue;
      const settings = readSettings(text, name);
      files.push({ scope, name, settings, hooks: ourHooks(settings) });
    } catch (error) {
      const remedy = "Claude Code ignores all settings in such a file";
      yield problem(explain(error), remedy);
    }
  }
  const ours = files.filter(({ hooks }) => hooks.length > 0);
  if (ours.length === 0) {
    const missing = required ? problem : note;
    const remedy = "Set them up with: ptrack init --claude-code";
    yield missing("Claude Code's hooks are not set up", remedy);
    return;
  }
  const hooks = ours.flatMap((file) => file.hooks);
  yield* ours.map(checkEvents);
  yield* checkVersion(platform, hooks);
  yield checkEnabled(files);
  const isLocal = ours.some(({ scope }) => scope === "local");
  if (isLocal && platform.files.inspectTarget(`${places.main}/.git`)) {
    yield await checkIgnored(platform, places.main);
  }
  const commands = new Set(hooks.map(({ command }) => command));
  // Claude Code runs the same command once, however many files have it.
  if (commands.size > 1) {
    const names = ours.map(({ name }) => name).join(" and ");
    const list = [...commands].join(", ");
    yield problem(
      `Hooks run more than once: ${names} have different commands: ${list}`,
      "Remove one of them with: ptrack init --remove --scope SCOPE",
    );
  }
  for (const command of commands) {
    yield await checkCommand(platform, places, command);
  }
}

function checkEvents({ name, hooks }: SettingsFile): Check {
  const events = eventsOf(hooks);
  const missing = CORE_EVENTS.filter((event) => !events.has(event));
  return missing.length === 0
    ? ok(`${name} has ptrack's hooks for ${events.size} events`)
    : problem(
      `${name} has no hook for ${missing.join(", ")}`,
      "A running session may have written an old copy back; run: " +
        "ptrack init --claude-code",
    );
}

function eventsOf(hooks: readonly OurHook[]): Set<string> {
  return new Set(hooks.map(({ event }) => event));
}

/** Because of one unknown event a version may ignore all its settings. */
async function* checkVersion(
  platform: Platform,
  hooks: readonly OurHook[],
): AsyncGenerator<Check> {
  const answer = await ask(platform, ["claude", "--version"]);
  if (answer?.code !== 0) return;
  const name = `Claude Code ${answer.stdout.trim().split("\n")[0]}`;
  const known = entriesFor(name).map(({ event }) => event);
  const events = eventsOf(hooks);
  const unknown = [...events].filter((event) => !known.includes(event));
  const missing = known.filter((event) => !events.has(event));
  if (unknown.length > 0) {
    yield problem(
      `${name} may ignore all settings because it does not know these ` +
        `hooks: ${unknown.join(", ")}`,
      "Upgrade it, or run: ptrack init --remove; ptrack init --claude-code",
    );
  } else if (missing.length > 0) {
    yield note(
      `${name} can report more events: ${missing.join(", ")}`,
      "Add them with: ptrack init --claude-code",
    );
  } else yield ok(`${name} knows all these events`);
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
  repository: string,
): Promise<Check> {
  return await isIgnoredByGit(platform, repository, LOCAL_SETTINGS)
    ? ok(`git ignores ${LOCAL_SETTINGS}`)
    : problem(
      `git does not ignore ${LOCAL_SETTINGS}, which is yours alone`,
      "Add it to .gitignore; if git tracks it: " +
        `git rm --cached ${LOCAL_SETTINGS}`,
    );
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
    const startedMs = platform.clock.elapsedMs();
    const answer = await ask(platform, line, env);
    if (answer?.code !== 0 || answer.stdout !== "" || answer.stderr !== "") {
      const [error] = answer?.stderr.trim().split("\n") ?? [];
      return problem(
        `The hook does not work: ${command}${error ? `: ${error}` : ""}`,
        "Is ptrack on the PATH of the shells that Claude Code starts? " +
          "Install it there, or run ptrack init --claude-code again",
      );
    }
    bestMs = Math.min(bestMs, platform.clock.elapsedMs() - startedMs);
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
  { root, scopes }: Places,
  command: string,
): boolean {
  const program = plainProgram(command);
  if (program === null) return false;
  if (program === "ptrack" || program === platform.executable()) return true;
  const untrusted = scopes.filter(({ scope }) => scope !== "user")
    .map(({ base }) => base).concat(dirname(root));
  return isAbsolute(program) && normalize(program) === program &&
    !untrusted.some((directory) => program.startsWith(`${directory}/`));
}
