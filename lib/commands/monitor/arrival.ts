/** Waiting for the first workspace to be there, when none was named. */
import { type MonitorRequest, onlyWorkspace } from "./request.ts";

const TICK_MS = 1_000;

/** How long to wait for it, and who may end that. */
export interface Arrival {
  timeoutMs: number;
  signal: AbortSignal | null;
}

/**
 * The only workspace, as soon as there is one; null if time runs out before,
 * or `signal` aborts. Throws UsageError if there are several by then.
 */
export async function waitForWorkspace(
  request: MonitorRequest,
  { timeoutMs, signal }: Arrival,
): Promise<string | null> {
  const { clock } = request.platform;
  const untilUs = clock.nowUs() + timeoutMs * 1000;
  const looks = request.monitoring.changesOfAll({
    tickMs: TICK_MS,
    pollIntervalMs: request.pollIntervalMs,
    ...(signal === null ? {} : { signal }),
  });
  for await (const snapshots of looks) {
    if (snapshots.length > 0) return await onlyWorkspace(request);
    if (clock.nowUs() >= untilUs) break;
  }
  return null;
}
