/**
 * `ptrack stream`: from what was typed to a session that runs, then the lines
 * of standard input into it, and from what became of it to an exit code.
 */
import { NotFoundError, RefusedError, usageError, warn } from "../errors.ts";
import type { Command, Invocation, Option } from "../cli/command.ts";
import {
  FORCE,
  namedDirectory,
  parseCount,
  RESTART,
  SESSION,
  setting,
  workspaceOf,
} from "../cli/options.ts";
import type { Platform } from "../platform/platform.ts";
import { exitCodeOfSignal } from "../platform/signals.ts";
import { describeOwner, processInspector } from "../process/owners.ts";
import { runStream, type StreamEnd } from "../run/stream.ts";
import type { Owner, Status } from "../session/types.ts";
import { openStore } from "../store/open.ts";
import { SessionTracker } from "../tracker.ts";
import { beginSession, DESCRIPTION, START_OPTIONS } from "./start.ts";
import { attemptOf, isForgiven } from "./tracking.ts";

/** The owner of a stream's session; never from the environment. */
const PRODUCER: Option = {
  name: "pid",
  value: "N",
  help: "Process that owns the session (the stream itself)",
};

export const command: Command = {
  name: "stream",
  summary: "Begin a session that reports the lines of standard input",
  operands: DESCRIPTION,
  options: [
    SESSION,
    ...START_OPTIONS,
    PRODUCER,
    RESTART,
    FORCE,
    {
      name: "attach",
      help: "Report to a running session instead of beginning one",
    },
    {
      name: "detach",
      help:
        "Leave the session running if the input ends without complete or fail",
    },
    {
      name: "until-end",
      help: "Exit at complete or fail, not at the end of the input",
    },
  ],
  details: [
    "A line is one of: `50 Drafting`, `50%` or `7/20 chapters` (progress, and " +
    "a message), `heartbeat TEXT`, `waiting TEXT`, `error TEXT`, `complete " +
    "FILE FILE` (names without spaces), `fail TEXT`. Or it is JSON: " +
    '{"event": "heartbeat", "pct": 50, "message": "Drafting", "metadata": {}}, ' +
    '{"event": "error", "text": "…"} (waiting and fail likewise), ' +
    '{"event": "complete", "output": ["a b.md"], "message": "…"}. Empty lines ' +
    "are ignored; other lines are reported on standard error.",
    "Progress may come as often as you like: the newest is on disk within " +
    "100 ms, everything else at once. If the input ends without complete or " +
    "fail, the session fails.",
    "Without a session id, stream makes one from TEXT and prints it.",
  ],
  examples: [
    [
      '(for i in 1 2 3; do echo "$i/3"; done; echo complete) | ptrack stream',
      "a loop that reports each round",
    ],
    [
      './convert --progress | ptrack stream -s convert "Convert all"',
      "a program that prints such lines",
    ],
  ],
  exitCodes: [
    [0, "the session completed, or was left running by --detach"],
    [1, "the session failed, was refused, or was ended or restarted elsewhere"],
    [2, "the command line or the environment is wrong"],
    [3, "no such session, or it was removed"],
    [4, "could not read or write: the last lines are not recorded"],
    [128, "plus N: signal N ended it"],
  ],
  async run(platform, invocation) {
    const pid = invocation.text("pid");
    const owner = pid === null
      ? null
      : describeOwner(processInspector(platform), parseCount(pid, "--pid"));
    let tracker: SessionTracker;
    try {
      tracker = invocation.flag("attach")
        ? await attach(platform, invocation)
        : await begin(platform, invocation, owner);
    } catch (error) {
      if (!isForgiven(platform, error)) throw error;
      warn(platform, error.message);
      // Whoever writes to the stream must not fail: read all of it.
      const input = await platform.openInput();
      for await (const _ of input.chunks());
      return 0;
    }
    const end = await runStream(platform, {
      tracker,
      owner,
      withoutEnd: invocation.flag("detach") ? "detach" : "fail",
      stopAt: invocation.flag("until-end") ? "session-end" : "input-end",
    });
    return exitCodeOf(end);
  },
};

async function begin(
  platform: Platform,
  invocation: Invocation,
  owner: Owner | null,
): Promise<SessionTracker> {
  const [description = ""] = invocation.operands;
  const named = setting(platform, invocation, SESSION);
  const ours = invocation.flag("detach") ? undefined : platform.pid;
  const ownerPid = owner?.pid ?? ours;
  const begun = { named, description, ownerPid };
  const tracker = await beginSession(platform, invocation, begun)
    .catch((error) => {
      throw invocation.text(SESSION.name) === null ? advised(error) : error;
    });
  if (named === null) printId(platform, tracker.ref.sessionId);
  return tracker;
}

/** A session from the environment is most likely the one that runs this. */
function advised(error: unknown): unknown {
  if (!(error instanceof RefusedError)) return error;
  const [what = ""] = error.message.split("; ");
  return new RefusedError(
    `${what}; report to it with --attach, or name another with --session`,
  );
}

/** The session that runs already, in its present attempt. */
async function attach(
  platform: Platform,
  invocation: Invocation,
): Promise<SessionTracker> {
  for (const { name: option } of [...START_OPTIONS, RESTART, FORCE]) {
    const isTyped = invocation.text(option) !== null ||
      invocation.flag(option) || invocation.list(option).length > 0;
    if (!isTyped && invocation.operands.length === 0) continue;
    const what = isTyped ? `option "--${option}"` : "a text";
    throw usageError("stream", `${what} is for a session that begins`);
  }
  const sessionId = setting(platform, invocation, SESSION);
  if (sessionId === null) {
    throw usageError("stream", "--attach needs --session or PTRACK_SESSION");
  }
  const workspace = workspaceOf(platform, invocation);
  const store = openStore(platform, namedDirectory(platform, invocation));
  const ref = { sessionId, workspace };
  const context = { store, platform };
  // Checks the names before anything is read.
  const { ref: checked } = new SessionTracker(ref, context);
  const status = (await store.read(checked))?.status;
  if (status === undefined) {
    const error = new NotFoundError(
      `Cannot attach to "${sessionId}": workspace "${workspace}" has no such ` +
        `session`,
    );
    const { explainMissing } = await import("./not_found.ts");
    throw await explainMissing(store, checked, error);
  }
  const attempt = attemptOf(platform, ref) ?? runningAttempt(status);
  return new SessionTracker({ ...ref, attempt }, context);
}

function runningAttempt({ session_id, state, ptrack }: Status): number {
  if (state === "running") return ptrack?.attempt ?? 1;
  throw new RefusedError(
    `Cannot attach to "${session_id}": it is ${state}, not running`,
  );
}

/** Whoever does not read the id does not need it. */
function printId(platform: Platform, sessionId: string): void {
  try {
    platform.stdout.write(`${sessionId}\n`);
  } catch {
    // Standard output is closed or full; the session runs all the same.
  }
}

function exitCodeOf({ outcome, isComplete, signal }: StreamEnd): number {
  if (signal !== null) return exitCodeOfSignal(signal);
  if (outcome.kind === "lost") return outcome.exitCode;
  if (!isComplete) return 4;
  return outcome.kind === "failed" ? 1 : 0;
}
