/** `ptrack doctor`: each check on a line, with its remedy. */
import type { Platform } from "../platform/platform.ts";
import { checkText } from "../setup/check.ts";
import { checkHooks } from "../setup/check_hooks.ts";
import { checkSessions, checkState } from "../setup/check_state.ts";
import { findPlaces } from "../setup/places.ts";
import { openStore } from "../store/open.ts";
import { namedDirectory } from "../cli/settings.ts";
import type { Command, Invocation } from "../cli/command.ts";

const FAILED = 1;

/** The command `doctor`. */
export const command: Command = {
  name: "doctor",
  group: "Other",
  summary: "Check the setup, and find leftovers",
  operands: { kind: "none" },
  options: [{
    name: "fix",
    help: "Remove temporary files that killed writers left",
  }],
  details: [
    "Prints a line for each check, and below each problem what to do: are " +
    "the hooks set up, enabled and fast; is .parallel ignored by git, " +
    "writable and on a local disk; do the clocks agree; are there leftover " +
    "temporary files; do two sessions share a worktree or an output.",
  ],
  examples: [["ptrack doctor", "is everything working?"]],
  exitCodes: [
    [0, "nothing is wrong"],
    [1, "a check failed"],
    [4, "could not read or write"],
  ],
  run: doctor,
};

function doctor(
  platform: Platform,
  invocation: Invocation,
): Promise<number> {
  const fix = invocation.flag("fix");
  return runChecks(platform, invocation, { fix, hooksMustBeThere: false });
}

/** The checks of `doctor` and of `init --check`. */
export async function runChecks(
  platform: Platform,
  invocation: Invocation,
  { fix, hooksMustBeThere }: { fix: boolean; hooksMustBeThere: boolean },
): Promise<number> {
  const named = namedDirectory(platform, invocation);
  const store = openStore(platform, named);
  const places = findPlaces(platform, store);
  const checks = [
    ...await checkState(platform, places, { fix }),
    ...await checkHooks(platform, places, { mustBeThere: hooksMustBeThere }),
    ...await checkSessions(platform, store),
  ];
  platform.stdout.write(checks.map(checkText).join(""));
  return checks.some(({ finding }) => finding === "bad") ? FAILED : 0;
}
