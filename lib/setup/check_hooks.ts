/** Whether Claude Code's hooks are set up, in force, and answer in time. */
import { dirname, isAbsolute, normalize } from "@std/path";
import { explain } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { ask } from "../process/ask.ts";
import { isIgnoredByGit } from "../process/git.ts";
import { CORE_EVENTS, entriesFor, plainProgram } from "./hook_entries.ts";
import { ourCommands, readSettings } from "./settings_file.ts";
import type { JsonObject } from "../session/types.ts";
import { bad, type Check, good, told } from "./check.ts";
import {
  managedSettingsPath,
  type Places,
  type Scope,
  scopesOf,
  settingsPath,
  shown,
} from "./places.ts";
import { readTextFile } from "./text_file.ts";

/** What a hook may take, milliseconds. */
const HOOK_LIMIT_MS = 50;
const HOOK_TRIES = 5;

/** The settings of a scope that could be read. */
interface Found {
  scope: Scope | "managed";
  name: string;
  path: string;
  settings: JsonObject;
  /** Our commands with their events. */
  commands: Map<string, string[]>;
}

/** Checks the settings of all scopes, and the hook that they name. */
export async function checkHooks(
  platform: Platform,
  places: Places,
  { mustBeThere }: { mustBeThere: boolean },
): Promise<Check[]> {
  const { found, problems } = readAll(platform, places);
  const ours = found.filter(({ commands }) => commands.size > 0);
  if (ours.length === 0) {
    const text = "Claude Code's hooks are not set up";
    const remedy = "Set them up with: ptrack init --claude-code";
    return [
      ...problems,
      mustBeThere ? bad(text, remedy) : told(text, remedy),
    ];
  }
  const checks = [
    ...problems,
    ...ours.map(checkEvents),
    ...await checkVersion(platform, ours),
    ...checkForce(found),
    ...checkTwice(ours),
    ...await checkLocal(platform, places, ours),
  ];
  const commands = new Set(
    ours.flatMap(({ commands }) => [...commands.keys()]),
  );
  for (const command of commands) {
    checks.push(
      mayBeRun(platform, places, command)
        ? await checkAnswer(platform, command)
        : told(
          `The hook was not tried: ${command}`,
          "It is not the ptrack that runs here, and may be anybody's; " +
            "run ptrack init --claude-code again",
        ),
    );
  }
  return checks;
}

function readAll(
  platform: Platform,
  places: Places,
): { found: Found[]; problems: Check[] } {
  const files: [Found["scope"], string][] = [
    ["managed", managedSettingsPath(platform)],
    ...scopesOf(places).map((scope): [Scope, string] => [
      scope,
      settingsPath(platform, places, scope),
    ]),
  ];
  const found: Found[] = [];
  const problems: Check[] = [];
  for (const [scope, path] of files) {
    const name = shown(platform, path);
    try {
      const text = readTextFile(platform, path);
      if (text === null) continue;
      const settings = readSettings(text, name);
      const commands = ourCommands(settings);
      found.push({ scope, name, path, settings, commands });
    } catch (error) {
      problems.push(bad(
        explain(error),
        "Claude Code ignores such a file altogether, other settings too",
      ));
    }
  }
  return { found, problems };
}

function checkEvents({ name, commands }: Found): Check {
  const events = new Set([...commands.values()].flat());
  const missing = CORE_EVENTS.filter((event) => !events.has(event));
  return missing.length === 0
    ? good(`${name} has ptrack's hooks for ${events.size} events`)
    : bad(
      `${name} has no hook for ${missing.join(", ")}`,
      "A running session may have written its own copy back; run: " +
        "ptrack init --claude-code",
    );
}

/** One event that a version does not know may cost it all its settings. */
async function checkVersion(
  platform: Platform,
  ours: readonly Found[],
): Promise<Check[]> {
  const answer = await ask(platform, ["claude", "--version"]);
  if (answer?.code !== 0) return [];
  const version = answer.stdout.trim().split("\n")[0] ?? "";
  const known = entriesFor(version).map(({ event }) => event);
  const events = ours.flatMap(({ commands }) => [...commands.values()].flat());
  const unknown = events.filter((event) => !known.includes(event));
  const missing = known.filter((event) => !events.includes(event));
  if (unknown.length > 0) {
    return [
      bad(
        `Claude Code ${version} may ignore its settings because of hooks ` +
          `that it does not know: ${[...new Set(unknown)].join(", ")}`,
        "Upgrade it, or run: ptrack init --remove; ptrack init --claude-code",
      ),
    ];
  }
  return missing.length === 0
    ? [good(`Claude Code ${version} knows all of these events`)]
    : [told(
      `Claude Code ${version} could tell of more: ${missing.join(", ")}`,
      "Set them up with: ptrack init --claude-code",
    )];
}

