/** Every command by its name, in the order in which help lists them. */
import type { CommandGroup, CommandList } from "../cli/command.ts";

const TRACKING: CommandList = {
  start: () => import("./start.ts"),
  heartbeat: () => import("./heartbeat.ts"),
  waiting: () => import("./waiting.ts"),
  error: () => import("./error.ts"),
  complete: () => import("./complete.ts"),
  fail: () => import("./fail.ts"),
  run: () => import("./run.ts"),
  stream: () => import("./stream.ts"),
  "shell-init": () => import("./shell_init.ts"),
};

const TRACK: CommandGroup = {
  name: "track",
  summary: "The reporting commands; the word track may be left out",
  examples: [
    ["ptrack track start -s adr-01", "the same as ptrack start -s adr-01"],
    ["ptrack track heartbeat --help", "help on one of them"],
  ],
  commands: TRACKING,
  noun: "verb",
};

const SETUP: CommandList = {
  init: () => import("./init.ts"),
  doctor: () => import("./doctor.ts"),
  hook: () => import("./hook.ts"),
  clean: () => import("./clean.ts"),
  completions: () => import("./completions.ts"),
  help: () => import("./help.ts"),
};

/** The program itself: what may be the first word of a command line. */
export const PTRACK: CommandGroup = {
  name: "",
  summary: "",
  noun: "command",
  headings: [
    ["Report from a session", Object.keys(TRACKING)],
    ["Watch sessions (the word monitor may be left out)", ["monitor"]],
    ["Set up and maintain", Object.keys(SETUP)],
  ],
  commands: {
    ...TRACKING,
    track: () => Promise.resolve({ command: TRACK }),
    monitor: () => import("./monitor.ts"),
    ...SETUP,
    version: () => import("./version.ts"),
    __complete: () => import("./tab_candidates.ts"),
  },
  shortFor: "monitor",
};
