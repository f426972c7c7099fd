/**
 * `ptrack monitor wait`: blocks until the sessions have done what is asked. Its
 * exit code says how the wait ended; what ends it is decided by decideWait.
 */
import { ownSession } from "../../agents/identity.ts";
import type { Command } from "../../cli/command.ts";
import { parseSeconds, variable } from "../../cli/options.ts";
import type { Invocation } from "../../cli/command.ts";
import {
  NotFoundError,
  OutputClosedError,
  PtrackError,
  StorageError,
  UsageError,
  valueError,
  warn,
} from "../../errors.ts";
import { type WaitOutcome, waitOutcome } from "../../monitor.ts";
import type { Platform } from "../../platform/platform.ts";
import { logsNeeded } from "../../report/formats.ts";
import { checkExistingName, checkName } from "../../session/names.ts";
import { takeSnapshot } from "../../session/snapshot.ts";
import type { Snapshot } from "../../session/types.ts";
import {
  decideWait,
  type Expectation,
  type WaitDecision,
  type WaitGoal,
} from "../../session/wait_condition.ts";
import { DEFAULT_WORKSPACE } from "../../session/names.ts";
import {
  type Display,
  ON_CHANGE,
  ON_CHANGE_DETAILS,
  openDisplay,
  type Print,
} from "./display.ts";
import {
  readReportTargets,
  removeReport,
  writeReport,
} from "./report_output.ts";
import {
  ERROR_CODES,
  JSON_LINES,
  noSuchSessions,
  nothingThere,
  onlyWorkspace,
  openMonitor,
  POLL_INTERVAL,
  readRequest,
  SELECTION,
  waitForWorkspace,
} from "./request.ts";
import { missingSessions, readResults } from "./results.ts";

/** The command `monitor wait`. */
export const command: Command = {
  name: "monitor wait",
  summary: "Wait until all sessions are done",
  options: [
    {
      name: "timeout",
      value: "MINUTES|DURATION",
      help: "How long to wait (60 min); a number alone is minutes",
    },
    {
      name: "expect",
      value: "N|ID,ID…",
      help: "So many sessions, or these, must be there and done",
    },
    { name: "any", help: "Until the first one has ended" },
    { name: "except", value: "ID,ID…", help: "Do not wait for these" },
    { name: "first-failure", help: "Leave as soon as one has failed" },
    {
      name: "until-waiting",
      help: "Leave as soon as one waits for input; exit code 5",
    },
    {
      name: "report",
      value: "FORMAT=FILE",
      repeatable: true,
      help: "Write a report at the end, whatever the outcome",
    },
    ON_CHANGE,
    { name: "quiet", help: "Print nothing; the exit code says it" },
    JSON_LINES,
    ...SELECTION,
    POLL_INTERVAL,
  ],
  details: [
    "Without -w, it takes the only workspace. It leaves out the session that " +
    "it runs in, unless that is named. If nothing is there and nothing is " +
    "expected, it exits with 3 at once.",
    "A report that cannot be written is a warning, and exit code 4 if all " +
    "completed.",
    ON_CHANGE_DETAILS,
  ],
  examples: [
    ["ptrack wait -w adrs --expect 4 --timeout 120", "for CI: up to two hours"],
    ["ptrack wait -w adrs --any --timeout 90s", "the first to end"],
    [
      "ptrack wait -w adrs --report junit=report.xml",
      "a test report, whatever the outcome",
    ],
  ],
  exitCodes: [
    [0, "all have completed"],
    [1, "a session failed, timed out, crashed, vanished or is unreadable"],
    ...ERROR_CODES,
    [5, "a session waits for input, and --until-waiting was given"],
    [124, "time ran out, whatever the sessions' state"],
  ],
  run,
};

const TIMEOUT_S = 3_600;
const NOT_WRITTEN = 4;

/** What a wait is asked. */
type WaitRequest = ReturnType<typeof readWaitRequest>;

