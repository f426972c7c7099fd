/**
 * `ptrack start`: begins a session, under a new id if none is named, and tells
 * the id, or for `eval` all that later calls need to know.
 */
import { resolve } from "@std/path";
import type { Platform } from "../platform/platform.ts";
import { nameFrom } from "../session/names.ts";
import { openStore } from "../store/open.ts";
import type { Recorded } from "../store/store.ts";
import type { SessionStartOptions } from "../arguments.ts";
import { DEFAULT_WORKSPACE, SessionTracker } from "../tracker.ts";
import { namedDirectory, setting, variable } from "../cli/environment.ts";
import type { Invocation } from "../cli/invocation.ts";
import { BATCH, OWNER, SESSION, WORKSPACE } from "../cli/shared_options.ts";
import { badValue } from "../cli/usage.ts";
import { parseCount, parseMetadata, parseSeconds } from "../cli/values.ts";

/** Starts the session that is named, or a new one; prints what to know. */
export async function runStart(
  platform: Platform,
  invocation: Invocation,
  description: string,
): Promise<Recorded> {
  const isExport = invocation.flag("export");
  const named = isExport
    ? invocation.text(SESSION.name)
    : setting(platform, invocation, SESSION);
  const tracker = new SessionTracker({
    sessionId: named ?? newId(platform, description),
    workspace: setting(platform, invocation, WORKSPACE) ?? DEFAULT_WORKSPACE,
  }, {
    store: openStore(platform, namedDirectory(platform, invocation)),
    platform,
  });
  const recorded = await tracker.start(description, {
    ...startOptions(platform, invocation),
    ownerPid: ownerOf(platform, invocation),
  });
  if (isExport) {
    platform.stdout.write(exportLine(platform, invocation, tracker));
  } else if (named === null) {
    platform.stdout.write(`${tracker.ref.sessionId}\n`);
  }
  return recorded;
}

/** An id for a session that is described so; nobody has it yet. */
export function newId(platform: Platform, description: string): string {
  return `${nameFrom(description.slice(0, 200))}-${platform.randomId()}`;
}

/** How a session begins, but for its owner: typed, or from the environment. */
export function startOptions(
  platform: Platform,
  invocation: Invocation,
): SessionStartOptions {
  const metadata = invocation.list("meta");
  return {
    ...(metadata.length === 0 ? {} : { metadata: parseMetadata(metadata) }),
    batch: batchOf(platform, invocation),
    heartbeatTimeoutS: secondsOf(invocation, "heartbeat-timeout"),
    sessionTimeoutS: secondsOf(invocation, "session-timeout"),
    restart: invocation.flag("restart"),
    force: invocation.flag("force"),
  };
}

function batchOf(platform: Platform, invocation: Invocation): string | null {
  const batch = setting(platform, invocation, BATCH);
  if (batch === "") throw badValue(batch, "--batch", "it is empty");
  return batch;
}

function secondsOf(invocation: Invocation, option: string): number | null {
  const text = invocation.text(option);
  return text === null ? null : parseSeconds(text, `--${option}`);
}

/** Never guessed: a guessed owner marks healthy sessions as crashed. */
function ownerOf(platform: Platform, invocation: Invocation): number | null {
  const typed = invocation.text(OWNER.name);
  if (typed !== null) return parseCount(typed, "--pid");
  const ours = variable(platform, "PTRACK_OWNER_PID");
  if (ours !== null) return parseCount(ours, "PTRACK_OWNER_PID");
  // Somebody else's variable: what makes no sense in it is not our user's fault.
  const claude = variable(platform, "CLAUDE_PID") ?? "";
  return /^[1-9]\d{0,14}$/.test(claude) ? Number(claude) : null;
}

function exportLine(
  platform: Platform,
  invocation: Invocation,
  { ref, attempt }: SessionTracker,
): string {
  const directory = invocation.text("dir");
  const variables = {
    PTRACK_WORKSPACE: ref.workspace,
    PTRACK_SESSION: ref.sessionId,
    PTRACK_ATTEMPT: String(attempt ?? 1),
    ...(directory === null
      ? {}
      : { PTRACK_DIR: resolve(platform.workingDirectory(), directory) }),
  };
  const words = Object.entries(variables).map(([name, value]) =>
    `${name}=${quoteForShell(value)}`
  );
  return `export ${words.join(" ")}\n`;
}

/** One word of a POSIX shell, whatever is in it. */
export function quoteForShell(text: string): string {
  if (/^[A-Za-z0-9_./:@%+,-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
