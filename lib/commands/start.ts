/**
 * `ptrack start`: begins a session, under a new id if none is named, and
 * prints the id, or `export` lines that tell all later calls of it.
 */
import { errorMessage, StorageError, valueError } from "../errors.ts";
import { resolve } from "@std/path";
import type { SessionStartOptions } from "../arguments.ts";
import type { Command, Invocation } from "../cli/command.ts";
import {
  BATCH,
  FORCE,
  HEARTBEAT_TIMEOUT,
  META,
  namedDirectory,
  OWNER,
  parseCount,
  parseMetadata,
  RESTART,
  secondsOf,
  SESSION,
  SESSION_TIMEOUT,
  setting,
  variable,
  workspaceOf,
} from "../cli/options.ts";
import type { Platform } from "../platform/platform.ts";
import { nameFrom } from "../session/names.ts";
import type { SessionView } from "../session/types.ts";
import { shellQuote } from "../session/shell_quote.ts";
import { openStore } from "../store/open.ts";
import { SessionTracker } from "../tracker.ts";
import { EXIT_CODES, FROM_INPUT, printWarnings, readText } from "./tracking.ts";

/** The operand of commands that begin a session. */
export const DESCRIPTION = {
  kind: "text",
  name: "TEXT",
  required: false,
  help: "What the session will do",
} as const;

/** What all commands that begin a session may say about it. */
export const START_OPTIONS = [META, HEARTBEAT_TIMEOUT, SESSION_TIMEOUT, BATCH];

export const command: Command = {
  name: "start",
  summary: "Begin a session",
  operands: { ...DESCRIPTION, help: `${DESCRIPTION.help}; ${FROM_INPUT}` },
  options: [
    SESSION,
    ...START_OPTIONS,
    OWNER,
    RESTART,
    FORCE,
    {
      name: "export",
      help: "Print export lines for eval; without -s always a new session",
    },
  ],
  details: [
    "Without a session id, start makes one from TEXT and prints it. If the " +
    "session exists already, start refuses and says in which state it is.",
    "With --export, a refusal prints `false`, so that eval fails. Where what " +
    "it prints cannot be written, the session is taken back. The owner " +
    "is --pid, else PTRACK_OWNER_PID, else CLAUDE_PID. A session without an " +
    "owner that is killed is noticed only when its heartbeats stop.",
  ],
  examples: [
    ['ptrack -w adrs start -s adr-01 "ADR-001: Auth"', "begin a named session"],
    [
      'eval "$(ptrack start --export --pid $$ "Nightly")"',
      "begin a new one, for the whole script",
    ],
  ],
  isReport: true,
  exitCodes: EXIT_CODES,
  async run(platform, invocation) {
    const description = await readText(platform, invocation);
    const isExport = invocation.flag("export");
    const named = isExport
      ? invocation.text(SESSION.name)
      : setting(platform, invocation, SESSION);
    const tracker = await beginSession(platform, invocation, {
      named,
      description,
      ownerPid: ownerOf(platform, invocation),
    });
    if (isExport) {
      const line = exportLine(platform, invocation, tracker);
      await tell(platform, invocation, { tracker, text: line });
    } else if (named === null) {
      const text = `${tracker.ref.sessionId}\n`;
      await tell(platform, invocation, { tracker, text });
    }
    return 0;
  },
};

/** Prints how to reach the session; one that nobody can reach is taken back. */
async function tell(
  platform: Platform,
  invocation: Invocation,
  { tracker, text }: { tracker: SessionTracker; text: string },
): Promise<void> {
  try {
    platform.stdout.write(text);
  } catch (cause) {
    const { ref, attempt } = tracker;
    const store = openStore(platform, namedDirectory(platform, invocation));
    const isOurs = ({ status }: SessionView) =>
      status.ptrack?.attempt === attempt;
    // An attempt before it is kept, so this one ends.
    const isGone = attempt === 1 && await store.remove(ref, isOurs);
    const why = errorMessage(cause);
    if (!isGone) await tracker.fail(why);
    throw new StorageError(
      `Cannot begin "${ref.sessionId}", because nobody would know of it: ${why}`,
      { cause },
    );
  }
}

/** Begins the session that is named, or a new one. */
export async function beginSession(
  platform: Platform,
  invocation: Invocation,
  { named, description, ownerPid }: {
    named: string | null;
    description: string;
    ownerPid: number | undefined;
  },
): Promise<SessionTracker> {
  const options = startOptions(platform, invocation);
  const store = openStore(platform, namedDirectory(platform, invocation));
  const tracker = new SessionTracker({
    sessionId: named ?? newId(platform, description),
    workspace: workspaceOf(platform, invocation),
  }, { store, platform });
  printWarnings(
    platform,
    await tracker.start(description, { ...options, ownerPid }),
  );
  return tracker;
}

/** A new session id that resembles a text. */
export function newId(platform: Platform, text: string): string {
  return `${nameFrom(text.slice(0, 200))}-${platform.randomId()}`;
}

/** How a session begins, but for its owner: typed, or from the environment. */
export function startOptions(
  platform: Platform,
  invocation: Invocation,
): SessionStartOptions {
  const metadata = invocation.list("meta");
  return {
    ...(metadata.length === 0 ? {} : { metadata: parseMetadata(metadata) }),
    batch: batchOf(platform, invocation) ?? undefined,
    heartbeatTimeoutS: secondsOf(invocation, "heartbeat-timeout") ?? undefined,
    sessionTimeoutS: secondsOf(invocation, "session-timeout") ?? undefined,
    restart: invocation.flag("restart"),
    force: invocation.flag("force"),
  };
}

function batchOf(platform: Platform, invocation: Invocation): string | null {
  const batch = setting(platform, invocation, BATCH);
  if (batch === "") throw valueError(batch, "--batch", "it is empty");
  return batch;
}

/** Never guessed: a wrong owner would make healthy sessions look crashed. */
function ownerOf(
  platform: Platform,
  invocation: Invocation,
): number | undefined {
  const typed = invocation.text(OWNER.name);
  if (typed !== null) return parseCount(typed, "--pid");
  const ours = variable(platform, "PTRACK_OWNER_PID");
  if (ours !== null) return parseCount(ours, "PTRACK_OWNER_PID");
  // Set by another program: nonsense in it is not an error of our user.
  const claude = variable(platform, "CLAUDE_PID") ?? "";
  return /^[1-9]\d{0,14}$/.test(claude) ? Number(claude) : undefined;
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
    `${name}=${shellQuote(value)}`
  );
  return `export ${words.join(" ")}\n`;
}
