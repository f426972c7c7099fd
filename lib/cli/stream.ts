/**
 * `ptrack stream`: from what was typed to a session that runs, then the lines
 * of standard input into it, and from what became of it to an exit code.
 */
import { NotFoundError, PtrackError, RefusedError } from "../errors.ts";
import type { Host, SignalName } from "../host/host.ts";
import { runStream, type StreamEnd } from "../run/stream.ts";
import type { Owner, Status } from "../session/types.ts";
import { openStore } from "../store/open.ts";
import { DEFAULT_WORKSPACE, Tracking } from "../tracker.ts";
import { describeOwner } from "../owners.ts";
import { isOn, namedDirectory, setting } from "./environment.ts";
import type { Invocation } from "./invocation.ts";
import { oneLine } from "./one_line.ts";
import { SESSION, WORKSPACE } from "./shared_options.ts";
import { newId, startOptions } from "./start.ts";
import { attemptOf } from "./track.ts";
import { complain } from "./usage.ts";
import { parseCount } from "./values.ts";

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
  host: Host,
  invocation: Invocation,
): Promise<number> {
  const pid = invocation.text("pid");
  const owner = pid === null
    ? null
    : describeOwner(host, parseCount(pid, "--pid"));
  let tracking: Tracking;
  try {
    tracking = invocation.flag("attach")
      ? await attach(host, invocation)
      : await begin(host, invocation, owner);
  } catch (error) {
    if (!isForgiven(host, error)) throw error;
    say(host, error.message);
    for await (const _ of host.stdin.chunks());
    return 0;
  }
  const end = await runStream(host, {
    tracking,
    owner,
    withoutEnd: invocation.flag("detach") ? "detach" : "fail",
    leave: invocation.flag("until-end") ? "at-end" : "after-input",
  });
  return exitCodeOf(end);
}

/** The producer is worth more than the report: it is read to its end. */
function isForgiven(host: Host, error: unknown): error is PtrackError {
  return error instanceof PtrackError && error.exitCode !== 2 &&
    isOn(host, "PTRACK_BEST_EFFORT");
}

async function begin(
  host: Host,
  invocation: Invocation,
  owner: Owner | null,
): Promise<Tracking> {
  const [description = ""] = invocation.operands;
  const named = setting(host, invocation, SESSION);
  const options = startOptions(host, invocation);
  const tracking = new Tracking({
    sessionId: named ?? newId(host, description),
    workspace: setting(host, invocation, WORKSPACE) ?? DEFAULT_WORKSPACE,
    store: openStore(host, namedDirectory(host, invocation)),
    clock: host.clock,
    sight: host,
  });
  const ours = invocation.flag("detach") ? null : host.pid;
  const { warnings } = await tracking.start(description, {
    ...options,
    ownerPid: owner?.pid ?? ours,
  }).catch((error) => {
    throw invocation.text(SESSION.name) === null ? advised(error) : error;
  });
  if (warnings.length > 0) say(host, warnings.join("; "));
  if (named === null) tell(host, tracking.ref.sessionId);
  return tracking;
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
async function attach(host: Host, invocation: Invocation): Promise<Tracking> {
  for (const option of AT_START) {
    const isTyped = invocation.text(option) !== null ||
      invocation.flag(option) || invocation.list(option).length > 0;
    if (!isTyped && invocation.operands.length === 0) continue;
    const what = isTyped ? `option "--${option}"` : "a text";
    throw complain("stream", `${what} is for a session that begins`);
  }
  const sessionId = setting(host, invocation, SESSION);
  if (sessionId === null) {
    throw complain("stream", "--attach needs --session or PTRACK_SESSION");
  }
  const workspace = setting(host, invocation, WORKSPACE) ?? DEFAULT_WORKSPACE;
  const store = openStore(host, namedDirectory(host, invocation));
  const ref = { sessionId, workspace };
  const options = { ...ref, store, clock: host.clock, sight: host };
  // Checks the names before anything is read.
  const { ref: checked } = new Tracking(options);
  const status = (await store.read(checked))?.status;
  if (status === undefined) {
    throw new NotFoundError(
      `Cannot attach to "${sessionId}": workspace "${workspace}" has no such ` +
        `session`,
    );
  }
  const attempt = attemptOf(host, ref) ?? runningAttempt(status);
  return new Tracking({ ...options, attempt });
}

function runningAttempt({ session_id, state, ptrack }: Status): number {
  if (state === "running") return ptrack?.attempt ?? 1;
  throw new RefusedError(
    `Cannot attach to "${session_id}": it is ${state}, not running`,
  );
}

/** Nobody who does not read the id needs it. */
function tell(host: Host, sessionId: string): void {
  try {
    host.stdout.write(`${sessionId}\n`);
  } catch {
    // Standard output is closed or full; the session runs all the same.
  }
}

function say(host: Host, text: string): void {
  try {
    host.stderr.write(`warning: ${oneLine(text)}\n`);
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
