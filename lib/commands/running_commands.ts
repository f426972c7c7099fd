/** The command that runs another one and reports on it. */
import type { Command } from "../cli/table_types.ts";
import { RUN_FAILED } from "../cli/usage.ts";
import {
  BATCH,
  HEARTBEAT_TIMEOUT,
  META,
  OUTPUT,
  SESSION_TIMEOUT,
} from "../cli/shared_options.ts";

const RUN: Command = {
  name: "run",
  group: "Tracking",
  summary: "Run a command as a session, from its start to its end",
  operands: { kind: "program" },
  options: [
    {
      name: "session",
      short: "s",
      value: "ID",
      help: "The session; without it a new one, named after the command",
    },
    {
      name: "description",
      short: "d",
      value: "TEXT",
      help: "What it is to do (the command)",
    },
    META,
    BATCH,
    HEARTBEAT_TIMEOUT,
    SESSION_TIMEOUT,
    {
      name: "exclusive",
      help: "Refuse, with exit code 125, while the session is alive",
    },
    {
      name: "every",
      value: "DURATION",
      help: "Time between two heartbeats (30s)",
    },
    {
      name: "timeout",
      value: "DURATION",
      help: "End the command with SIGTERM after this long; exit code 124",
    },
    {
      name: "kill-after",
      value: "DURATION",
      help: "SIGKILL follows SIGTERM after this long (10s)",
    },
    {
      name: "idle-timeout",
      value: "DURATION",
      help: "End it when it has written nothing for this long; captures",
    },
    {
      name: "success-codes",
      value: "N,N",
      help: "Exit codes of the command that are success (0)",
    },
    OUTPUT,
    {
      name: "verify",
      help: "Fail, with exit code 1, unless every output exists, is not " +
        "empty and is not older than the session",
    },
    {
      name: "retry",
      value: "N",
      help: "Try so many times more if it fails (0)",
    },
    {
      name: "retry-delay",
      value: "DURATION",
      help: "Time between two tries (1s)",
    },
    {
      name: "progress",
      value: "REGEX",
      help: "Take the progress from its output, such as '(\\d+)%' or " +
        "'(\\d+)/(\\d+)'; captures",
    },
    {
      name: "capture",
      help: "Keep its last lines, for the message of a failure",
    },
  ],
  details: [
    "Standard input, output and error are the command's own, signals reach " +
    "it once, and the exit code is the command's, 128+N if signal N killed " +
    "it. What cannot be recorded is a warning and changes nothing. While it " +
    "lives, heartbeats are sent; they say that it lives, not that it gets on.",
    "The command finds its session in PTRACK_SESSION, PTRACK_WORKSPACE, " +
    "PTRACK_DIR, PTRACK_ATTEMPT and PTRACK_BATCH, so `ptrack heartbeat --pct " +
    "50` in it just works; PTRACK_HEARTBEAT_EVERY has the seconds between two " +
    "heartbeats. A `ptrack fail` in it stands; a `ptrack complete` in it is " +
    "recorded as 100 %, and the exit code decides.",
    "A session that has ended, crashed or timed out is begun again. One that " +
    "is alive stays as it is, and the command runs without being tracked, " +
    "unless --exclusive refuses it.",
    "With --capture, --progress or --idle-timeout the output goes through " +
    "pipes: the command sees no terminal, and the order between its two " +
    "streams is lost. Each stream by itself stays in order.",
    "The command line and the directory are stored as metadata, to be run " +
    "again; keep secrets out of arguments.",
  ],
  examples: [
    ["ptrack run -- make test", "a session named after make"],
    [
      "ptrack run -s nightly --exclusive --timeout 2h -- ./backup.sh",
      "not twice at once, and not for ever",
    ],
    [
      "ptrack run --capture --retry 2 -- ./flaky.sh",
      "three tries; a failure shows its last lines",
    ],
    [
      "ptrack run --progress '(\\d+)%' -- rsync -a --info=progress2 a/ b/",
      "progress as rsync tells it",
    ],
  ],
  exitCodes: [
    [
      1,
      "--verify found an output that is not good, or captured output could " +
      "not be written; or the command's own",
    ],
    [124, "ended by --timeout or --idle-timeout"],
    [125, "ptrack was called wrongly, or --exclusive refused"],
    [126, "the command cannot be executed"],
    [127, "there is no such command"],
    [128, "plus N: signal N killed it; all else is the command's own"],
  ],
  usageExitCode: RUN_FAILED,
  load: async () => (await import("./run.ts")).runRun,
};

/** The commands that run others. */
export const RUNNING: readonly Command[] = [RUN];
