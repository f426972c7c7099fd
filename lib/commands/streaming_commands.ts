/** The command that reads reports by the line, and its functions for shells. */
import type { Command, Option } from "../cli/table_types.ts";
import {
  BATCH,
  HEARTBEAT_TIMEOUT,
  META,
  SESSION,
  SESSION_TIMEOUT,
} from "../cli/shared_options.ts";

/** The owner of a stream's session; never from the environment. */
const PRODUCER: Option = {
  name: "pid",
  value: "N",
  help: "The process behind the input; the session ends with it. Without it " +
    "the stream itself owns the session",
};

const STREAM: Command = {
  name: "stream",
  group: "Tracking",
  summary: "Begin a session and report what the lines of standard input say",
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
    PRODUCER,
    {
      name: "restart",
      help: "Begin an ended, crashed or timed-out session again",
    },
    { name: "force", help: "Replace a live session, too" },
    {
      name: "attach",
      help: "Carry on the session that runs, instead of beginning one",
    },
    {
      name: "detach",
      help: "An input that ends without a word leaves the session running",
    },
    {
      name: "until-end",
      help: "Leave at complete or fail, instead of when the input ends",
    },
  ],
  details: [
    "The lines: `50 Drafting`, `50%` or `7/20 chapters` (a heartbeat), " +
    "`heartbeat TEXT` (one with a text alone), `waiting TEXT`, `error TEXT`, " +
    "`complete FILE FILE` (names without blanks), `fail TEXT`; or a JSON " +
    'object: {"event": "heartbeat", "pct": 50, "message": "Drafting", ' +
    '"metadata": {}}, {"event": "error", "text": "…"} (so waiting and fail ' +
    'too), {"event": "complete", "output": ["a b.md"], "message": "…"}. ' +
    "Blank lines are passed over; any other line is answered on standard " +
    "error, and the stream goes on.",
    "Progress may come with every turn of a loop: the newest is on disk " +
    "within 100 ms, errors, waits and ends at once. Input that ends without " +
    "complete or fail fails the session: its producer is gone.",
    "Without a session id it makes one from the description and prints it.",
  ],
  examples: [
    [
      '(for i in 1 2 3; do echo "$i/3"; done; echo complete) | ptrack stream',
      "a loop that reports every turn",
    ],
    [
      './convert --progress | ptrack stream -s convert "Convert all"',
      "a program that prints such lines",
    ],
  ],
  exitCodes: [
    [0, "the session completed, or was left running by --detach"],
    [1, "the session failed, was refused, or ended or began anew elsewhere"],
    [2, "the command line or the environment is wrong"],
    [3, "no such session, or it was removed"],
    [4, "could not read or write: the last of it is not recorded"],
  ],
  load: async () => (await import("./stream.ts")).runStreamCommand,
};

const SHELL_INIT: Command = {
  name: "shell-init",
  group: "Tracking",
  summary: "Print functions by which a shell script reports for a printf each",
  operands: {
    kind: "text",
    name: "SHELL",
    required: true,
    help: "bash (4.4 or later) or zsh",
    choices: ["bash", "zsh"],
  },
  options: [],
  details: [
    "The functions: ptrack_start with the options and the text of " +
    "`ptrack start`, ptrack_heartbeat [PROGRESS] [TEXT], ptrack_waiting " +
    "[TEXT], ptrack_error TEXT, ptrack_complete [FILE…], ptrack_fail TEXT. " +
    "They write to one `ptrack stream` in the background. The shell's exit " +
    "ends the session by its status.",
  ],
  examples: [
    ['eval "$(ptrack shell-init bash)"', "at the top of a script"],
  ],
  exitCodes: [
    [0, "printed"],
    [2, "there are no functions for this shell"],
  ],
  load: async () => (await import("./shell_init.ts")).runShellInit,
};

/** The commands of scripts and loops that report often. */
export const STREAMING: readonly Command[] = [STREAM, SHELL_INIT];
