/** `ptrack monitor log`: one session's events, and those that are added. */
import type { Command, Invocation } from "../../cli/command.ts";
import {
  HEARTBEAT_TIMEOUT,
  parseCount,
  SESSION,
  SESSION_TIMEOUT,
  setting,
} from "../../cli/options.ts";
import { NotFoundError, UsageError, usageError } from "../../errors.ts";
import type { Platform } from "../../platform/platform.ts";
import { jsonLine } from "../../report/json.ts";
import { logLineText, logOffset, logText } from "../../report/log.ts";
import { checkExistingName } from "../../session/names.ts";
import { isAutomatic } from "../../session/log_lines.ts";
import { hasEnded } from "../../session/status.ts";
import type { LogLine, SessionRef } from "../../session/types.ts";
import type { LogCursor, LogRange } from "../../store/store.ts";
import { noSuchSessions, nothingThere, quoteAll } from "../not_found.ts";
import {
  ERROR_CODES,
  JSON_LINES,
  type MonitorRequest,
  openMonitor,
  POLL_INTERVAL,
  readRequest,
} from "./request.ts";

export const command: Command = {
  name: "monitor log",
  summary: "Show one session's events",
  operands: {
    kind: "word",
    name: "ID",
    required: false,
    help: "The session; if not given, -s or PTRACK_SESSION names it",
  },
  options: [
    SESSION,
    { name: "tail", short: "n", value: "N", help: "How many events (20)" },
    { name: "follow", help: "Go on with what is added, until it has ended" },
    JSON_LINES,
    POLL_INTERVAL,
  ],
  ignored: [HEARTBEAT_TIMEOUT, SESSION_TIMEOUT],
  details: [
    "Without -w, it looks for the session in every workspace. If a command " +
    "failed, it also shows how, and how to run it again. Heartbeats that say " +
    "nothing, as those of ptrack run, are shown with --json only.",
  ],
  examples: [
    ["ptrack log adr-01", "its last events"],
    ["ptrack log adr-01 -w adrs --follow", "and those that follow"],
  ],
  exitCodes: [[0, "shown"], ...ERROR_CODES],
  async run(platform, invocation) {
    const request = readRequest(platform, invocation);
    const { store, json } = request;
    const last = parseCount(invocation.text("tail") ?? "20", "--tail");
    const ref = await findSession(request, readSessionId(platform, invocation));
    const page = await store.readLog(ref, { last, ...told(request) });
    if (page === null) {
      throw await noSuchSessions(store, [ref.sessionId], ref.workspace);
    }
    const isFollowed = invocation.flag("follow");
    const offset = json ? 0 : logOffset(page.lines, platform.clock.nowUs());
    const toText = json
      ? jsonLine
      : (line: LogLine) => logLineText(line, offset);
    const print = (lines: readonly LogLine[]) => {
      const text = lines.map((line) => `${toText(line)}\n`).join("");
      if (text !== "") platform.stdout.write(text);
    };
    if (json) print(page.lines);
    else {
      const text = logText(ref, page.lines, offset);
      // The blank line at the end comes after what is still to be added.
      platform.stdout.write(isFollowed ? text.slice(0, -1) : text);
    }
    if (isFollowed) await followLog(request, ref, page.cursor, print);
    const view = json ? null : await store.read(ref);
    if (view?.status.state === "failed") {
      const { readFailures } = await import("./read_results.ts");
      platform.stdout.write(await readFailures(store, [view]));
    }
    return 0;
  },
};

/** People are not told of automatic heartbeats; programs get all there is. */
function told({ json }: MonitorRequest): Pick<LogRange, "leaveOut"> {
  return json ? {} : { leaveOut: isAutomatic };
}

/** Prints what is added until the session has ended. */
async function followLog(
  request: MonitorRequest,
  ref: SessionRef,
  from: LogCursor,
  print: (lines: readonly LogLine[]) => void,
): Promise<void> {
  const { store, pollIntervalMs } = request;
  const selection = { sessions: [ref.sessionId] };
  const changes = (await openMonitor(request, ref.workspace))
    .changes({ selection, pollIntervalMs });
  let cursor = from;
  for await (const [snapshot] of changes) {
    const session = snapshot?.sessions[0];
    const page = await store.readLog(ref, { after: cursor, ...told(request) });
    if (page === null || session === undefined) {
      const name = quoteAll([ref.sessionId]);
      const problem = `Cannot follow session ${name}: it has been removed`;
      throw new NotFoundError(problem);
    }
    print(page.lines);
    cursor = page.cursor;
    if (hasEnded(session.view.status.state)) return;
  }
}

function readSessionId(platform: Platform, invocation: Invocation): string {
  const named = [...invocation.operands, ...invocation.list(SESSION.name)];
  if (new Set(named).size > 1) {
    throw usageError("monitor log", "it shows one session; name it once");
  }
  const id = named[0] ?? setting(platform, invocation, SESSION);
  if (id !== null) return checkExistingName(id, "session");
  throw usageError(
    "monitor log",
    "it needs a session: ptrack monitor log ID, or set PTRACK_SESSION",
  );
}

/** Finds a session in the workspace that was named, else in any. */
async function findSession(
  { store, workspace }: MonitorRequest,
  sessionId: string,
): Promise<SessionRef> {
  const names = await store.workspaces();
  const isThere = workspace === null || names.includes(workspace);
  if (names.length === 0 || !isThere) {
    throw await nothingThere(store, workspace);
  }
  if (workspace !== null) return { workspace, sessionId };
  const found: string[] = [];
  for (const name of names) {
    const ref = { workspace: name, sessionId };
    if (await store.read(ref) !== null) found.push(name);
  }
  const [only, ...others] = found;
  if (only === undefined) throw await noSuchSessions(store, [sessionId], null);
  if (others.length === 0) return { workspace: only, sessionId };
  throw new UsageError(
    `Cannot choose a workspace: ${quoteAll([sessionId])} is in ` +
      `${quoteAll(found)}; name one with --workspace`,
  );
}