/** How far a wait has come. */
interface WaitState {
  workspace: string;
  decision: WaitDecision;
  snapshot: Snapshot | null;
}

async function run(
  platform: Platform,
  invocation: Invocation,
): Promise<number> {
  const request = readWaitRequest(platform, invocation);
  const display = await openDisplay(request, invocation);
  const state: WaitState = {
    workspace: request.workspace ?? "",
    decision: decideWait(request.goal, new Map(), null),
    snapshot: null,
  };
  try {
    // A wait that is killed must not leave the success of an earlier one.
    for (const report of request.reports) removeReport(platform, report);
    let error: PtrackError | null = null;
    try {
      await waitUntilEnd(request, state, display);
    } catch (thrown) {
      error = errorToTell(thrown);
    }
    const { decision, snapshot } = state;
    const outcome = waitOutcome(decision, snapshot, display.signal);
    error ??= await whyNotDone(request, state.workspace, outcome);
    const isWritten = await writeReports(request, state, { outcome, error });
    if (error !== null) throw error;
    const { exitReason } = display;
    if (outcome.reason === "aborted" && exitReason?.kind === "signal") {
      return exitReason.exitCode;
    }
    return isWritten ? outcome.exitCode : outcome.exitCode || NOT_WRITTEN;
  } finally {
    await display.close();
  }
}

/** The loop: shows each snapshot and decides on it, until there is an end. */
async function waitUntilEnd(
  request: WaitRequest,
  state: WaitState,
  display: Display,
): Promise<void> {
  const { goal, store, pollIntervalMs, platform: { clock } } = request;
  const { signal } = display;
  const endUs = clock.nowUs() + request.timeoutS * 1e6;
  const leftMs = () => Math.max(0, (endUs - clock.nowUs()) / 1000);
  let workspace = await onlyWorkspace(request);
  if (workspace === null && goal.expect.kind === "nothing") {
    throw await nothingThere(store, null);
  }
  workspace ??= await waitForWorkspace(request, leftMs(), signal);
  if (workspace === null) return;
  state.workspace = workspace;
  const leaveOut = await sessionsToLeaveOut(request, workspace);
  const selection = { ...request.selection, leaveOut };
  const changes = openMonitor(request, workspace)
    .changes({ selection, timeoutMs: leftMs(), pollIntervalMs, signal });
  try {
    for await (const [snapshot = null] of changes) {
      state.snapshot = snapshot;
      display.show(workspace, snapshot);
      state.decision = decideWait(goal, state.decision.memory, snapshot);
      if (state.decision.end !== null) break;
    }
  } finally {
    display.leaveTerminal();
  }
  if (state.decision.end !== "nothing") await display.printLast(state.snapshot);
}

/** An error that ends the wait and is still reported. Throws all others. */
function errorToTell(error: unknown): PtrackError {
  if (error instanceof OutputClosedError) {
    const what = "the reader of the output has closed it";
    return new StorageError(`Cannot wait to the end: ${what}`, {
      cause: error,
    });
  }
  const isWrongUsage = error instanceof UsageError;
  if (error instanceof PtrackError && !isWrongUsage) return error;
  throw error;
}

/** What to tell of a wait that ran out of time, or had nothing to wait for. */
async function whyNotDone(
  { print, timeoutS, store }: WaitRequest,
  workspace: string,
  { reason, sessions, snapshot }: WaitOutcome,
): Promise<PtrackError | null> {
  if (reason === "timed_out" && print !== "nothing") {
    const time = timeoutS % 60 === 0 ? `${timeoutS / 60} min` : `${timeoutS} s`;
    const what = `Cannot wait any longer: time ran out after ${time}`;
    return new PtrackError(what, 124);
  }
  if (reason !== "nothing") return null;
  if (sessions.length > 0) {
    return await noSuchSessions(store, sessions, workspace);
  }
  if (snapshot === null) return await nothingThere(store, workspace);
  return new NotFoundError(
    `Cannot wait for workspace ${JSON.stringify(workspace)}: ` +
      "no session is there to wait for",
  );
}