/** The first scope that says anything decides. */
function checkForce(found: readonly Found[]): Check[] {
  const said = found.find(({ settings }) => "disableAllHooks" in settings);
  const managed = found.find(({ scope }) => scope === "managed");
  if (said?.settings["disableAllHooks"] === true) {
    return [
      bad(
        `${said.name} disables all hooks`,
        'Take "disableAllHooks" out of it',
      ),
    ];
  }
  if (managed?.settings["allowManagedHooksOnly"] === true) {
    return [
      bad(
        `${managed.name} allows managed hooks only`,
        "Ask who manages this machine to add ptrack's",
      ),
    ];
  }
  return [good("No settings disable hooks")];
}

/** The same command runs once, however many files name it. */
function checkTwice(ours: readonly Found[]): Check[] {
  const commands = new Set(
    ours.flatMap(({ commands }) => [...commands.keys()]),
  );
  if (commands.size < 2) return [];
  const names = ours.map(({ name }) => name).join(" and ");
  return [
    bad(
      `Hooks run more than once: ${names} name different commands: ${
        [...commands].join(", ")
      }`,
      "Take one of them back: ptrack init --remove --scope SCOPE",
    ),
  ];
}

async function checkLocal(
  platform: Platform,
  { bases: { local } }: Places,
  ours: readonly Found[],
): Promise<Check[]> {
  const isLocal = ours.some(({ scope }) => scope === "local");
  const isInGit = platform.files.inspectTarget(`${local}/.git`) !== null;
  if (!isLocal || !isInGit) return [];
  const path = ".claude/settings.local.json";
  return await isIgnoredByGit(platform, local, [path])
    ? [good(`git ignores ${path}`)]
    : [bad(
      `git does not ignore ${path}, which is yours alone`,
      `Add it to .gitignore; if git tracks it: git rm --cached ${path}`,
    )];
}

/**
 * Settings come with repositories, too: no program of a repository is run, and
 * nothing that a shell would read between the lines.
 */
function mayBeRun(
  platform: Platform,
  places: Places,
  command: string,
): boolean {
  const program = plainProgram(command);
  if (program === null) return false;
  if (program === "ptrack" || program === platform.executable()) return true;
  const { local, project } = places.bases;
  const directories = [local, project, dirname(places.state)];
  // A relative path is one of the repository's.
  return isAbsolute(program) && normalize(program) === program &&
    !directories.some((one) => program.startsWith(`${one}/`));
}

/** As Claude Code calls it: by a shell, with nothing of ours around it. */
async function checkAnswer(
  platform: Platform,
  command: string,
): Promise<Check> {
  const env = { PTRACK_SESSION: "", PTRACK_HOOK_DEBUG: "", CLAUDE_PID: "" };
  const line = `printf '{}' | ${command}`;
  let best: number | null = null;
  for (let tried = 0; tried < HOOK_TRIES; tried++) {
    const answer = await ask(platform, ["sh", "-c", line], env);
    const isSilent = answer?.code === 0 && answer.stdout === "" &&
      answer.stderr === "";
    if (answer === null || !isSilent) {
      const said = answer?.stderr.trim().split("\n")[0] ?? "";
      return bad(
        `The hook does not work: ${command}${said === "" ? "" : `: ${said}`}`,
        "Is ptrack on the PATH of the shells that Claude Code starts? " +
          "Install it there, or run ptrack init --claude-code again",
      );
    }
    best = Math.min(best ?? answer.tookMs, answer.tookMs);
    if (best <= HOOK_LIMIT_MS) break;
  }
  const ms = `${Math.round(best ?? 0)} ms`;
  return (best ?? 0) <= HOOK_LIMIT_MS
    ? good(`The hook answers in ${ms}: ${command}`)
    : bad(
      `The hook takes ${ms}, more than ${HOOK_LIMIT_MS}: ${command}`,
      "Each step of a session waits for it; is the machine busy, or is " +
        "ptrack on a network drive?",
    );
}
