/**
 * What a monitor does besides looking: a command at each change (`--on-change`)
 * and reports at its end. Who has such duties ends by a signal only after them.
 */
import type { Processes } from "../../platform/processes.ts";
import type { OnChange } from "../../watch/on_change.ts";
import type { Invocation } from "../../cli/command.ts";
import { type Duties, isLive, type Printing } from "./follow.ts";
import type { MonitorRequest } from "./request.ts";
import { badValue } from "../../cli/messages.ts";

/** How a monitor is to go. */
export interface DutyOptions {
  print: Printing;
  /** What has to be done at the end besides. */
  atEnd: "nothing" | "reports";
}

/** Runs a monitor with its duties, and brings them to an end after it. */
export async function withDuties(
  request: MonitorRequest,
  invocation: Invocation,
  { options, run }: {
    options: DutyOptions;
    run: (duties: Duties) => Promise<number>;
  },
): Promise<number> {
  const command = readCommand(invocation);
  if (command === null && options.atEnd === "nothing") {
    return await run({ onChange: null, interruption: null });
  }
  const { platform } = request;
  const processes = await openProcesses(request, command);
  const { Interruption } = await import("../../watch/interruption.ts");
  const interruption = new Interruption(platform, processes);
  let onChange: OnChange | null = null;
  if (command !== null && processes !== null) {
    const { OnChange } = await import("../../watch/on_change.ts");
    const isShared = isLive(request, options.print) &&
      platform.stderr.isTerminal;
    onChange = new OnChange(platform, {
      processes,
      command,
      directory: request.store.location,
      output: isShared ? "held" : "straight",
    });
  }
  try {
    return await run({ onChange, interruption });
  } finally {
    interruption.close();
    await onChange?.close();
  }
}

function readCommand(invocation: Invocation): string | null {
  const command = invocation.text("on-change");
  if (command === null || /^[^\0]*\S[^\0]*$/.test(command)) return command;
  throw badValue(command, "--on-change", "it is a command for the shell");
}

/** A report alone can do without. Throws UsageError. */
async function openProcesses(
  { platform }: MonitorRequest,
  command: string | null,
): Promise<Processes | null> {
  try {
    return await platform.processes();
  } catch (error) {
    if (command !== null) throw error;
    return null;
  }
}
