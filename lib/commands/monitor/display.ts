/**
 * What `watch`, `follow` and `wait` do with snapshots. They show them: in a
 * terminal as a dashboard that is drawn in place, elsewhere as a line for each
 * change, as text or JSON. And they run the command of `--on-change`. A signal
 * is then a wish to end, so that commands and reports are finished first.
 */
import type { Option } from "../../cli/command.ts";
import { oneLine, OutputClosedError } from "../../errors.ts";
import type { ChangesOptions } from "../../monitor.ts";
import { exitCodeOfSignal } from "../../platform/signals.ts";
import { changeJson, Changes, changeText } from "../../report/changes.ts";
import { dashboard } from "../../report/dashboard.ts";
import { summaryLine } from "../../report/summary.ts";
import type { Snapshot } from "../../session/types.ts";
import {
  JSON_LINES,
  type MonitorRequest,
  openMonitor,
  POLL_INTERVAL,
  SELECTION,
} from "./request.ts";

/** The options of the views that show changes. */
export const CHANGES: readonly Option[] = [
  JSON_LINES,
  {
    name: "on-change",
    value: "COMMAND",
    help: "Run this at each change, told of it by PTRACK_EVENT, " +
      "PTRACK_SESSION, …",
  },
  ...SELECTION,
  POLL_INTERVAL,
];

/** How help explains `--on-change`. */
export const ON_CHANGE_DETAILS =
  "A command of --on-change gets PTRACK_EVENT, PTRACK_PREVIOUS, " +
  "PTRACK_SESSION, PTRACK_WORKSPACE, PTRACK_PROGRESS, PTRACK_MESSAGE and " +
  "PTRACK_DIR in its environment.";

/** What to show; the first two are drawn in place in a terminal. */
export type Print =
  | "changes"
  | "changes and progress"
  | "snapshot, then changes"
  | "nothing";

/** What to show, and what must be done before the end. */
interface DisplayRequest extends MonitorRequest {
  print: Print;
  reports?: readonly unknown[];
  /** How many lines of a failed command's output to print. */
  tail?: number;
}

/** Shows snapshots, until it is closed. */
export type Display = Awaited<ReturnType<typeof openDisplay>>;

/** Shows a snapshot; it is null while there is no such workspace. */
type Show = (workspace: string, snapshot: Snapshot | null) => void;

/** Ages go on without a snapshot, and a verdict that changes brings one. */
const TICK_MS = 600_000;

/** Opens it; the terminal is used from the first snapshot on. */
export async function openDisplay(request: DisplayRequest) {
  const { print, json, platform, pollIntervalMs } = request;
  const hasEnd = print === "changes" || print === "changes and progress";
  const isLive = platform.stdout.isTerminal && !json && hasEnd;
  const { interruption, onChange } = await openOnChange(request, isLive);
  const live = isLive ? await prepareTerminal(request) : null;
  const show = live?.show ?? linePrinter(request);
  const stops = [live?.view, interruption].filter((stop) => stop != null);
  /** Aborts when the person, or a signal, wants an end. */
  const stopSignal = AbortSignal.any(stops.map(({ signal }) => signal));
  /** The exit code of the signal that wanted it; null if none did. */
  const signalExitCode = () => {
    const codes = stops.map((stop) => stop.signalExitCode);
    return codes.find((code) => code !== null) ?? null;
  };
  return {
    stopSignal,
    signalExitCode,
    /**
     * Shows changes until one `isOver`, which comes first and may throw; then
     * leaves the last snapshot on standard output, where that is wanted.
     */
    async showUntil(
      workspace: string,
      options: Pick<ChangesOptions, "selection" | "timeoutMs">,
      isOver: (snapshot: Snapshot | null) => boolean | Promise<boolean>,
    ): Promise<Snapshot | null> {
      const changes = (await openMonitor(request, workspace))
        .changes({
          ...options,
          pollIntervalMs,
          tickMs: TICK_MS,
          signal: stopSignal,
        });
      let last: Snapshot | null = null;
      try {
        for await (const [snapshot = null] of changes) {
          last = snapshot;
          const isLast = await isOver(snapshot);
          onChange?.take(snapshot);
          show(workspace, snapshot);
          if (isLast) break;
        }
      } finally {
        live?.view.close();
      }
      const isHungUp = isLive &&
        signalExitCode() === exitCodeOfSignal("SIGHUP");
      if (last !== null && hasEnd && !isHungUp) {
        await printSnapshot(request, last);
      }
      return last;
    },
    /** Gives commands that still run some time to end. */
    async close(): Promise<void> {
      interruption?.close();
      await onChange?.close();
    },
  };
}

