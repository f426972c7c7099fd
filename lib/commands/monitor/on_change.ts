/**
 * What a view does besides showing changes: it runs a command at each of them
 * (`--on-change`), and takes signals as a wish to end, so that commands and
 * reports are finished first.
 */
import type { Invocation, Option } from "../../cli/command.ts";
import { badValue } from "../../cli/messages.ts";
import type { Snapshot } from "../../session/types.ts";
import type { ExitReason } from "../../watch/interruption.ts";
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

/** The command at work, and the signals that came. */
export interface ChangeHook {
  /** Takes each snapshot; null while there is no workspace. */
  take(snapshot: Snapshot | null): void;
  /** Aborts at the first signal; absent where signals end the program. */
  readonly signal?: AbortSignal;
  /** The signal that came; null as long as none did. */
  readonly exitReason: ExitReason | null;
  /** Gives commands that still run some time to end. */
  close(): Promise<void>;
}

/** Opens it; without a command and reports it does nothing. */
export async function openChangeHook(
  { platform, store }: MonitorRequest,
  invocation: Invocation,
  { isLive, hasReports = false }: { isLive: boolean; hasReports?: boolean },
): Promise<ChangeHook> {
  const command = invocation.text("on-change");
  if (command !== null && !/^[^\0]*\S[^\0]*$/.test(command)) {
    throw badValue(command, "--on-change", "it is a command for the shell");
  }
  if (command === null && !hasReports) {
    return { take() {}, exitReason: null, async close() {} };
  }
  const { openProcesses } = await import("../../process/processes.ts");
  const { Interruption } = await import("../../watch/interruption.ts");
  const { OnChange } = await import("../../watch/on_change.ts");
  const processes = openProcesses(platform);
  const interruption = new Interruption(platform, processes);
  const environment = store.environment();
  // What commands print must not fall into the dashboard.
  const output = isLive && platform.stderr.isTerminal ? "held" : "straight";
  const onChange = command === null
    ? null
    : new OnChange(platform, { processes, command, environment, output });
  return {
    take: (snapshot) => onChange?.take(snapshot),
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
