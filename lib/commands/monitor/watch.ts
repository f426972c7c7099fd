/**
 * `ptrack monitor watch`: the dashboard, live, until all sessions are done. The
 * loop is that of `follow`, too, which only prints something else.
 */
import type { Command, Invocation } from "../../cli/command.ts";
import { oneLine } from "../../errors.ts";
import type { Platform } from "../../platform/platform.ts";
import { isDone } from "../../session/snapshot.ts";
import type { Snapshot } from "../../session/types.ts";
import {
  CHANGES,
  ON_CHANGE_DETAILS,
  openDisplay,
  type Print,
} from "./display.ts";
import { ERROR_CODES, findWorkspace, readRequest } from "./request.ts";
import { statusCode } from "./status.ts";

export const command: Command = {
  name: "monitor watch",
  summary: "Show the dashboard, live, until all sessions are done",
  options: [
    { name: "forever", help: "Go on when all sessions are done" },
    ...CHANGES,
  ],
  details: [
    "In a terminal, the dashboard is drawn in place; q or Ctrl-C leaves it. " +
    "Elsewhere, each change is printed on one line. Without -w, it takes the " +
    "only workspace, or waits for one.",
    ON_CHANGE_DETAILS,
  ],
  examples: [["ptrack watch -w adrs", "the dashboard, live"]],
  exitCodes: [
    [0, "all sessions have completed"],
    [1, "a session failed, timed out, crashed or is unreadable"],
    ...ERROR_CODES,
    [128, "plus N: signal N ended it, as Ctrl-C does with 130"],
  ],
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
  const { selection, store } = request;
  const isForever = invocation.flag("forever");
  const display = await openDisplay(request);
  try {
    const { stopSignal: signal } = display;
    const workspace = await findWorkspace(request, { signal }, () => {
      const absent = `Waiting for a workspace to begin in ${store.location}`;
      platform.stderr.write(`${oneLine(absent)}\n`);
    });
    const last = workspace && await display.showUntil(
      workspace,
      { selection },
      (snapshot) => !isForever && isOver(snapshot, selection.sessions),
    );
    return display.signalExitCode() ?? (last ? statusCode([last]) : 0);
  } finally {
    await display.close();
  }
}

/** Something has been there, and all of it is done. */
function isOver(snapshot: Snapshot | null, named: readonly string[]): boolean {
  const sessions = snapshot?.sessions ?? [];
  const ids = sessions.map(({ view }) => view.sessionId);
  return sessions.length > 0 && named.every((id) => ids.includes(id)) &&
    sessions.every(({ verdict }) => isDone(verdict));
}
