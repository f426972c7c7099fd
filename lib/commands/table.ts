/**
 * The one table of all commands. It is data: what runs a command is loaded only
 * when the command is run. The tracking verbs, which are called over and over,
 * are looked up in their own part of it, and do not wait for the rest.
 */
import type { Command } from "../cli/table_types.ts";
import { COMPLETION } from "./completion_commands.ts";
import { HOOKS } from "./hook_commands.ts";
import { HOUSEKEEPING } from "./housekeeping_commands.ts";
import { RUNNING } from "./running_commands.ts";
import { SETUP } from "./setup_commands.ts";
import { STREAMING } from "./streaming_commands.ts";
import { TRACKING } from "./tracking_commands.ts";
import { WATCHING } from "./watching_commands.ts";

const HELP: Command = {
  name: "help",
  group: "Other",
  summary: "Explain ptrack, or one command",
  operands: { kind: "command" },
  options: [
    { name: "markdown", help: "Print the help on all commands as Markdown" },
    { name: "man", help: "Print the manual page, for man" },
  ],
  details: [],
  examples: [
    ["ptrack help monitor", "all about monitor"],
    ["ptrack help --man > ptrack.1", "the manual page"],
  ],
  exitCodes: [[0, "printed"], [2, "no such command"]],
};

/** All commands, in the order in which help lists them. */
export const COMMANDS: readonly Command[] = [
  ...TRACKING,
  ...RUNNING,
  ...STREAMING,
  ...WATCHING,
  ...SETUP,
  ...HOOKS,
  ...HOUSEKEEPING,
  ...COMPLETION,
  HELP,
];
