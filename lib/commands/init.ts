/** `ptrack init`: sets up, removes what it set up, or checks it. */
import { oneLine, usageError } from "../errors.ts";
import type { Command, Invocation } from "../cli/command.ts";
import { namedDirectory } from "../cli/options.ts";
import type { Platform } from "../platform/platform.ts";
import { ask } from "../process/ask.ts";
import { hookCommand } from "../setup/hook_entries.ts";
import { planInit, planRemoval, type Step } from "../setup/init.ts";
import {
  displayPath,
  filesOf,
  findPlaces,
  type Scope,
  SCOPES,
} from "../setup/places.ts";
import { openStore } from "../store/open.ts";
import { runChecks } from "./doctor.ts";

/** The command `init`. */
export const command: Command = {
  name: "init",
  summary: "Set up this directory, and Claude Code",
  options: [
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
  const claudeCode = isOn("claude-code");
  const scope = invocation.text("scope") as Scope | null;
  if (isOn("check") && isOn("remove")) {
    throw usageError("init", "--check and --remove exclude each other");
  }
  if (scope !== null && !claudeCode && !isOn("check") && !isOn("remove")) {
    throw usageError("init", "--scope needs --claude-code");
  }
  const store = openStore(platform, namedDirectory(platform, invocation));
  const places = findPlaces(platform, store);
  if (isOn("check")) {
    const hooksRequired = claudeCode || scope !== null;
    return await runChecks(platform, places, { fix: false, hooksRequired });
  }
  const dryRun = isOn("dry-run");
  if (isOn("remove")) {
    const { scopes } = places;
    const removed = scope === null ? scopes : [filesOf(places, scope)];
    const steps = planRemoval(platform, places, removed);
    return await carryOut(platform, steps, { dryRun, advice: [] });
  }
  if (!claudeCode) {
    const steps = await planInit(platform, places, null);
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
  const steps = await planInit(platform, places, claude);
  return await carryOut(platform, steps, { dryRun, advice });
}

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
