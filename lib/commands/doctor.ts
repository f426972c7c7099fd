/** `ptrack doctor`: each check on a line, with its remedy. */
import type { Platform } from "../platform/platform.ts";
import { checkText } from "../setup/check.ts";
import { checkHooks } from "../setup/check_hooks.ts";
import {
  checkSessions,
  checkState,
  checkTemporaries,
} from "../setup/check_state.ts";
import { findPlaces } from "../setup/places.ts";
import { openStore } from "../store/open.ts";
import { namedDirectory } from "../cli/environment.ts";
import type { Invocation } from "../cli/invocation.ts";

const FAILED = 1;

/** Checks everything; returns 1 if something is wrong. */
export function runDoctor(
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
  const places = findPlaces(platform, named);
  const store = openStore(platform, named);
  const checks = [
    ...await checkState(platform, places),
    ...await checkHooks(platform, places, { mustBeThere: hooksMustBeThere }),
    await checkTemporaries(platform, store, { fix }),
    ...await checkSessions(platform, store),
  ];
  platform.stdout.write(checks.map(checkText).join(""));
  return checks.some(({ finding }) => finding === "bad") ? FAILED : 0;
}