/** Writes the reports, whatever the end; whether all could be written. */
async function writeReports(
  { platform, store, goal, reports }: WaitRequest,
  { workspace, decision, snapshot: last }: WaitState,
  { outcome, error }: { outcome: WaitOutcome; error: PtrackError | null },
): Promise<boolean> {
  if (reports.length === 0) return true;
  const nowUs = platform.clock.nowUs();
  const snapshot = last ?? takeSnapshot(workspace, [], { nowUs });
  const missing = missingSessions(goal, decision);
  if (snapshot.sessions.length + missing.length === 0) {
    // A report without a word would look like a success.
    const reason = error?.message ?? "Nothing was there to wait for";
    missing.push({ sessionId: "", kind: "missing", reason });
  }
  const isSuccess = error === null && outcome.exitCode === 0;
  const results = await readResults(store, snapshot, {
    missing,
    unfinished: isSuccess ? "accepted" : "error",
    logs: logsNeeded(reports.map(({ format }) => format)),
  });
  let isWritten = true;
  for (const report of reports) {
    const content = { results: [results], coverage: "one" } as const;
    await writeReport(platform, report, content).catch((error) => {
      if (!(error instanceof PtrackError)) throw error;
      isWritten = false;
      warn(platform, error.message);
    });
  }
  return isWritten;
}

/** A wait that runs in a session must not wait for it, unless told to. */
async function sessionsToLeaveOut(
  { platform, store, goal: { named, expect } }: WaitRequest,
  workspace: string,
): Promise<string[]> {
  const around = variable(platform, "PTRACK_WORKSPACE") ?? DEFAULT_WORKSPACE;
  const given = around === workspace
    ? variable(platform, "PTRACK_SESSION")
    : null;
  // An agent's hooks keep the session of its shell.
  const ref = given === null
    ? await ownSession(platform, { store, workspace }).catch(() => null)
    : { sessionId: given };
  const expected = expect.kind === "sessions" ? expect.ids : [];
  return ref === null || [...named, ...expected].includes(ref.sessionId)
    ? []
    : [ref.sessionId];
}

function readWaitRequest(platform: Platform, invocation: Invocation) {
  const request = readRequest(platform, invocation);
  const timeout = invocation.text("timeout");
  const goal: WaitGoal = {
    until: invocation.flag("any") ? "any" : "all",
    expect: readExpectation(invocation.text("expect")),
    named: request.selection.sessions,
    except: readIds(invocation.text("except"), "--except"),
    firstFailure: invocation.flag("first-failure"),
    untilWaiting: invocation.flag("until-waiting"),
  };
  const print: Print = invocation.flag("quiet") ? "nothing" : "changes";
  const timeoutS = timeout === null
    ? TIMEOUT_S
    : parseSeconds(timeout, "--timeout", { bareNumber: "minutes" });
  const reports = readReportTargets(invocation.list("report"));
  return { ...request, goal, print, timeoutS, reports };
}

/** A number, if there are only digits; else names. */
function readExpectation(text: string | null): Expectation {
  if (text === null) return { kind: "nothing" };
  if (!/^\d+$/.test(text)) {
    const ids = readIds(text, "--expect");
    // Sessions that have yet to begin have names that follow our rule.
    return { kind: "sessions", ids: ids.map((id) => checkName(id, "session")) };
  }
  const count = Number(text);
  if (count > 0 && Number.isSafeInteger(count)) return { kind: "count", count };
  const expected = "it is a number from 1, or names of sessions";
  throw valueError(text, "--expect", expected);
}

function readIds(text: string | null, where: string): string[] {
  if (text === null) return [];
  const ids = text.split(",").map((id) => id.trim()).filter((id) => id !== "");
  if (ids.length === 0) {
    throw valueError(text, where, "it is names of sessions, such as a,b");
  }
  return ids.map((id) => checkExistingName(id, "session"));
}
