/**
 * The tracking verbs as commands: which session, from the command line or the
 * environment, and the one call that records. They print nothing on success;
 * only `start` prints the id that it made, or lines for `eval`.
 */
import { explain, PtrackError, StorageError } from "../errors.ts";
import type { Host } from "../host/host.ts";
import { openStore } from "../store/open.ts";
import type { SessionRef } from "../session/types.ts";
import type { Recorded, SessionStore } from "../store/store.ts";
import { DEFAULT_WORKSPACE, Tracking } from "../tracker.ts";
import { isOn, namedDirectory, setting, variable } from "./environment.ts";
import type { Invocation } from "./invocation.ts";
import { oneLine } from "./one_line.ts";
import { SESSION, WORKSPACE } from "./shared_options.ts";
import { runStart } from "./start.ts";
import { outputCheck } from "../store/outputs.ts";
import { complain } from "./usage.ts";
import { parseCount, parseMetadata, parsePercent } from "./values.ts";

/** The longest text that is read from standard input, in bytes. */
const INPUT_LIMIT = 16 * 1024 * 1024;

/** Runs a tracking verb; returns the exit code. */
export async function runTracking(
  host: Host,
  invocation: Invocation,
): Promise<number> {
  try {
    const recorded = await record(host, invocation);
    const { warnings } = recorded;
    if (warnings.length > 0) warn(host, warnings.join("; "));
  } catch (error) {
    if (!isForgiven(host, invocation, error)) throw error;
    warn(host, error.message);
  }
  return 0;
}

function warn(host: Host, text: string): void {
  host.stderr.write(`warning: ${oneLine(text)}\n`);
}

/** Whether reporting is not worth stopping the script that reports. */
function isForgiven(
  host: Host,
  invocation: Invocation,
  error: unknown,
): error is PtrackError {
  return error instanceof PtrackError &&
    [1, 3, 4].includes(error.exitCode) &&
    invocation.command !== "start" &&
    !invocation.flag("verify") &&
    isOn(host, "PTRACK_BEST_EFFORT");
}

async function record(
  host: Host,
  invocation: Invocation,
): Promise<Recorded> {
  if (invocation.command === "start") {
    return runStart(host, invocation, readText(host, invocation) ?? "");
  }
  const tracking = await openTracking(host, invocation);
  switch (invocation.command) {
    case "heartbeat":
      return tracking.heartbeat(heartbeatOptions(invocation));
    case "waiting":
      return tracking.waiting(readText(host, invocation) ?? "");
    case "error":
      return tracking.error(readText(host, invocation) ?? "");
    case "complete":
      return complete(host, invocation, tracking);
    case "fail":
      return tracking.fail(readText(host, invocation) ?? "", {
        outputFiles: [...invocation.list("output")],
      });
    default:
      throw new TypeError(`no verb ${invocation.command}`);
  }
}

async function openTracking(
  host: Host,
  invocation: Invocation,
): Promise<Tracking> {
  const store = openStore(host, namedDirectory(host, invocation));
  const workspace = setting(host, invocation, WORKSPACE);
  const named = setting(host, invocation, SESSION);
  const ref = named === null
    ? await ownAgentSession(host, { store, workspace })
    : { sessionId: named, workspace: workspace ?? DEFAULT_WORKSPACE };
  if (ref === null) {
    throw complain(
      invocation.command,
      "no session is named; use --session or PTRACK_SESSION",
    );
  }
  return new Tracking({
    ...ref,
    attempt: attemptOf(host, ref),
    store,
    clock: host.clock,
    sight: host,
  });
}

/** The session of the agent in whose shell this runs; null if in none. */
async function ownAgentSession(
  host: Host,
  place: { store: SessionStore; workspace: string | null },
): Promise<SessionRef | null> {
  if (variable(host, "CLAUDE_CODE_SESSION_ID") === null) return null;
  const { ownSession } = await import("../claude/identity.ts");
  return await ownSession(host, place);
}

/** PTRACK_ATTEMPT, which says nothing of any session but the environment's. */
export function attemptOf(
  host: Host,
  session: { sessionId: string; workspace: string },
): number | null {
  const attempt = variable(host, "PTRACK_ATTEMPT");
  const workspace = variable(host, "PTRACK_WORKSPACE") ?? DEFAULT_WORKSPACE;
  const isOurs = session.sessionId === variable(host, "PTRACK_SESSION") &&
    session.workspace === workspace;
  if (attempt === null || !isOurs) return null;
  return parseCount(attempt, "PTRACK_ATTEMPT");
}

function heartbeatOptions(invocation: Invocation) {
  const pct = invocation.text("pct");
  const metadata = invocation.list("meta");
  return {
    progressPct: pct === null ? null : parsePercent(pct, "--pct"),
    message: invocation.text("message") ?? "",
    ...(metadata.length === 0 ? {} : { metadata: parseMetadata(metadata) }),
  };
}

function complete(
  host: Host,
  invocation: Invocation,
  tracking: Tracking,
): Promise<Recorded> {
  const message = invocation.text("message");
  return tracking.complete({
    outputFiles: [...invocation.list("output")],
    ...(message === null ? {} : { message }),
    ...(invocation.flag("verify") ? { verify: outputCheck(host) } : {}),
  });
}

/** The TEXT of a command, `-` being standard input; null if there is none. */
function readText(host: Host, invocation: Invocation): string | null {
  const [text] = invocation.operands;
  if (text !== "-") return text ?? null;
  try {
    return host.stdin.readAll(INPUT_LIMIT).replace(/\r?\n$/, "");
  } catch (cause) {
    throw new StorageError(`Cannot read standard input: ${explain(cause)}`, {
      cause,
    });
  }
}
