/** `ptrack monitor wait`: blocks until sessions have done what is asked. */
import {
  NotFoundError,
  OutputClosedError,
  PtrackError,
  StorageError,
} from "../../errors.ts";
import type { Platform } from "../../platform/platform.ts";
import type { WaitOutcome } from "../../monitor.ts";
import { formatDuration } from "../../session/duration.ts";
import { checkName } from "../../session/names.ts";
import type { Selection } from "../../session/selection.ts";
import {
  type Expectation,
  PLAIN_GOAL,
  type WaitGoal,
} from "../../session/wait_condition.ts";
import { ownSession } from "../../agents/identity.ts";
import type { SessionStore } from "../../store/store.ts";
import { DEFAULT_WORKSPACE } from "../../tracker.ts";
import { variable } from "../../cli/settings.ts";
import type { Invocation } from "../../cli/command.ts";
import { waitForWorkspace } from "./arrival.ts";
import { withDuties } from "./duties.ts";
import { type Duties, follow, type Printing } from "./follow.ts";
import {
  checkPlace,
  type MonitorRequest,
  nothingThere,
  onlyWorkspace,
  type ViewRun,
} from "./request.ts";
import { noSuchSessions } from "./status.ts";
import { readReportOrders } from "./report_orders.ts";
import { badValue } from "../../cli/messages.ts";
import { parseSeconds } from "../../cli/values.ts";
import type { WaitEnding, WaitScope } from "./wait_ending.ts";

const TIMEOUT_S = 3_600;

/** Waits; the exit code says how it ended. Throws when there is nothing. */
export const runWait: ViewRun = (request, invocation) => {
  const goal = readGoal(request, invocation);
  const timeoutS = readTimeoutS(invocation);
  const orders = readReportOrders(invocation);
  const print = invocation.flag("quiet") ? "nothing" : "transitions";
  const atEnd = orders.length === 0 ? "nothing" : "reports";
  return withDuties(request, invocation, {
    options: { print, atEnd },
    run: async (duties) => {
      const plan = { goal, timeoutS, print, duties } as const;
      if (orders.length === 0) return concluded(await wait(request, plan));
      const { waitWithReports } = await import("./wait_report.ts");
      const ending = await waitWithReports(request, {
        orders,
        goal,
        wait: (note) => wait(request, plan, note),
      });
      return concluded(ending);
    },
  });
};

/** What a wait is asked. */
interface WaitPlan {
  goal: WaitGoal;
  timeoutS: number;
  print: Printing;
  duties: Duties;
}

/** Throws the error of a wait that has one. */
function concluded({ exitCode, error }: WaitEnding): number {
  if (error !== null) throw error;
  return exitCode;
}

async function wait(
  request: MonitorRequest,
  plan: WaitPlan,
  note: (scope: WaitScope) => void = () => {},
): Promise<WaitEnding> {
  const { goal, timeoutS, print, duties } = plan;
  const beganUs = request.platform.clock.nowUs();
  const workspace = await chooseWorkspace(request, plan);
  if (workspace === null) return neverBegan(plan);
  const spentMs = (request.platform.clock.nowUs() - beganUs) / 1000;
  const selection = await leaveOutSelf(request, workspace, goal);
  note({ workspace, selection });
  const { outcome, exitReason } = await follow(request, {
    workspace,
    selection,
    goal,
    timeoutMs: Math.max(0, timeoutS * 1000 - spentMs),
    print,
    duties,
  }).catch(unread);
  const exitCode = outcome.reason === "aborted" && exitReason?.kind === "signal"
    ? exitReason.exitCode
    : outcome.exitCode;
  const error = await errorOf(request, outcome, { workspace, plan });
  return { exitCode, error, outcome };
}

/** Who stops reading ends the wait; it has seen no success. */
function unread(error: unknown): never {
  if (!(error instanceof OutputClosedError)) throw error;
  throw new StorageError(
    "Cannot wait to the end: the reader of the output has closed it",
    { cause: error },
  );
}

/** No workspace was there when time ran out, or a signal came. */
function neverBegan({ duties, timeoutS, print }: WaitPlan): WaitEnding {
  const exitReason = duties.interruption?.exitReason ?? null;
  const outcome = NOTHING_SEEN;
  return exitReason?.kind === "signal"
    ? {
      exitCode: exitReason.exitCode,
      error: null,
      outcome: { ...outcome, reason: "aborted" },
    }
    : {
      exitCode: outcome.exitCode,
      error: print === "nothing" ? null : timeRanOut(timeoutS),
      outcome,
    };
}

