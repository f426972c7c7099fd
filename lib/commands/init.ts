/** `ptrack init`: sets up, takes back, or says what it would do. */
import type { Platform } from "../platform/platform.ts";
import { planInit, type Step } from "../setup/init.ts";
import { findPlaces, type Places, type Scope, shown } from "../setup/places.ts";
import { isOnPath } from "../setup/programs.ts";
import { planRemoval } from "../setup/removal.ts";
import { runChecks } from "./doctor.ts";
import { namedDirectory } from "../cli/environment.ts";
import type { Invocation } from "../cli/invocation.ts";
import { oneLine } from "../cli/one_line.ts";
import { complain } from "../cli/usage.ts";

/** Sets up; returns the exit code. */
export async function runInit(
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
  const places = findPlaces(platform, namedDirectory(platform, invocation));
  const steps = isOn("remove")
    ? planRemoval(platform, places, scope)
    : await planInit(platform, places, {
      claudeCode: isOn("claude-code"),
      scope: scope ?? "local",
      prompts: !isOn("no-prompts"),
      skill: !isOn("no-skill"),
    });
  carryOut(platform, steps, { dryRun: isOn("dry-run") });
  if (!isOn("remove") && !isOn("dry-run")) {
    advise(platform, places, isOn("claude-code") ? scope ?? "local" : null);
  }
  return 0;
}

function carryOut(
  platform: Platform,
  steps: readonly Step[],
  { dryRun }: { dryRun: boolean },
): void {
  const say = (text: string) => platform.stdout.write(`${oneLine(text)}\n`);
  if (steps.length === 0) return say("Nothing to do: all is as it should be");
  if (dryRun) say("Would have:");
  for (const { done, apply } of steps) {
    if (!dryRun) apply();
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
