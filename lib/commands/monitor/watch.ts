/**
 * `ptrack monitor watch`, the dashboard, live, until all are done; and `follow`,
 * which is the same for whoever pays per line.
 */
import { PLAIN_GOAL, type WaitGoal } from "../../session/wait_condition.ts";
import type { Invocation } from "../../cli/command.ts";
import { waitForWorkspace } from "./arrival.ts";
import { withDuties } from "./duties.ts";
import { type Duties, follow, type Printing } from "./follow.ts";
import { type MonitorRequest, onlyWorkspace, type ViewRun } from "./request.ts";
import { statusCode } from "./status.ts";

/** Watches; 1 if a session is in a bad way at the end, else 0. */
export const runWatch: ViewRun = (request, invocation) =>
  runUntilDone(request, invocation, "transitions and progress");

/** A snapshot, then the changes; ends as `watch` does. */
export const runFollow: ViewRun = (request, invocation) =>
  runUntilDone(request, invocation, "snapshot, then transitions");

function runUntilDone(
  request: MonitorRequest,
  invocation: Invocation,
  print: Printing,
): Promise<number> {
  const goal: WaitGoal = {
    ...PLAIN_GOAL,
    until: invocation.flag("forever") ? "never" : "all",
    // A workspace that is emptied, or goes, is waited for again.
    gone: "forgotten",
    // A workspace that does not exist yet is waited for.
    expect: request.selection.sessions.length > 0
      ? { kind: "sessions", ids: request.selection.sessions }
      : { kind: "count", count: 1 },
  };
  return withDuties(request, invocation, {
    options: { print, atEnd: "nothing" },
    run: (duties) => watchOne(request, { goal, print, duties }),
  });
}

async function watchOne(
  request: MonitorRequest,
  { goal, print, duties }: { goal: WaitGoal; print: Printing; duties: Duties },
): Promise<number> {
  const announce = (text: string) => request.platform.stderr.write(`${text}\n`);
  let workspace = await onlyWorkspace(request);
  if (workspace === null) {
    announce(`Waiting for a workspace to begin in ${request.store.location}`);
    workspace = await waitForWorkspace(request, {
      timeoutMs: Infinity,
      signal: duties.interruption?.signal ?? null,
    });
  }
  const wish = duties.interruption?.exitReason ?? null;
  if (wish?.kind === "signal") return wish.exitCode;
  const { outcome, exitReason } = await follow(request, {
    workspace: workspace ?? "",
    selection: request.selection,
    goal,
    timeoutMs: Infinity,
    print,
    announce,
    duties,
  });
  if (exitReason?.kind === "signal") return exitReason.exitCode;
  if (outcome.reason !== "aborted") return outcome.exitCode;
  return outcome.snapshot === null ? 0 : statusCode([outcome.snapshot]);
}
