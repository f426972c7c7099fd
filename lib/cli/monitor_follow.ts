/**
 * Following a workspace until an end, as `watch` and `wait` do: in a terminal
 * drawn in place, otherwise a line for each transition, as text or as JSON,
 * or nothing at all. What is left on standard output is the last dashboard.
 */
import type { WaitOutcome } from "../monitor.ts";
import { dashboard } from "../report/dashboard.ts";
import { jsonText } from "../report/json.ts";
import {
  transitionJson,
  transitions,
  transitionText,
} from "../report/transition.ts";
import type { Snapshot } from "../session/types.ts";
import type { WaitGoal } from "../session/wait.ts";
import type { Selection } from "../session/selection.ts";
import type { Leaving } from "../watch/live.ts";
import {
  progressBetween,
  progressJson,
  progressText,
} from "../watch/progress.ts";
import type { MonitorRequest } from "./monitor_request.ts";

/** What to follow, and until when. */
export interface FollowOptions {
  workspace: string;
  selection: Selection;
  goal: WaitGoal;
  timeoutMs: number;
  /** What to print where there is no terminal. */
  print: "transitions" | "transitions and progress" | "nothing";
  /** Say so once if there is no such workspace yet. */
  announce?: (text: string) => void;
}

/** How it ended, and whether the person made it end. */
export interface Followed {
  outcome: WaitOutcome;
  /** Null if nobody left the view. */
  leaving: Leaving | null;
}

/** Follows until the goal is reached, time runs out, or the view is left. */
export async function follow(
  request: MonitorRequest,
  options: FollowOptions,
): Promise<Followed> {
  const quiet = options.print === "nothing";
  const { stdout } = request.host;
  if (stdout.isTerminal && !request.json && !quiet) {
    return await followLive(request, options);
  }
  const print = quiet ? () => {} : linePrinter(request, options);
  const outcome = await wait(request, options, { onLook: print });
  if (!quiet) await printEnd(request, outcome);
  return { outcome, leaving: null };
}

interface Looking {
  onLook: (snapshot: Snapshot | null) => void;
  signal?: AbortSignal;
}

function wait(
  request: MonitorRequest,
  options: FollowOptions,
  looking: Looking,
): Promise<WaitOutcome> {
  return request.monitoring.waitFor(options.workspace, options.goal, {
    selection: options.selection,
    timeoutMs: options.timeoutMs,
    pollIntervalMs: request.pollIntervalMs,
    ...looking,
  });
}

async function followLive(
  request: MonitorRequest,
  options: FollowOptions,
): Promise<Followed> {
  const { LiveView } = await import("../watch/live.ts");
  const { dashboardBoard, textBoard } = await import("../watch/board.ts");
  const { location } = request.store;
  const view = new LiveView(request.host);
  let outcome: WaitOutcome;
  try {
    view.open();
    outcome = await wait(request, options, {
      onLook: (snapshot) =>
        view.show(
          snapshot === null
            ? textBoard(notYet(options.workspace, location))
            : dashboardBoard(snapshot, {
              color: request.colored,
              clock: request.host.clock,
            }),
        ),
      signal: view.signal,
    });
  } finally {
    view.close();
  }
  const { leaving } = view;
  const isHungUp = leaving?.kind === "signal" && leaving.exitCode === HUNG_UP;
  if (!isHungUp) await printEnd(request, outcome);
  return { outcome, leaving };
}

/** 128 and the number of SIGHUP. */
const HUNG_UP = 129;

function linePrinter(request: MonitorRequest, options: FollowOptions) {
  const { stdout } = request.host;
  let before: Snapshot | null = null;
  let isAnnounced = false;
  return (now: Snapshot | null) => {
    if (now === null && before === null) {
      if (!isAnnounced) {
        options.announce?.(notYet(options.workspace, request.store.location));
      }
      isAnnounced = true;
      return;
    }
    const after: Snapshot = now ?? { ...before!, sessions: [] };
    const lines = transitions(before, after)
      .map(request.json ? transitionJson : transitionText);
    if (options.print === "transitions and progress") {
      lines.push(
        ...progressBetween(before, after)
          .map(request.json ? progressJson : progressText),
      );
    }
    before = after;
    if (lines.length > 0) stdout.write(`${lines.join("\n")}\n`);
  };
}

function notYet(workspace: string, location: string): string {
  return `Waiting for workspace "${workspace}" to begin in ${location}`;
}

async function printEnd(
  request: MonitorRequest,
  { snapshot, reason }: WaitOutcome,
): Promise<void> {
  if (snapshot === null || reason === "nothing") return;
  const { stdout } = request.host;
  if (request.json) {
    const { summaryObject } = await import("../report/summary.ts");
    const line = { type: "summary", ...summaryObject(snapshot) };
    return stdout.write(jsonText(line, 0));
  }
  stdout.write(dashboard(snapshot, {
    columns: stdout.size()?.columns ?? null,
    color: request.colored,
    needsFirst: false,
  }));
  const { dossiersText } = await import("./dossiers.ts");
  const views = snapshot.sessions.map(({ view }) => view);
  stdout.write(await dossiersText(request.store, views));
}
