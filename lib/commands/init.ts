/** `ptrack init`: sets up, takes back, or says what it would do. */
import type { Platform } from "../platform/platform.ts";
import { planInit, type Step } from "../setup/init.ts";
import { findPlaces, type Places, type Scope, shown } from "../setup/places.ts";
import { isOnPath } from "../setup/programs.ts";
import { planRemoval } from "../setup/removal.ts";
import { openStore } from "../store/open.ts";
import { runChecks } from "./doctor.ts";
import { namedDirectory } from "../cli/settings.ts";
import type { Command, Invocation } from "../cli/command.ts";
import { oneLine } from "../cli/messages.ts";
import { complain } from "../cli/messages.ts";

/** The command `init`. */
export const command: Command = {
  name: "init",
  group: "Other",
  summary: "Set up this directory, and Claude Code",
  operands: { kind: "none" },
  options: [
    {
      name: "claude-code",
      help: "Also add hooks to Claude Code's settings",
    },
    {
      name: "scope",
      value: "SCOPE",
      choices: ["local", "project", "user"],
      help:
        "Whose settings: yours here (local), the project's, yours everywhere",
    },
    {
      name: "no-prompts",
      help: "Let the hooks keep no text of prompts and tool inputs",
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
    "JSON is left alone. Running init again changes nothing.",
    "--remove deletes the hooks, the skill and the lines in .gitignore, in " +
    "all scopes unless --scope names one. It keeps .parallel.",
  ],
  examples: [
    ["ptrack init", "create .parallel, ignored by git"],
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
  run: init,
};

async function init(
  platform: Platform,
  invocation: Invocation,
): Promise<number> {
  const isOn = (flag: string) => invocation.flag(flag);
  if (isOn("check") && isOn("remove")) {
    throw complain("init", "--check and --remove exclude each other");
  }
  const scope = invocation.text("scope") as Scope | null;
  const isAboutHooks = isOn("claude-code") || isOn("check") || isOn("remove");
  if (scope !== null && !isAboutHooks) {
    throw complain("init", "--scope needs --claude-code");
  }
  if (isOn("check")) {
    const hooksMustBeThere = isOn("claude-code") || scope !== null;
    return await runChecks(platform, invocation, {
      fix: false,
      hooksMustBeThere,
    });
  }
  const store = openStore(platform, namedDirectory(platform, invocation));
  const places = findPlaces(platform, store);
  const steps = isOn("remove")
    ? planRemoval(platform, places, scope)
    : await planInit(platform, places, {
      claudeCode: isOn("claude-code"),
      scope: scope ?? "local",
      prompts: !isOn("no-prompts"),
      skill: !isOn("no-skill"),
    });
  await carryOut(platform, steps, { dryRun: isOn("dry-run") });
  if (!isOn("remove") && !isOn("dry-run")) {
    advise(platform, places, isOn("claude-code") ? scope ?? "local" : null);
  }
  return 0;
}

async function carryOut(
  platform: Platform,
  steps: readonly Step[],
  { dryRun }: { dryRun: boolean },
): Promise<void> {
  const say = (text: string) => platform.stdout.write(`${oneLine(text)}\n`);
  if (steps.length === 0) return say("Nothing to do: all is as it should be");
  if (dryRun) say("Would have:");
  for (const { done, apply } of steps) {
    if (!dryRun) await apply();
    say(dryRun ? `  ${done}` : done);
  }
}

/** What people need to know before it works; of hooks, if a scope has them. */
function advise(platform: Platform, places: Places, scope: Scope | null): void {
  const say = (text: string) => platform.stdout.write(`${oneLine(text)}\n`);
  if (scope === null) {
    return say(
      `Sessions report into ${shown(platform, places.state)}; ` +
        "see: ptrack monitor watch",
    );
  }
  if (!isOnPath(platform, "ptrack")) {
    const isNamedByPath = scope !== "project" && platform.executable() !== null;
    say(
      isNamedByPath
        ? "Note: ptrack is not on your PATH, so its hooks name it by its " +
          "path; install it and run this again"
        : "Note: ptrack is not on your PATH; until it is, its hooks fail",
    );
  }
  say(
    "Sessions of Claude Code report from now on; see: ptrack monitor watch -w claude",
  );
}
