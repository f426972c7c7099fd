/** `ptrack monitor status`: the dashboard, or the summary as JSON, once. */
import { NotFoundError, OutputClosedError } from "../../errors.ts";
import { isBad } from "../../session/snapshot.ts";
import type { Snapshot } from "../../session/types.ts";
import {
  type MonitorRequest,
  nothingThere,
  quoteAll,
  type ViewRun,
} from "./request.ts";

/** Shows the sessions now; 1 if one is in a bad way, with JSON always 0. */
export const runStatus: ViewRun = async (request, invocation) => {
  if (invocation.flag("waiting-count")) return await printCount(request);
  const snapshots = await lookOnce(request);
  const { stdout } = request.platform;
  if (request.json) {
    const { summaryText } = await import("../../report/summary.ts");
    const coverage = request.workspace === null ? "all" : "one";
    stdout.write(summaryText(snapshots, coverage));
    return 0;
  }
  const { dashboards } = await import("../../report/dashboard.ts");
  const columns = stdout.size()?.columns ?? null;
  const color = request.colored;
  const text = dashboards(snapshots, { columns, color });
  try {
    stdout.write(text);
  } catch (error) {
    // Who reads only the top is still told by the exit code.
    if (!(error instanceof OutputClosedError)) throw error;
  }
  return statusCode(snapshots);
};

/** For prompts and status bars: where nothing is recorded nobody waits. */
async function printCount(request: MonitorRequest): Promise<number> {
  const { workspace, store } = request;
  const isNothing = workspace === null &&
    (await store.workspaces()).length === 0;
  const snapshots = isNothing ? [] : await lookOnce(request);
  const count = snapshots.reduce((sum, { totals }) => sum + totals.waiting, 0);
  request.platform.stdout.write(`${count}\n`);
  return 0;
}

/** 1 if any session failed, timed out, crashed or is unreadable, else 0. */
export function statusCode(snapshots: readonly Snapshot[]): number {
  const isAnyBad = snapshots.some(({ sessions }) =>
    sessions.some(({ verdict }) => isBad(verdict))
  );
  return isAnyBad ? 1 : 0;
}

/** What was asked for. Throws NotFoundError if it is not there. */
export async function lookOnce(request: MonitorRequest): Promise<Snapshot[]> {
  const { monitoring, workspace, selection } = request;
  const snapshots = workspace === null
    ? await monitoring.snapshots(selection)
    : [await monitoring.snapshot(workspace, selection)]
      .filter((snapshot) => snapshot !== null);
  if (snapshots.length === 0) {
    throw await nothingThere(request.store, workspace);
  }
  const found = new Set(
    snapshots.flatMap(({ sessions }) =>
      sessions.map(({ view }) => view.sessionId)
    ),
  );
  const missing = selection.sessions.filter((id) => !found.has(id));
  if (missing.length > 0) throw noSuchSessions(missing, workspace);
  if (selection.batch !== null && found.size === 0) {
    throw new NotFoundError(
      `Cannot find a session of batch ${JSON.stringify(selection.batch)}`,
    );
  }
  const isNarrowed = selection.sessions.length > 0 || selection.batch !== null;
  return workspace === null && isNarrowed
    ? snapshots.filter(({ sessions }) => sessions.length > 0)
    : snapshots;
}

/** The error for sessions that are asked for and not there. */
export function noSuchSessions(
  sessions: readonly string[],
  workspace: string | null,
): NotFoundError {
  return new NotFoundError(
    `Cannot find session ${quoteAll(sessions)}${
      workspace === null ? "" : ` in workspace ${JSON.stringify(workspace)}`
    }`,
  );
}
