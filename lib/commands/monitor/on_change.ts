/**
 * What a view does besides showing changes: it runs a command at each of them
 * (`--on-change`), and takes signals as a wish to end, so that commands and
 * reports are finished first.
 */
import type { Invocation, Option } from "../../cli/command.ts";
import { badValue } from "../../cli/messages.ts";
import type { Snapshot } from "../../session/types.ts";
import type { ExitReason } from "../../watch/interruption.ts";
import type { OnChange } from "../../watch/on_change.ts";
import type { MonitorRequest } from "./request.ts";

/** `--on-change`. */
export const ON_CHANGE: Option = {
  name: "on-change",
  value: "COMMAND",
  help: "Run this at each change, told of it by PTRACK_EVENT, " +
    "PTRACK_SESSION, …",
};

/** How help explains `--on-change`. */
export const ON_CHANGE_DETAILS =
  "A command of --on-change gets PTRACK_EVENT, PTRACK_PREVIOUS, " +
  "PTRACK_SESSION, PTRACK_WORKSPACE, PTRACK_PROGRESS, PTRACK_MESSAGE and " +
  "PTRACK_DIR in its environment.";

/** Runs the command, and knows whether a signal came. */
export interface ChangeHook {
  /** Takes each snapshot; null while there is no workspace. */
  take(snapshot: Snapshot | null): void;
  /** Aborts at the first signal; absent where signals end the program. */
  readonly signal?: AbortSignal;
  /** The signal that came; null as long as none did. */
  readonly exitReason: ExitReason | null;
  /** Waits for commands that still run, as long as that is bearable. */
  close(): Promise<void>;
}

/** Opens it; without a command and reports it does nothing. */
export async function openChangeHook(
  request: MonitorRequest,
  invocation: Invocation,
  { isLive, hasReports = false }: { isLive: boolean; hasReports?: boolean },
): Promise<ChangeHook> {
  const command = readCommand(invocation);
  if (command === null && !hasReports) {
    return { take() {}, exitReason: null, async close() {} };
  }
  const { platform } = request;
  const { openProcesses } = await import("../../process/processes.ts");
  const processes = openProcesses(platform);
  const { Interruption } = await import("../../watch/interruption.ts");
  const interruption = new Interruption(platform, processes);
  let onChange: OnChange | null = null;
  if (command !== null) {
    const { OnChange } = await import("../../watch/on_change.ts");
    // What commands print must not fall into the dashboard.
    const isDrawnOn = isLive && platform.stderr.isTerminal;
    onChange = new OnChange(platform, {
      processes,
      command,
      environment: request.store.environment(),
      output: isDrawnOn ? "held" : "straight",
    });
  }
  return {
    take: (snapshot) => onChange?.look(snapshot),
    signal: interruption.signal,
    get exitReason() {
      return interruption.exitReason;
    },
    async close() {
      interruption.close();
      await onChange?.close();
    },
  };
}

function readCommand(invocation: Invocation): string | null {
  const command = invocation.text("on-change");
  if (command === null || /^[^\0]*\S[^\0]*$/.test(command)) return command;
  throw badValue(command, "--on-change", "it is a command for the shell");
}
