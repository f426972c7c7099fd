/**
 * Following a workspace until an end, as `follow`, `watch` and `wait` do: in a
 * terminal drawn in place, otherwise a line for each transition, as text or as
 * JSON, or nothing at all. What is left on standard output is the last
 * dashboard, but of `follow`, which has begun with it.
 */
import { OutputClosedError } from "../../errors.ts";
import type { WaitOutcome } from "../../monitor.ts";
import { dashboard } from "../../report/dashboard.ts";
import type { Snapshot } from "../../session/types.ts";
import type { WaitGoal } from "../../session/wait_condition.ts";
import type { Selection } from "../../session/selection.ts";
import type { ExitReason, Interruption } from "../../watch/interruption.ts";
import type { OnChange } from "../../watch/on_change.ts";
import { changeLines } from "./change_lines.ts";
import type { MonitorRequest } from "./request.ts";
import { summaryLine } from "../../report/summary.ts";

/** What to print where there is no terminal; the second one also in one. */
export type Printing =
  | "transitions"
  | "snapshot, then transitions"
  | "transitions and progress"
  | "nothing";

/** What there is to do besides looking; null where nothing was asked for. */
export interface Duties {
  onChange: OnChange | null;
  interruption: Interruption | null;
}

/** What to follow, and until when. */
export interface FollowOptions {
  workspace: string;
  selection: Selection;
  goal: WaitGoal;
  timeoutMs: number;
  print: Printing;
  /** Say so once if there is no such workspace yet. */
  announce?: (text: string) => void;
  duties: Duties;
}

/** How it ended, and whether the person made it end. */
export interface Followed {
  outcome: WaitOutcome;
  /** Null if nobody left the view. */
  exitReason: ExitReason | null;
}

/** Whether it is drawn in place. */
export function isLive(
  { platform, json }: Pick<MonitorRequest, "platform" | "json">,
  print: Printing,
): boolean {
  return platform.stdout.isTerminal && !json &&
    (print === "transitions" || print === "transitions and progress");
}

/** Follows until the goal is reached, time runs out, or the view is left. */
export async function follow(
  request: MonitorRequest,
  options: FollowOptions,
): Promise<Followed> {
  const { print, duties: { interruption } } = options;
  if (isLive(request, print)) return await followLive(request, options);
  const outcome = await wait(request, options, {
    onLook: linePrinter(request, options),
    signals: [],
  });
  const hasEnd = print === "transitions" ||
    print === "transitions and progress";
  if (hasEnd) await printEnd(request, outcome);
  return { outcome, exitReason: interruption?.exitReason ?? null };
}

interface Looking {
  onLook: (snapshot: Snapshot | null) => void;
  signals: readonly AbortSignal[];
}

function wait(
  request: MonitorRequest,
  { workspace, goal, selection, timeoutMs, duties }: FollowOptions,
  { onLook, signals }: Looking,
): Promise<WaitOutcome> {
  const { onChange, interruption } = duties;
  const wishes = interruption === null
    ? signals
    : [...signals, interruption.signal];
  return request.monitoring.waitFor(workspace, goal, {
    selection,
    timeoutMs,
    pollIntervalMs: request.pollIntervalMs,
    onLook(snapshot) {
      onChange?.look(snapshot);
      onLook(snapshot);
    },
    ...(wishes.length === 0 ? {} : { signal: anyOf(wishes) }),
  });
}

function anyOf(signals: readonly AbortSignal[]): AbortSignal {
  return signals.length === 1 ? signals[0]! : AbortSignal.any([...signals]);
}

async function followLive(
  request: MonitorRequest,
  options: FollowOptions,
): Promise<Followed> {
  const { LiveView } = await import("../../watch/live_view.ts");
  const { dashboardBoard, textBoard } = await import("../../watch/view.ts");
  const { location } = request.store;
  const view = new LiveView(request.platform);
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
              clock: request.platform.clock,
            }),
        ),
      signals: [view.signal],
    });
  } finally {
    view.close();
  }
  const exitReason = view.exitReason ??
    options.duties.interruption?.exitReason ?? null;
  const isHungUp = exitReason?.kind === "signal" &&
    exitReason.exitCode === HUNG_UP;
  if (!isHungUp) await printEnd(request, outcome);
  return { outcome, exitReason };
}

/** 128 and the number of SIGHUP. */
const HUNG_UP = 129;

function linePrinter(
  request: MonitorRequest,
  { print, workspace, announce }: FollowOptions,
): (now: Snapshot | null) => void {
  if (print === "nothing") return () => {};
  const isSnapshotFirst = print === "snapshot, then transitions";
  return changeLines(request, {
    first: isSnapshotFirst ? "snapshot" : "transitions",
    then: isSnapshotFirst ? "transitions" : print,
    onAbsent: () => announce?.(notYet(workspace, request.store.location)),
  });
}

function notYet(workspace: string, location: string): string {
  return `Waiting for workspace "${workspace}" to begin in ${location}`;
}

/** Who has stopped reading is still told by the exit code. */
async function printEnd(
  request: MonitorRequest,
  outcome: WaitOutcome,
): Promise<void> {
  await writeEnd(request, outcome).catch((error) => {
    if (!(error instanceof OutputClosedError)) throw error;
  });
}

async function writeEnd(
  request: MonitorRequest,
  { snapshot, reason }: WaitOutcome,
): Promise<void> {
  if (snapshot === null || reason === "nothing") return;
  const { stdout } = request.platform;
  if (request.json) return stdout.write(summaryLine(snapshot));
  stdout.write(dashboard(snapshot, {
    columns: stdout.size()?.columns ?? null,
    color: request.colored,
  }));
  const { failureReportsText } = await import(
    "./failure_reports.ts"
  );
  const views = snapshot.sessions.map(({ view }) => view);
  stdout.write(await failureReportsText(request.store, views));
}