/** What takes signals and runs the command; nothing if neither is wanted. */
async function openOnChange(
  { platform, store, onChange: command, reports = [] }: DisplayRequest,
  isLive: boolean,
) {
  if (command === null && reports.length === 0) return {};
  const { openProcesses } = await import("../../process/processes.ts");
  const { takeInterruption } = await import("../../watch/interruption.ts");
  const processes = openProcesses(platform);
  const interruption = takeInterruption(platform, processes);
  if (command === null) return { interruption };
  const { OnChange } = await import("../../watch/on_change.ts");
  const environment = store.environment();
  // What commands print must not fall into the dashboard.
  const output = isLive && platform.stderr.isTerminal ? "held" : "straight";
  const options = { processes, command, environment, output } as const;
  return { interruption, onChange: new OnChange(platform, options) };
}

/** The live view, which takes the terminal over at its first snapshot. */
async function prepareTerminal(
  { platform, store, colored: color }: MonitorRequest,
) {
  const { LiveView } = await import("../../watch/live_view.ts");
  const { dashboardBoard, textBoard } = await import("../../watch/view.ts");
  const { clock } = platform;
  // A sweep now and then is soon done, and never worth the last compiler.
  await platform.compileLess([]);
  const view = new LiveView(platform, await platform.openInput());
  let isOpen = false;
  const show: Show = (workspace, snapshot) => {
    if (!isOpen) view.open();
    isOpen = true;
    view.show(
      snapshot === null
        ? textBoard(waitingFor(workspace, store.location))
        : dashboardBoard(snapshot, { color, clock }),
    );
  };
  return { view, show };
}

function waitingFor(workspace: string, location: string): string {
  return oneLine(
    `Waiting for workspace "${workspace}" to begin in ${location}`,
  );
}

/** Prints what is new in each snapshot, a line a change. */
function linePrinter(
  { platform, store, json, print }: DisplayRequest,
): Show {
  if (print === "nothing") return () => {};
  const { stdout, stderr } = platform;
  const changes = new Changes();
  // A wait says nothing of it: its exit code will.
  let isAbsenceTold = print === "changes";
  return (workspace, snapshot) => {
    const change = changes.next(snapshot);
    if (change === null) {
      const absent = `${waitingFor(workspace, store.location)}\n`;
      if (!isAbsenceTold) stderr.write(absent);
      isAbsenceTold = true;
      return;
    }
    const { isFirst, transitions } = change;
    if (isFirst && snapshot !== null && print === "snapshot, then changes") {
      stdout.write(json ? summaryLine(snapshot) : dashboard(snapshot));
      return;
    }
    const progress = print === "changes and progress" ? change.progress : [];
    const lines = [...transitions, ...progress]
      .map(json ? changeJson : changeText);
    if (lines.length > 0) stdout.write(`${lines.join("\n")}\n`);
  };
}

/** A reader that has gone learns the state from the exit code. */
async function printSnapshot(
  { platform, store, json, colored: color, tail }: DisplayRequest,
  snapshot: Snapshot,
): Promise<void> {
  const { stdout } = platform;
  try {
    if (json) return stdout.write(summaryLine(snapshot));
    const columns = stdout.size()?.columns ?? null;
    stdout.write(dashboard(snapshot, { columns, color }));
    const { readFailures } = await import("./read_results.ts");
    const views = snapshot.sessions.map(({ view }) => view);
    stdout.write(await readFailures(store, views, tail));
  } catch (error) {
    if (!(error instanceof OutputClosedError)) throw error;
  }
}
