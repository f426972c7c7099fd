/**
 * What the first process of a container has to do besides its work: processes
 * whose parent has ended become its children, and stay zombies until it takes
 * their exit status.
 */
import type { Platform } from "../platform/platform.ts";
import { readStat } from "./owners.ts";

/** Many children may end at once: all are looked for after so many milliseconds. */
const AFTER_MS = 50;

/** Reaps children that are not `isOurs`, until the returned function is called. */
export function reapOrphans(
  platform: Platform,
  isOurs: (pid: number) => boolean,
): () => void {
  const { pid, systemCalls: calls, clock } = platform;
  let isWaiting = false;
  return platform.onSignal("SIGCHLD", async () => {
    if (isWaiting) return;
    isWaiting = true;
    await clock.sleep(AFTER_MS);
    isWaiting = false;
    for (const name of calls.names("/proc/")) {
      const child = Number(name);
      if (!(child > 0) || isOurs(child)) continue;
      const stat = readStat(calls, name);
      if (stat?.isZombie && stat.parent === pid) calls.reap(child);
    }
  });
}
