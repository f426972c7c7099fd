/** `ptrack monitor log`: one session's events, and those that are added. */
import { NotFoundError, UsageError } from "../../errors.ts";
import { jsonLine } from "../../report/json.ts";
import { logLineText, logText } from "../../report/log.ts";
import { hasEnded } from "../../session/status.ts";
import type { LogLine, SessionRef } from "../../session/types.ts";
import type { LogCursor } from "../../store/store.ts";
import { variable } from "../../cli/settings.ts";
import type { Invocation } from "../../cli/command.ts";
import {
  checkPlace,
  type MonitorRequest,
  nothingThere,
  quoteAll,
  type ViewRun,
} from "./request.ts";
import { noSuchSessions } from "./status.ts";
import { complain } from "../../cli/messages.ts";
import { parseCount } from "../../cli/values.ts";

const TAIL = 20;
const TICK_MS = 5_000;

/** Prints the last events. Throws NotFoundError if there is no session. */
export const runLog: ViewRun = async (request, invocation) => {
  const { platform, store, json } = request;
  const last = readTail(invocation);
  const ref = await findSession(request);
  const page = await store.readLog(ref, { last });
  if (page === null) throw noSuchSessions([ref.sessionId], ref.workspace);
  const isFollowed = invocation.flag("follow");
  if (json) print(request, page.lines);
  else {
    const text = logText(ref.workspace, ref.sessionId, page.lines);
    // The blank line at the end stands after what is still to come.
    platform.stdout.write(isFollowed ? text.slice(0, -1) : text);
  }
  if (isFollowed) await followLog(request, ref, page.cursor);
  if (!json) platform.stdout.write(await failureReport(request, ref));
  return 0;
};

/** What is worth knowing of a command that failed; "" of all others. */
async function failureReport(
  { store }: MonitorRequest,
  ref: SessionRef,
): Promise<string> {
  const view = await store.read(ref);
  if (view?.status.state !== "failed") return "";
  const { failureReportsText } = await import(
    "./failure_reports.ts"
  );
  return await failureReportsText(store, [view]);
}

/** Prints what is added until the session has ended. */
async function followLog(
  request: MonitorRequest,
  ref: SessionRef,
  from: LogCursor,
): Promise<void> {
  const { store, pollIntervalMs } = request;
  const feed = await store.feed(ref.workspace, { pollIntervalMs });
  let cursor = from;
  try {
    for (;;) {
      const view = feed.read().get(ref.workspace)
        ?.find(({ sessionId }) => sessionId === ref.sessionId);
      const page = await store.readLogAfter(ref, cursor);
      if (page === null || view === undefined) {
        throw new NotFoundError(
          `Cannot follow session ${JSON.stringify(ref.sessionId)}: ` +
            "it has been removed",
        );
      }
      print(request, page.lines);
      cursor = page.cursor;
      if (hasEnded(view.status.state)) return;
      await feed.changed(TICK_MS);
    }
  } finally {
    feed.close();
  }
}

function print(request: MonitorRequest, lines: readonly LogLine[]): void {
  if (lines.length === 0) return;
  const text = lines.map(request.json ? jsonLine : logLineText);
  request.platform.stdout.write(`${text.join("\n")}\n`);
}

function readTail(invocation: Invocation): number {
  const text = invocation.text("tail");
  return text === null ? TAIL : parseCount(text, "--tail");
}

/** The one session that was named, in whatever workspace has it. */
async function findSession(request: MonitorRequest): Promise<SessionRef> {
  const sessionId = oneSession(request);
  const { store, workspace } = request;
  if (workspace !== null) {
    const isThere = (await store.workspaces()).includes(workspace);
    if (!isThere) throw await nothingThere(store, workspace);
    return { workspace, sessionId };
  }
  const names = await store.workspaces();
  if (names.length === 0) throw await nothingThere(store, null);
  const found: string[] = [];
  for (const name of names) {
    const view = await store.read({ workspace: name, sessionId });
    if (view !== null) found.push(name);
  }
  if (found.length > 1) {
    throw new UsageError(
      `Cannot choose a workspace: ${JSON.stringify(sessionId)} is in ${
        quoteAll(found)
      }; name one with --workspace`,
    );
  }
  if (found.length === 0) throw noSuchSessions([sessionId], null);
  return { workspace: found[0]!, sessionId };
}

function oneSession({ platform, selection }: MonitorRequest): string {
  const named = selection.sessions;
  if (named.length > 1) {
    throw complain("monitor", "log shows one session; name it once");
  }
  const sessionId = named[0] ?? variable(platform, "PTRACK_SESSION");
  if (sessionId === null) {
    throw complain(
      "monitor",
      "log needs a session; use --session or PTRACK_SESSION",
    );
  }
  checkPlace(sessionId, "session");
  return sessionId;
}
