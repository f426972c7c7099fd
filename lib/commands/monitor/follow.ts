/**
 * `ptrack monitor follow`: a snapshot, then a line a change and nothing else,
 * for agents and pipes that pay by the line.
 */
import type { Command } from "../../cli/command.ts";
import { ON_CHANGE_DETAILS } from "./display.ts";
import { command as watch, watchUntilDone } from "./watch.ts";

/** The command `monitor follow`: `watch`, printed in another way. */
export const command: Command = {
  ...watch,
  name: "monitor follow",
  summary:
    "Print the sessions, then a line for each change, until all are done",
  details: [
    "Without -w, it takes the only workspace, or waits for one.",
    ON_CHANGE_DETAILS,
  ],
  examples: [["ptrack follow -w adrs", "for agents and pipes"]],
  run: (platform, invocation) =>
    watchUntilDone(platform, invocation, "snapshot, then changes"),
};
