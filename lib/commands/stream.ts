/**
 * `ptrack stream`: from what was typed to a session that runs, then the lines
 * of standard input into it, and from what became of it to an exit code.
 */
import { NotFoundError, PtrackError, RefusedError } from "../errors.ts";
import type { Platform, SignalName } from "../platform/platform.ts";
import { runStream, type StreamEnd } from "../run/stream.ts";
import type { Owner, Status } from "../session/types.ts";
import { openStore } from "../store/open.ts";
import { DEFAULT_WORKSPACE, SessionTracker } from "../tracker.ts";
import { describeOwner } from "../process/owners.ts";
import { isOn, namedDirectory, setting } from "../cli/environment.ts";
import type { Invocation } from "../cli/invocation.ts";
import { oneLine } from "../cli/one_line.ts";
import { SESSION, WORKSPACE } from "../cli/shared_options.ts";
import { newId, startOptions } from "./start.ts";
import { attemptOf } from "./track.ts";
import { complain } from "../cli/usage.ts";
import { parseCount } from "../cli/values.ts";

/** What a session that runs already cannot be told any more. */
const AT_START = [
  "meta",
  "heartbeat-timeout",
  "session-timeout",
  "batch",
  "restart",
  "force",
];

const SIGNALS: Partial<Record<SignalName, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGTERM: 15,
};

/** Runs a stream to its end; returns the exit code. */
export async function runStreamCommand(
  platform: Platform,
  invocation: Invocation,
): Promise<number> {
  const pid = invocation.text("pid");
  const owner = pid === null
    ? null
    : describeOwner(platform, parseCount(pid, "--pid"));
  let tracker: SessionTracker;
  try {
    tracker = invocation.flag("attach")
      ? await attach(platform, invocation)
      : await begin(platform, invocation, owner);
  } catch (error) {
    if (!isForgiven(platform, error)) throw error;
    say(platform, error.message);
    for await (const _ of platform.stdin.chunks());
    return 0;
  }
  const end = await runStream(platform, {
    tracker,
    owner,
    withoutEnd: invocation.flag("detach") ? "detach" : "fail",
    leave: invocation.flag("until-end") ? "at-end" : "after-input",
  });
  return exitCodeOf(end);
}

/** The producer is worth more than the report: it is read to its end. */
function isForgiven(platform: Platform, error: unknown): error is PtrackError {
  return error instanceof PtrackError && error.exitCode !== 2 &&
    isOn(platform, "PTRACK_BEST_EFFORT");
}

async function begin(
  platform: Platform,
  invocation: Invocation,
  owner: Owner | null,
): Promise<SessionTracker> {
  const [description = ""] = invocation.operands;
  const named = setting(platform, invocation, SESSION);
  const options = startOptions(platform, invocation);
  const tracker = new SessionTracker({
    sessionId: named ?? newId(platform, description),
    workspace: setting(platform, invocation, WORKSPACE) ?? DEFAULT_WORKSPACE,
  }, {
    store: openStore(platform, namedDirectory(platform, invocation)),
    platform,
  });
  const ours = invocation.flag("detach") ? null : platform.pid;
  const { warnings } = await tracker.start(description, {
    ...options,
    ownerPid: owner?.pid ?? ours,
  }).catch((error) => {
    throw invocation.text(SESSION.name) === null ? advised(error) : error;
  });
  if (warnings.length > 0) say(platform, warnings.join("; "));
  if (named === null) tell(platform, tracker.ref.sessionId);
  return tracker;
}

/** Who has the session from the environment is most likely within it. */
function advised(error: unknown): unknown {
  if (!(error instanceof RefusedError)) return error;
  const [what = ""] = error.message.split("; ");
  return new RefusedError(
    `${what}; report to it with --attach, or name another with --session`,
  );
}

/** The session runs already; later attempts are none of our business. */
async function attach(
  platform: Platform,
  invocation: Invocation,
): Promise<SessionTracker> {
  for (const option of AT_START) {
    const isTyped = invocation.text(option) !== null ||
      invocation.flag(option) || invocation.list(option).length > 0;
    if (!isTyped && invocation.operands.length === 0) continue;
    const what = isTyped ? `option "--${option}"` : "a text";
    throw complain("stream", `${what} is for a session that begins`);
  }
  const sessionId = setting(platform, invocation, SESSION);
  if (sessionId === null) {
    throw complain("stream", "--attach needs --session or PTRACK_SESSION");
  }
  const workspace = setting(platform, invocation, WORKSPACE) ??
    DEFAULT_WORKSPACE;
  const store = openStore(platform, namedDirectory(platform, invocation));
  const ref = { sessionId, workspace };
  const context = { store, platform };
  // Checks the names before anything is read.
  const { ref: checked } = new SessionTracker(ref, context);
  const status = (await store.read(checked))?.status;
  if (status === undefined) {
    throw new NotFoundError(
      `Cannot attach to "${sessionId}": workspace "${workspace}" has no such ` +
        `session`,
    );
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

/** Nobody who does not read the id needs it. */
function tell(platform: Platform, sessionId: string): void {
  try {
    platform.stdout.write(`${sessionId}\n`);
  } catch {
    // Standard output is closed or full; the session runs all the same.
  }
}

function say(platform: Platform, text: string): void {
  try {
    platform.stderr.write(`warning: ${oneLine(text)}\n`);
  } catch {
    // Standard error is closed or full.
  }
}

function exitCodeOf({ fate, isComplete, signal }: StreamEnd): number {
  if (signal !== null) return 128 + (SIGNALS[signal] ?? 0);
  if (fate.kind === "lost") return fate.exitCode;
  if (!isComplete) return 4;
  return fate.kind === "failed" ? 1 : 0;
}
