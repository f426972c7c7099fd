/**
 * The reports of a wait: written at its end, whatever that is. A report that
 * cannot be written never hides how the wait itself ended.
 */
import { PtrackError, UsageError } from "../../errors.ts";
import type { MissingSession, Results } from "../../report/results.ts";
import type { WaitGoal } from "../../session/wait_condition.ts";
import { emptySnapshot, missingSessions, readResults } from "./results.ts";
import type { MonitorRequest } from "./request.ts";
import { oneLine } from "../../cli/messages.ts";
import { logsNeeded } from "../../report/formats.ts";
import type { ReportOrder } from "./report_orders.ts";
import { removeReport, writeReport } from "./report_output.ts";
import type { WaitEnding, WaitScope } from "./wait_ending.ts";

/** A wait, and what is to be written at its end. */
export interface ReportedWait {
  orders: readonly ReportOrder[];
  goal: WaitGoal;
  /** The wait; it notes what it looks at as soon as it knows. */
  wait: (note: (scope: WaitScope) => void) => Promise<WaitEnding>;
}

const NOT_WRITTEN = 4;

/** Waits, then writes the reports. Throws UsageError without any. */
export async function waitWithReports(
  request: MonitorRequest,
  { orders, goal, wait }: ReportedWait,
): Promise<WaitEnding> {
  // A wait that is killed must not leave the success of an earlier one.
  for (const order of orders) removeReport(request.platform, order);
  let scope: WaitScope | null = null;
  const note = (noted: WaitScope) => scope = noted;
  const ending = await wait(note).catch((error): WaitEnding => {
    if (!(error instanceof PtrackError) || error instanceof UsageError) {
      throw error;
    }
    return { exitCode: error.exitCode, error, outcome: null };
  });
  const result = await resultsOf(request, ending, { goal, scope, orders });
  let isAllWritten = true;
  for (const order of orders) {
    try {
      const results = [result];
      await writeReport(request.platform, order, { results, coverage: "one" });
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error;
      isAllWritten = false;
      warn(request, error.message);
    }
  }
  return isAllWritten || ending.exitCode !== 0
    ? ending
    : { ...ending, exitCode: NOT_WRITTEN };
}

interface Known {
  goal: WaitGoal;
  scope: WaitScope | null;
  orders: readonly ReportOrder[];
}

async function resultsOf(
  { store, platform, workspace: named, monitoring }: MonitorRequest,
  { exitCode, error, outcome }: WaitEnding,
  { goal, scope, orders }: Known,
): Promise<Results> {
  const workspace = scope?.workspace ?? named ?? "";
  const latest = outcome !== null || scope === null
    ? null
    : await monitoring.snapshot(workspace, scope.selection).catch(() => null);
  const snapshot = outcome?.snapshot ?? latest ??
    emptySnapshot(workspace, platform.clock.nowUs());
  const missing = outcome === null ? [] : missingSessions(goal, outcome);
  const isEmpty = snapshot.sessions.length + missing.length === 0;
  return await readResults(store, snapshot, {
    missing: isEmpty ? [nobody(error)] : missing,
    unfinished: exitCode === 0 && error === null ? "accepted" : "error",
    logs: logsNeeded(orders.map(({ format }) => format)),
  });
}

/** A report without a word would look like a success. */
function nobody(error: PtrackError | null): MissingSession {
  const reason = error?.message ?? "Nothing was there to wait for";
  return { sessionId: "", kind: "missing", reason };
}

function warn({ platform }: MonitorRequest, text: string): void {
  try {
    platform.stderr.write(`warning: ${oneLine(text)}\n`);
  } catch {
    // Standard error is closed or full.
  }
}
