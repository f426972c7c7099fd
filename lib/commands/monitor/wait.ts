/**
 * `ptrack monitor wait`: blocks until the sessions have done what is asked. Its
 * exit code says how the wait ended; what ends it is decided by decideWait.
 */
import { ownSession } from "../../agents/identity.ts";
import type { Command, Invocation } from "../../cli/command.ts";
import { parseSeconds, variable } from "../../cli/options.ts";
import {
  NotFoundError,
  OutputClosedError,
  PtrackError,
  StorageError,
  UsageError,
  valueError,
  warn,
} from "../../errors.ts";
import { waitOutcome } from "../../monitor.ts";
import type { Platform } from "../../platform/platform.ts";
import { logsNeeded } from "../../report/formats.ts";
import type { MissingSession } from "../../report/results.ts";
import {
  checkExistingName,
  checkName,
  DEFAULT_WORKSPACE,
} from "../../session/names.ts";
import { takeSnapshot } from "../../session/snapshot.ts";
import {
  decideWait,
  type WaitDecision,
  type WaitGoal,
} from "../../session/wait_condition.ts";
import { noSuchSessions, nothingThere } from "../not_found.ts";
import {
  CHANGES,
  type Display,
  ON_CHANGE_DETAILS,
  openDisplay,
  type Print,
} from "./display.ts";
import {
  readReportTargets,
  removeReport,
  writeReport,
} from "./report_output.ts";
import { ERROR_CODES, findWorkspace, readRequest } from "./request.ts";
import { DEPTH, readDepth, readResults } from "./read_results.ts";

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
      help: "Wait for this many sessions, or for these",
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
    ...DEPTH,
    { name: "quiet", help: "Print nothing; the exit code says it" },
    ...CHANGES,
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
    [128, "plus N: signal N ended it, as Ctrl-C does with 130"],
  ],
  async run(platform, invocation) {
    const wait = readWait(platform, invocation);
    const display = await openDisplay(wait);
    try {
      // A wait that is killed must not leave the success of an earlier one.
      for (const report of wait.reports) removeReport(platform, report);
      const error = await waitUntilEnd(wait, display)
        .then(() => null, errorToTell);
      const { reason, exitCode } = waitOutcome(
        wait.decision,
        display.stopSignal,
      );
      const isWritten = await writeReports(wait, error, exitCode);
      if (error !== null) throw error;
      const signalCode = reason === "aborted" ? display.signalExitCode() : null;
      if (signalCode !== null) return signalCode;
      return isWritten ? exitCode : exitCode || NOT_WRITTEN;
    } finally {
      await display.close();
    }
  },
};

const NOT_WRITTEN = 4;

/** What a wait is asked, and how far it has come. */
type Wait = ReturnType<typeof readWait>;

/** Shows each snapshot and decides on it, until there is an end. */
async function waitUntilEnd(wait: Wait, display: Display): Promise<void> {
  const { goal, store, print, timeoutS, platform: { clock } } = wait;
  const endMs = clock.elapsedMs() + timeoutS * 1000;
  const leftMs = () => Math.max(0, endMs - clock.elapsedMs());
  const { stopSignal: signal } = display;
  const limits = { timeoutMs: leftMs(), signal };
  const workspace = await findWorkspace(wait, limits, async () => {
    if (goal.expect === undefined) throw await nothingThere(store, null);
  });
  wait.workspace = workspace;
  if (workspace !== null) {
    const leaveOut = await sessionsToLeaveOut(wait, workspace);
    const selection = { ...wait.selection, leaveOut };
    const options = { selection, timeoutMs: leftMs() };
    await display.showUntil(workspace, options, async (snapshot) => {
      wait.decision = decideWait(goal, wait.decision, snapshot);
      const { end } = wait.decision;
      if (end === "nothing") throw await whyNothing(wait, workspace);
      return end !== null;
    });
  }
  const isOutOfTime = wait.decision.end === null && !signal.aborted;
  if (!isOutOfTime || print === "nothing") return;
  const time = timeoutS % 60 === 0 ? `${timeoutS / 60} min` : `${timeoutS} s`;
  const what = `Cannot wait any longer: time ran out after ${time}`;
  throw new PtrackError(what, 124);
}

