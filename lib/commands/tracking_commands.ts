/**
 * The commands by which a session tells how it is doing. Each is a process of
 * its own, called over and over, so this table is on the way of every call.
 */
import type { Command, Option } from "../cli/table_types.ts";
import { runTracking } from "./track.ts";
import {
  BATCH,
  HEARTBEAT_TIMEOUT,
  META,
  OUTPUT,
  OWNER,
  SESSION,
  SESSION_TIMEOUT,
} from "../cli/shared_options.ts";

/** Not lazy: a heartbeat would only wait for it. */
const load = () => Promise.resolve(runTracking);

const EXIT_CODES: Command["exitCodes"] = [
  [0, "recorded"],
  [1, "refused: the session's state does not allow it"],
  [2, "the command line or the environment is wrong"],
  [3, "no such session"],
  [4, "could not read or write"],
];

const MESSAGE: Option = {
  name: "message",
  short: "m",
  value: "TEXT",
  help: "What it is doing, or has done",
};

const START: Command = {
  name: "start",
  group: "Tracking",
  summary: "Begin a session",
  operands: {
    kind: "text",
    name: "TEXT",
    required: false,
    help: "What the session is to do",
  },
  options: [
    SESSION,
    META,
    HEARTBEAT_TIMEOUT,
    SESSION_TIMEOUT,
    BATCH,
    OWNER,
    {
      name: "restart",
      help: "Begin an ended, crashed or timed-out session again",
    },
    { name: "force", help: "Replace a live session, too" },
    {
      name: "export",
      help: "Print export lines for eval; always a new session unless -s is " +
        "given",
    },
  ],
  details: [
    "Without a session id it makes one from the description and prints it. " +
    "A session that is there already is refused, saying in which state it is.",
    "With --export a refusal prints `false`, so that eval fails. The process " +
    "is, in this order, --pid, PTRACK_OWNER_PID or CLAUDE_PID; without one " +
    "a session that is killed is only noticed by its silence.",
  ],
  examples: [
    ['ptrack -w adrs start -s adr-01 "ADR-001: Auth"', "begin a named session"],
    [
      'eval "$(ptrack start --export --pid $$ "Nightly")"',
      "begin a new one, for the whole script",
    ],
  ],
  exitCodes: EXIT_CODES,
  load,
};

const HEARTBEAT: Command = {
  name: "heartbeat",
  group: "Tracking",
  summary: "Report that it is alive, and how far",
  operands: { kind: "none" },
  options: [
    SESSION,
    {
      name: "pct",
      value: "N|N%|N/M",
      aliases: ["progress"],
      help: "Progress: a percentage, or so many of so many",
    },
    MESSAGE,
    META,
  ],
  details: ["A heartbeat ends a wait."],
  examples: [
    ['ptrack heartbeat --pct 60 -m "Drafting options"', "60 %"],
    ["ptrack heartbeat --pct 150/600", "25 %"],
  ],
  exitCodes: EXIT_CODES,
  load,
};

const WAITING: Command = {
  name: "waiting",
  group: "Tracking",
  summary: "Report that it is alive but blocked",
  operands: {
    kind: "text",
    name: "TEXT",
    required: false,
    help: "What it waits for: an answer, a permission, a rate limit",
  },
  options: [SESSION],
  details: ["Stops the heartbeat clock until the next heartbeat."],
  examples: [['ptrack waiting "Which database?"', "waits for an answer"]],
  exitCodes: EXIT_CODES,
  load,
};

const ERROR: Command = {
  name: "error",
  group: "Tracking",
  summary: "Record an error that does not end the session",
  operands: {
    kind: "text",
    name: "TEXT",
    required: true,
    help: "What went wrong",
  },
  options: [SESSION],
  details: [],
  examples: [
    ['ptrack error "Lint failed, trying again"', "records one line"],
    ["make 2>&1 | tail -n 5 | ptrack error -", "records what make said"],
  ],
  exitCodes: EXIT_CODES,
  load,
};

const COMPLETE: Command = {
  name: "complete",
  group: "Tracking",
  summary: "End the session with success",
  operands: { kind: "none" },
  options: [
    SESSION,
    OUTPUT,
    MESSAGE,
    {
      name: "verify",
      help: "Refuse unless every output exists, is not empty and is not " +
        "older than the attempt",
    },
  ],
  details: ["A refusal leaves the session running."],
  examples: [
    ['ptrack complete -m "ADR-001 complete"', "success"],
    ["ptrack complete --output docs/adr-001.md --verify", "if it is there"],
  ],
  exitCodes: EXIT_CODES,
  load,
};

const FAIL: Command = {
  name: "fail",
  group: "Tracking",
  summary: "End the session with failure",
  operands: { kind: "text", name: "TEXT", required: true, help: "Why" },
  options: [SESSION, OUTPUT],
  details: [],
  examples: [
    ['ptrack fail "API timeout"', "failure"],
    [
      'ptrack fail "--- FAIL: TestX"',
      "text with a space may begin with dashes",
    ],
  ],
  exitCodes: EXIT_CODES,
  load,
};

/** The tracking commands, in the order of a session's life. */
export const TRACKING: readonly Command[] = [
  START,
  HEARTBEAT,
  WAITING,
  ERROR,
  COMPLETE,
  FAIL,
];