const NOTHING_SEEN: WaitOutcome = {
  reason: "timed_out",
  exitCode: 124,
  sessions: [],
  vanished: [],
  snapshot: null,
};

async function errorOf(
  request: MonitorRequest,
  { reason, sessions, snapshot }: WaitOutcome,
  { workspace, plan }: { workspace: string; plan: WaitPlan },
): Promise<PtrackError | null> {
  if (reason === "timed_out") {
    return plan.print === "nothing" ? null : timeRanOut(plan.timeoutS);
  }
  if (reason !== "nothing") return null;
  if (sessions.length > 0) return noSuchSessions(sessions, workspace);
  if (snapshot === null) return await nothingThere(request.store, workspace);
  return new NotFoundError(
    `Cannot wait for workspace ${JSON.stringify(workspace)}: ` +
      "no session is there to wait for",
  );
}

async function chooseWorkspace(
  request: MonitorRequest,
  { goal, timeoutS, duties }: WaitPlan,
): Promise<string | null> {
  const workspace = await onlyWorkspace(request);
  if (workspace !== null) return workspace;
  if (goal.expect.kind === "nothing") {
    throw await nothingThere(request.store, null);
  }
  return await waitForWorkspace(request, {
    timeoutMs: timeoutS * 1000,
    signal: duties.interruption?.signal ?? null,
  });
}

function timeRanOut(timeoutS: number): PtrackError {
  return new PtrackError(
    `Cannot wait any longer: time ran out after ${formatDuration(timeoutS)}`,
    124,
  );
}

function readTimeoutS(invocation: Invocation): number {
  const text = invocation.text("timeout");
  if (text === null) return TIMEOUT_S;
  return parseSeconds(text, "--timeout", { bareNumber: "minutes" });
}

function readGoal(request: MonitorRequest, invocation: Invocation): WaitGoal {
  return {
    ...PLAIN_GOAL,
    until: invocation.flag("any") ? "any" : "all",
    expect: readExpectation(invocation.text("expect")),
    named: request.selection.sessions,
    except: readIds(invocation.text("except"), "--except"),
    firstFailure: invocation.flag("first-failure"),
    untilWaiting: invocation.flag("until-waiting"),
  };
}

/** Digits only is a number, anything else is names. */
function readExpectation(text: string | null): Expectation {
  if (text === null) return { kind: "nothing" };
  if (!/^\d+$/.test(text)) {
    const ids = readIds(text, "--expect");
    // What is expected has yet to begin, so it must be a name of ours.
    return { kind: "sessions", ids: ids.map((id) => checkName(id, "session")) };
  }
  const count = Number(text);
  if (count > 0 && Number.isSafeInteger(count)) return { kind: "count", count };
  throw badValue(
    text,
    "--expect",
    "it is a number from 1, or names of sessions",
  );
}

function readIds(text: string | null, where: string): string[] {
  if (text === null) return [];
  const ids = text.split(",").map((id) => id.trim()).filter((id) => id !== "");
  if (ids.length === 0) {
    throw badValue(text, where, "it is names of sessions, such as a,b");
  }
  for (const id of ids) checkPlace(id, "session");
  return ids;
}

/** A wait that runs in a session must not wait for itself, unless told to. */
async function leaveOutSelf(
  { platform, store, selection }: MonitorRequest,
  workspace: string,
  goal: WaitGoal,
): Promise<Selection> {
  const named = goal.expect.kind === "sessions"
    ? [...goal.named, ...goal.expect.ids]
    : goal.named;
  const own = namedSelf(platform, workspace) ??
    await agentSelf(platform, { store, workspace });
  return own === null || named.includes(own)
    ? selection
    : { ...selection, leaveOut: [own] };
}

/** The session that this process runs in, if it is of that workspace. */
function namedSelf(platform: Platform, workspace: string): string | null {
  const own = variable(platform, "PTRACK_WORKSPACE") ?? DEFAULT_WORKSPACE;
  return own === workspace ? variable(platform, "PTRACK_SESSION") : null;
}

/** The session of the agent in whose shell this process runs. */
async function agentSelf(
  platform: Platform,
  place: { store: SessionStore; workspace: string },
): Promise<string | null> {
  const ref = await ownSession(platform, place).catch(() => null);
  return ref?.sessionId ?? null;
}
