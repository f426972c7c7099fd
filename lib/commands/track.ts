/**
 * The tracking verbs as commands: which session, from the command line or the
 * environment, and the one call that records. They print nothing on success;
 * only `start` prints the id that it made, or lines for `eval`.
 */
import { explain, PtrackError, StorageError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { openStore } from "../store/open.ts";
import type { SessionRef } from "../session/types.ts";
import type { Recorded, SessionStore } from "../store/store.ts";
import { DEFAULT_WORKSPACE, SessionTracker } from "../tracker.ts";
import { isOn, namedDirectory, setting, variable } from "../cli/environment.ts";
import type { Invocation } from "../cli/invocation.ts";
import { oneLine } from "../cli/one_line.ts";
import { SESSION, WORKSPACE } from "../cli/shared_options.ts";
import { runStart } from "./start.ts";
import { complain } from "../cli/usage.ts";
import { parseCount, parseMetadata, parsePercent } from "../cli/values.ts";

/** The longest text that is read from standard input, in bytes. */
const INPUT_LIMIT = 16 * 1024 * 1024;

/** Runs a tracking verb; returns the exit code. */
export async function runTracking(
  platform: Platform,
  invocation: Invocation,
): Promise<number> {
  try {
    const recorded = await record(platform, invocation);
    const warnings = recorded?.warnings ?? [];
    if (warnings.length > 0) warn(platform, warnings.join("; "));
  } catch (error) {
    if (!isForgiven(platform, invocation, error)) throw error;
    warn(platform, error.message);
  }
  return 0;
}

function warn(platform: Platform, text: string): void {
  platform.stderr.write(`warning: ${oneLine(text)}\n`);
}

/** Whether reporting is not worth stopping the script that reports. */
function isForgiven(
  platform: Platform,
  invocation: Invocation,
  error: unknown,
): error is PtrackError {
  return error instanceof PtrackError &&
    [1, 3, 4].includes(error.exitCode) &&
    invocation.command !== "start" &&
    !invocation.flag("verify") &&
    isOn(platform, "PTRACK_BEST_EFFORT");
}

async function record(
  platform: Platform,
  invocation: Invocation,
): Promise<Recorded | null> {
  if (invocation.command === "start") {
    return runStart(platform, invocation, readText(platform, invocation) ?? "");
  }
  const tracker = await openTracker(platform, invocation);
  switch (invocation.command) {
    case "heartbeat":
      return tracker.heartbeat(heartbeatOptions(invocation));
    case "waiting":
      return tracker.waiting(readText(platform, invocation) ?? "");
    case "error":
      return tracker.error(readText(platform, invocation) ?? "");
    case "complete":
      return complete(invocation, tracker);
    case "fail":
      return tracker.fail(readText(platform, invocation) ?? "", {
        outputFiles: [...invocation.list("output")],
      });
    default:
      throw new TypeError(`no verb ${invocation.command}`);
  }
}

async function openTracker(
  platform: Platform,
  invocation: Invocation,
): Promise<SessionTracker> {
  const store = openStore(platform, namedDirectory(platform, invocation));
  const workspace = setting(platform, invocation, WORKSPACE);
  const named = setting(platform, invocation, SESSION);
  const ref = named === null
    ? await ownAgentSession(platform, { store, workspace })
    : { sessionId: named, workspace: workspace ?? DEFAULT_WORKSPACE };
  if (ref === null) {
    throw complain(
      invocation.command,
      "no session is named; use --session or PTRACK_SESSION",
    );
  }
  const attempt = attemptOf(platform, ref);
  return new SessionTracker({ ...ref, attempt }, { store, platform });
}

/** The session of the agent in whose shell this runs; null if in none. */
async function ownAgentSession(
  platform: Platform,
  place: { store: SessionStore; workspace: string | null },
): Promise<SessionRef | null> {
  if (variable(platform, "CLAUDE_CODE_SESSION_ID") === null) return null;
  const { ownSession } = await import("../agents/identity.ts");
  return await ownSession(platform, place);
}

/** PTRACK_ATTEMPT, which says nothing of any session but the environment's. */
export function attemptOf(
  platform: Platform,
  session: { sessionId: string; workspace: string },
): number | null {
  const attempt = variable(platform, "PTRACK_ATTEMPT");
  const workspace = variable(platform, "PTRACK_WORKSPACE") ?? DEFAULT_WORKSPACE;
  const isOurs = session.sessionId === variable(platform, "PTRACK_SESSION") &&
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
  invocation: Invocation,
  tracker: SessionTracker,
): Promise<Recorded> {
  const message = invocation.text("message");
  return tracker.complete({
    outputFiles: [...invocation.list("output")],
    ...(message === null ? {} : { message }),
    verify: invocation.flag("verify"),
  });
}

/** The TEXT of a command, `-` being standard input; null if there is none. */
function readText(platform: Platform, invocation: Invocation): string | null {
  const [text] = invocation.operands;
  if (text !== "-") return text ?? null;
  try {
    return platform.stdin.readAll(INPUT_LIMIT).replace(/\r?\n$/, "");
  } catch (cause) {
    throw new StorageError(`Cannot read standard input: ${explain(cause)}`, {
      cause,
    });
  }
}
