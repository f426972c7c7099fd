/**
 * What `watch`, `follow` and `wait` show: in a terminal the dashboard, drawn in
 * place; elsewhere a line for each change, as text or JSON; or nothing.
 */
import { OutputClosedError } from "../../errors.ts";
import {
  Changes,
  progressJson,
  progressText,
  transitionJson,
  transitionText,
} from "../../report/changes.ts";
import { exitCodeOfSignal } from "../../platform/signals.ts";
import { dashboard } from "../../report/dashboard.ts";
import { summaryLine } from "../../report/summary.ts";
import type { Snapshot } from "../../session/types.ts";
import type { ExitReason } from "../../watch/interruption.ts";
import type { ChangeHook } from "./on_change.ts";
import type { MonitorRequest } from "./request.ts";

/** What to print; the first two are drawn in place in a terminal. */
export type Print =
  | "changes"
  | "changes and progress"
  | "snapshot, then changes"
  | "nothing";

/** Shows one snapshot after the other, until it is closed. */
export interface Display {
  /** Takes null while there is no workspace. */
  show(snapshot: Snapshot | null): void;
  /** Aborts when the person, or a signal, wants an end. */
  readonly signal: AbortSignal;
  /** Who wanted the end; null as long as nobody did. */
  readonly exitReason: ExitReason | null;
  /** Gives the terminal back. Throws what went wrong with drawing. */
  close(): void;
  /** Leaves the last snapshot on standard output, where that is wanted. */
  printLast(snapshot: Snapshot | null): Promise<void>;
}

/** What is shown, and how. */
export interface DisplayRequest extends MonitorRequest {
  print: Print;
}

/** Whether the dashboard is drawn in place. */
export function isLive({ platform, json, print }: DisplayRequest): boolean {
  return platform.stdout.isTerminal && !json && IS_ENDED_BY_LAST[print];
}

/** Whether the last snapshot is printed when all is over. */
const IS_ENDED_BY_LAST: Record<Print, boolean> = {
  "changes": true,
  "changes and progress": true,
  "snapshot, then changes": false,
  "nothing": false,
};

/** Opens what shows a workspace, and calls the hook with each snapshot. */
export async function openDisplay(
  request: DisplayRequest,
  workspace: string,
  hook: ChangeHook,
): Promise<Display> {
  const { location } = request.store;
  const absent = `Waiting for workspace "${workspace}" to begin in ${location}`;
  const live = isLive(request) ? await openLive(request, absent) : null;
  const show = live?.show ?? linePrinter(request, absent);
  const signals = [live?.view.signal, hook.signal];
  const display: Display = {
    show(snapshot) {
      hook.take(snapshot);
      show(snapshot);
    },
    signal: AbortSignal.any(signals.filter((one) => one !== undefined)),
    get exitReason() {
      return live?.view.exitReason ?? hook.exitReason;
    },
    close: () => live?.view.close(),
    async printLast(snapshot) {
      const { exitReason } = display;
      const isHungUp = live !== null && exitReason?.kind === "signal" &&
        exitReason.exitCode === exitCodeOfSignal("SIGHUP");
      if (snapshot !== null && !isHungUp && IS_ENDED_BY_LAST[request.print]) {
        await printSnapshot(request, snapshot);
      }
    },
  };
  return display;
}

/** Takes the terminal over. */
async function openLive(
  { platform, colored: color }: MonitorRequest,
  absent: string,
) {
  const { LiveView } = await import("../../watch/live_view.ts");
  const { dashboardBoard, textBoard } = await import("../../watch/view.ts");
  const { clock } = platform;
  const view = new LiveView(platform);
  try {
    view.open();
  } catch (error) {
    view.close();
    throw error;
  }
  const show = (snapshot: Snapshot | null) =>
    view.show(
      snapshot === null
        ? textBoard(absent)
        : dashboardBoard(snapshot, { color, clock }),
    );
  return { view, show };
}

/** Prints what is new in each snapshot, a line a change. */
function linePrinter(
  { platform, json, print }: DisplayRequest,
  absent: string,
): Display["show"] {
  if (print === "nothing") return () => {};
  const { stdout, stderr } = platform;
  const changes = new Changes();
  // A wait says nothing of it: its exit code will.
  let isAbsenceTold = print === "changes";
  return (snapshot) => {
    const change = changes.next(snapshot);
    if (change === null) {
      if (!isAbsenceTold) stderr.write(`${absent}\n`);
      isAbsenceTold = true;
      return;
    }
    const { isFirst, after, transitions } = change;
    if (isFirst && print === "snapshot, then changes") {
      stdout.write(json ? summaryLine(after) : dashboard(after));
      return;
    }
    const progress = print === "changes and progress" ? change.progress : [];
    const lines = [
      ...transitions.map(json ? transitionJson : transitionText),
      ...progress.map(json ? progressJson : progressText),
    ];
    if (lines.length > 0) stdout.write(`${lines.join("\n")}\n`);
  };
}

/** A reader that has gone learns the state from the exit code. */
async function printSnapshot(
  { platform, store, json, colored: color }: MonitorRequest,
  snapshot: Snapshot,
): Promise<void> {
  const { stdout } = platform;
  try {
    if (json) return stdout.write(summaryLine(snapshot));
    const columns = stdout.size()?.columns ?? null;
    stdout.write(dashboard(snapshot, { columns, color }));
    const { readFailures } = await import("./results.ts");
    const views = snapshot.sessions.map(({ view }) => view);
    stdout.write(await readFailures(store, views));
  } catch (error) {
    if (!(error instanceof OutputClosedError)) throw error;
  }
}
