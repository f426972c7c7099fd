/**
 * `ptrack monitor watch`: the dashboard, live, until all sessions are done. The
 * loop is that of `follow`, too, which only prints something else.
 */
import type { Command, Invocation, Option } from "../../cli/command.ts";
import type { Platform } from "../../platform/platform.ts";
import { isDone } from "../../session/snapshot.ts";
import type { Snapshot } from "../../session/types.ts";
import type { ExitReason } from "../../watch/interruption.ts";
import { isLive, openDisplay, type Print } from "./display.ts";
import { ON_CHANGE, ON_CHANGE_DETAILS, openChangeHook } from "./on_change.ts";
import {
  ERROR_CODES,
  JSON_LINES,
  onlyWorkspace,
  openMonitor,
  POLL_INTERVAL,
  readRequest,
  SELECTION,
  waitForWorkspace,
} from "./request.ts";
import { statusCode } from "./status.ts";

/** The options of `watch` and `follow`. */
export const WATCH_OPTIONS: readonly Option[] = [
  JSON_LINES,
  { name: "forever", help: "Go on when all sessions are done" },
  ON_CHANGE,
  ...SELECTION,
  POLL_INTERVAL,
];

/** The exit codes of `watch` and `follow`. */
export const WATCH_CODES: Command["exitCodes"] = [
  [0, "all sessions have completed"],
  [1, "a session failed, timed out, crashed or is unreadable"],
  ...ERROR_CODES,
];

/** The command `monitor watch`. */
export const command: Command = {
  name: "monitor watch",
  group: "Watching",
  summary: "Show the dashboard, live, until all sessions are done",
  operands: { kind: "none" },
  options: WATCH_OPTIONS,
  details: [
    "In a terminal, the dashboard is drawn in place; q or Ctrl-C leaves it. " +
    "Elsewhere, each change is printed on one line. Without -w, it takes the " +
    "only workspace, or waits for one.",
    ON_CHANGE_DETAILS,
  ],
  examples: [["ptrack watch -w adrs", "the dashboard, live"]],
  exitCodes: WATCH_CODES,
  run: (platform, invocation) =>
    watchUntilDone(platform, invocation, "changes and progress"),
};

/** Shows changes until all sessions are done; returns the exit code. */
export async function watchUntilDone(
  platform: Platform,
  invocation: Invocation,
  print: Print,
): Promise<number> {
  const request = { ...readRequest(platform, invocation), print };
  const { selection, pollIntervalMs, store } = request;
  const isForever = invocation.flag("forever");
  const hook = await openChangeHook(request, invocation, {
    isLive: isLive(request),
  });
  try {
    let workspace = await onlyWorkspace(request);
    if (workspace === null) {
      const absent = `Waiting for a workspace to begin in ${store.location}`;
      platform.stderr.write(`${absent}\n`);
      workspace = await waitForWorkspace(request, Infinity, hook.signal);
      if (workspace === null) return exitCodeOf(hook.exitReason, null);
    }
    const display = await openDisplay(request, workspace, hook);
    const { signal } = display;
    const changes = openMonitor(request, workspace)
      .changes({ selection, pollIntervalMs, signal });
    let last: Snapshot | null = null;
    try {
      for await (const [snapshot = null] of changes) {
        last = snapshot;
        display.show(last);
        if (!isForever && isOver(last, selection.sessions)) break;
      }
    } finally {
      display.close();
    }
    await display.printLast(last);
    return exitCodeOf(display.exitReason, last);
  } finally {
    await hook.close();
  }
}

/** Something has been there, and all of it is done. */
function isOver(snapshot: Snapshot | null, named: readonly string[]): boolean {
  const sessions = snapshot?.sessions ?? [];
  const ids = sessions.map(({ view }) => view.sessionId);
  return sessions.length > 0 && named.every((id) => ids.includes(id)) &&
    sessions.every(({ verdict }) => isDone(verdict));
}

function exitCodeOf(
  exitReason: ExitReason | null,
  last: Snapshot | null,
): number {
  if (exitReason?.kind === "signal") return exitReason.exitCode;
  return last === null ? 0 : statusCode([last]);
}
