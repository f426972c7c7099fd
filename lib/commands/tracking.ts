/**
 * What the tracking verbs share: which session is meant, by the command line
 * or the environment, and how a recorded event or a refusal is reported. They
 * print nothing on success.
 */
import type { Command, Invocation } from "../cli/command.ts";
import {
  isOn,
  namedDirectory,
  parseCount,
  SESSION,
  setting,
  variable,
  WORKSPACE,
} from "../cli/options.ts";
import {
  explain,
  NotFoundError,
  PtrackError,
  StorageError,
  usageError,
  warn,
} from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import { DEFAULT_WORKSPACE } from "../session/names.ts";
import type { SessionRef } from "../session/types.ts";
import { openStore } from "../store/open.ts";
import type { Recorded, SessionStore } from "../store/store.ts";
import { SessionTracker } from "../tracker.ts";

/** The longest text that is read from standard input, in bytes. */
const INPUT_LIMIT = 16 * 1024 * 1024;

/** The exit codes of every tracking verb. */
export const EXIT_CODES: Command["exitCodes"] = [
  [0, "recorded"],
  [1, "refused: the session's state does not allow it"],
  [2, "the command line or the environment is wrong"],
  [3, "no such session"],
  [4, "could not read or write"],
];

/** Records an event, with the TEXT of the command line; returns the exit code. */
export async function track(
  platform: Platform,
  invocation: Invocation,
  record: (session: SessionTracker, text: string) => Promise<Recorded | null>,
): Promise<number> {
  try {
    const store = openStore(platform, namedDirectory(platform, invocation));
    const ref = await refOf(platform, invocation, store);
    const attempt = attemptOf(platform, ref) ?? undefined;
    const context = { store, platform };
    const session = new SessionTracker({ ...ref, attempt }, context);
    const text = await readText(platform, invocation);
    const recorded = await record(session, text).catch(async (error) => {
      if (!(error instanceof NotFoundError)) throw error;
      const { explainMissing } = await import("./not_found.ts");
      throw await explainMissing(store, ref, error);
    });
    printWarnings(platform, recorded);
  } catch (error) {
    const isStrict = invocation.flag("verify");
    if (isStrict || !isForgiven(platform, error)) throw error;
    warn(platform, error.message);
  }
  return 0;
}

/** Prints the warnings about an event that was recorded. */
export function printWarnings(
  platform: Platform,
  recorded: Recorded | null,
): void {
  const warnings = recorded?.warnings ?? [];
  if (warnings.length > 0) warn(platform, warnings.join("; "));
}

/** Whether PTRACK_BEST_EFFORT makes a warning of this error. */
export function isForgiven(
  platform: Platform,
  error: unknown,
): error is PtrackError {
  return error instanceof PtrackError && [1, 3, 4].includes(error.exitCode) &&
    isOn(platform, "PTRACK_BEST_EFFORT");
}

/** The session that an option, the environment or an agent's hooks name. */
async function refOf(
  platform: Platform,
  invocation: Invocation,
  store: SessionStore,
): Promise<SessionRef> {
  const workspace = setting(platform, invocation, WORKSPACE);
  const sessionId = setting(platform, invocation, SESSION);
  if (sessionId !== null) {
    return { sessionId, workspace: workspace ?? DEFAULT_WORKSPACE };
  }
  // That of the agent in whose shell this runs.
  if (variable(platform, "CLAUDE_CODE_SESSION_ID") !== null) {
    const { ownSession } = await import("../agents/identity.ts");
    const ref = await ownSession(platform, { store, workspace });
    if (ref !== null) return ref;
  }
  throw usageError(
    invocation.command,
    "no session is named; use --session or PTRACK_SESSION",
  );
}

/** PTRACK_ATTEMPT, which counts only for the session of the environment. */
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

/** What help says of a TEXT that `readText` reads. */
export const FROM_INPUT = "- reads it from standard input";

/** The TEXT of a command, `-` being standard input; "" if there is none. */
export async function readText(
  platform: Platform,
  invocation: Invocation,
): Promise<string> {
  const [text = ""] = invocation.operands;
  if (text !== "-") return text;
  try {
    const input = await platform.openInput();
    return input.readAll(INPUT_LIMIT).replace(/\r?\n$/, "");
  } catch (cause) {
    throw new StorageError(`Cannot read standard input: ${explain(cause)}`, {
      cause,
    });
  }
}
