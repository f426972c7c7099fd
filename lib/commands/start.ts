/**
 * `ptrack start`: begins a session, under a new id if none is named, and
 * prints the id, or `export` lines that tell all later calls of it.
 */
import { resolve } from "@std/path";
import type { Platform } from "../platform/platform.ts";
import { nameFrom } from "../session/names.ts";
import { shellQuote } from "../session/shell_quote.ts";
import { openStore } from "../store/open.ts";
import type { SessionStartOptions } from "../arguments.ts";
import { DEFAULT_WORKSPACE } from "../session/names.ts";
import { SessionTracker } from "../tracker.ts";
import {
  BATCH,
  FORCE,
  HEARTBEAT_TIMEOUT,
  META,
  namedDirectory,
  OWNER,
  parseCount,
  parseMetadata,
  parseSeconds,
  RESTART,
  SESSION,
  SESSION_TIMEOUT,
  setting,
  variable,
  WORKSPACE,
} from "../cli/options.ts";
import type { Command, Invocation } from "../cli/command.ts";
import { badValue } from "../cli/messages.ts";
import { EXIT_CODES, readText, warnOf } from "./tracking.ts";

/** The command `start`. */
export const command: Command = {
  name: "start",
  group: "Tracking",
  summary: "Begin a session",
  operands: {
    kind: "text",
    name: "TEXT",
    required: false,
    help: "What the session will do",
  },
  options: [
    SESSION,
    META,
    HEARTBEAT_TIMEOUT,
    SESSION_TIMEOUT,
    BATCH,
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
    "With --export, a refusal prints `false`, so that eval fails. The owner " +
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
  exitCodes: EXIT_CODES,
  run: start,
};

async function start(
  platform: Platform,
  invocation: Invocation,
): Promise<number> {
  const description = readText(platform, invocation);
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
  warnOf(platform, recorded);
  return 0;
}

/** A new id for a session with this description. */
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

/** Never guessed: a wrong owner would make healthy sessions look crashed. */
function ownerOf(platform: Platform, invocation: Invocation): number | null {
  const typed = invocation.text(OWNER.name);
  if (typed !== null) return parseCount(typed, "--pid");
  const ours = variable(platform, "PTRACK_OWNER_PID");
  if (ours !== null) return parseCount(ours, "PTRACK_OWNER_PID");
  // Set by another program: nonsense in it is not an error of our user.
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
    `${name}=${shellQuote(value)}`
  );
  return `export ${words.join(" ")}\n`;
}