/** Why there is nothing to wait for. */
async function whyNothing(
  { store, decision: { missing, snapshot } }: Wait,
  workspace: string,
): Promise<PtrackError> {
  if (missing.length > 0) {
    return await noSuchSessions(store, missing, workspace);
  }
  if (snapshot === null) return await nothingThere(store, workspace);
  return new NotFoundError(
    `Cannot wait for workspace ${JSON.stringify(workspace)}: ` +
      "no session is there to wait for",
  );
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

/** Writes the reports, whatever the end; whether all could be written. */
async function writeReports(
  { platform, store, goal, reports, workspace, decision, ...wait }: Wait,
  error: PtrackError | null,
  exitCode: number,
): Promise<boolean> {
  if (reports.length === 0) return true;
  const snapshot = decision.snapshot ??
    takeSnapshot(workspace ?? "", [], { nowUs: platform.clock.nowUs() });
  const missing = missingSessions(goal, decision);
  if (snapshot.sessions.length + missing.length === 0) {
    // A report without a word would look like a success.
    const reason = error?.message ?? "Nothing was there to wait for";
    missing.push({ sessionId: "", kind: "missing", reason });
  }
  const isSuccess = error === null && exitCode === 0;
  const results = await readResults(store, snapshot, {
    missing,
    unfinished: isSuccess ? "accepted" : "error",
    logs: logsNeeded(reports.map(({ format }) => format)),
    batch: wait.selection.batch,
    tail: wait.tail,
    attempts: wait.attempts,
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

/** The sessions that were waited for in vain. */
function missingSessions(
  { expect }: WaitGoal,
  { end, vanished, missing, lacking }: WaitDecision,
): MissingSession[] {
  const list = vanished.map((sessionId): MissingSession => ({
    sessionId,
    kind: "vanished",
    reason: "It went away before its end",
  }));
  if (end === "completed" || end === "failed") return list;
  for (const sessionId of missing) {
    list.push({ sessionId, kind: "missing", reason: "It never began" });
  }
  // Those that are missing by name may be among those that lack in number.
  const left = lacking - missing.length;
  if (left > 0) {
    const reason = `${left} of ${expect} expected sessions never began`;
    list.push({ sessionId: "", kind: "missing", reason });
  }
  return list;
}

/** A wait that runs in a session must not wait for it, unless told to. */
async function sessionsToLeaveOut(
  { platform, store, goal: { named = [], expect } }: Wait,
  workspace: string,
): Promise<string[]> {
  const around = variable(platform, "PTRACK_WORKSPACE") ?? DEFAULT_WORKSPACE;
  let own = around === workspace ? variable(platform, "PTRACK_SESSION") : null;
  if (own === null) {
    // An agent's hooks keep the session of its shell.
    const ref = await ownSession(platform, { store, workspace })
      .catch(() => null);
    own = ref?.sessionId ?? null;
  }
  const asked = [...named, ...(typeof expect === "object" ? expect : [])];
  return own === null || asked.includes(own) ? [] : [own];
}

function readWait(platform: Platform, invocation: Invocation) {
  const request = readRequest(platform, invocation);
  const timeout = invocation.text("timeout") ?? "60";
  const goal: WaitGoal = {
    any: invocation.flag("any"),
    expect: readExpectation(invocation.text("expect")),
    named: request.selection.sessions,
    except: readIds(invocation.text("except"), "--except"),
    firstFailure: invocation.flag("first-failure"),
    untilWaiting: invocation.flag("until-waiting"),
  };
  const print: Print = invocation.flag("quiet") ? "nothing" : "changes";
  const timeoutS = parseSeconds(timeout, "--timeout", "minutes");
  const reports = readReportTargets(invocation.list("report"));
  const decision = decideWait(goal, null, null);
  const depth = readDepth(invocation);
  return { ...request, ...depth, goal, print, timeoutS, reports, decision };
}

/** A number, if there are only digits; else names. */
function readExpectation(text: string | null): WaitGoal["expect"] {
  if (text === null) return undefined;
  if (!/^\d+$/.test(text)) {
    // Sessions that have yet to begin have names that follow our rule.
    return readIds(text, "--expect").map((id) => checkName(id, "session"));
  }
  const count = Number(text);
  if (count > 0 && Number.isSafeInteger(count)) return count;
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
