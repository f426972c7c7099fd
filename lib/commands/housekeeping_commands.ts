/** The commands that keep `.parallel` in order. */
import type { Command } from "../cli/table_types.ts";

const CLEAN: Command = {
  name: "clean",
  group: "Other",
  summary: "Remove sessions that have ended, and empty workspaces",
  operands: { kind: "none" },
  options: [
    {
      name: "older-than",
      value: "DURATION",
      help: "Only what ended this long ago (7d); 0 takes all",
    },
    {
      name: "all-states",
      help: "Crashed, timed-out, unreadable and pending sessions too",
    },
    { name: "dry-run", help: "List what would be removed, and stop" },
    { name: "yes", help: "Do not ask; needed where there is no terminal" },
  ],
  details: [
    "Lists what it would remove and asks. Without --workspace or " +
    "PTRACK_WORKSPACE it looks through all workspaces. A session that has " +
    "not ended has the age of its last sign of life; the duration is like " +
    "12h, 7d or 1d12h. A workspace goes when nothing is left in it.",
    "A session that runs, waits or is stale is never removed, nor one that " +
    "has changed since it was listed, nor one whose command still runs, nor " +
    "anything behind a symbolic link. What a removal that was killed has " +
    "left is removed as well.",
  ],
  examples: [
    ["ptrack clean --dry-run", "what ended more than a week ago"],
    [
      "ptrack clean -w adrs --older-than 0",
      "all of a workspace that has ended",
    ],
    ["ptrack clean --all-states --older-than 30d --yes", "for cron"],
  ],
  exitCodes: [
    [0, "removed, or nothing to remove"],
    [1, "the answer was no: nothing was removed"],
    [2, "the command line is wrong, or nobody can be asked"],
    [3, "no such workspace"],
    [4, "something could not be read or removed; the rest was"],
  ],
  load: async () => (await import("./clean.ts")).runClean,
};

/** The commands that keep `.parallel` in order. */
export const HOUSEKEEPING: readonly Command[] = [CLEAN];
