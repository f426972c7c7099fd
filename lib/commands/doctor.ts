/** `ptrack doctor`: prints each check on a line, and its remedy below. */
import type { Command, Invocation } from "../cli/command.ts";
import { namedDirectory } from "../cli/options.ts";
import type { Platform } from "../platform/platform.ts";
import { checkText } from "../setup/check.ts";
import { checkHooks } from "../setup/check_hooks.ts";
import { checkSessions, checkStore } from "../setup/check_store.ts";
import { findPlaces, type Places } from "../setup/places.ts";
import { openStore } from "../store/open.ts";

const FAILED = 1;

/** The command `doctor`. */
export const command: Command = {
  name: "doctor",
  summary: "Check the setup, and find leftovers",
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

async function doctor(
  platform: Platform,
  invocation: Invocation,
): Promise<number> {
  const store = openStore(platform, namedDirectory(platform, invocation));
  const places = findPlaces(platform, store);
  const fix = invocation.flag("fix");
  return await runChecks(platform, places, { fix, hooksRequired: false });
}

/** The checks of `doctor` and of `init --check`; returns the exit code. */
export async function runChecks(
  platform: Platform,
  places: Places,
  { fix, hooksRequired }: { fix: boolean; hooksRequired: boolean },
): Promise<number> {
  const checks = [
    checkStore(platform, places, { fix }),
    checkHooks(platform, places, { required: hooksRequired }),
    checkSessions(platform, places.store),
  ];
  let code = 0;
  for (const some of checks) {
    for await (const check of some) {
      platform.stdout.write(checkText(check));
      if (check.result === "problem") code = FAILED;
    }
  }
  return code;
}
