/** `ptrack doctor`: each check on a line, with its remedy. */
import type { Host } from "../host/host.ts";
import { checkText } from "../setup/check.ts";
import { checkHooks } from "../setup/check_hooks.ts";
import {
  checkSessions,
  checkState,
  checkTemporaries,
} from "../setup/check_state.ts";
import { findPlaces } from "../setup/places.ts";
import { openStore } from "../store/open.ts";
import { namedDirectory } from "./environment.ts";
import type { Invocation } from "./invocation.ts";

const FAILED = 1;

/** Checks everything; returns 1 if something is wrong. */
export function runDoctor(host: Host, invocation: Invocation): Promise<number> {
  const fix = invocation.flag("fix");
  return runChecks(host, invocation, { fix, hooksMustBeThere: false });
}

/** The checks of `doctor` and of `init --check`. */
export async function runChecks(
  host: Host,
  invocation: Invocation,
  { fix, hooksMustBeThere }: { fix: boolean; hooksMustBeThere: boolean },
): Promise<number> {
  const named = namedDirectory(host, invocation);
  const places = findPlaces(host, named);
  const store = openStore(host, named);
  const checks = [
    ...await checkState(host, places),
    ...await checkHooks(host, places, { mustBeThere: hooksMustBeThere }),
    await checkTemporaries(host, store, { fix }),
    ...await checkSessions(host, store),
  ];
  host.stdout.write(checks.map(checkText).join(""));
  return checks.some(({ finding }) => finding === "bad") ? FAILED : 0;
}
