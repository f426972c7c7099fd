/** The environment variables, for help, reference and manual page. */

/** Each variable with what it does, the most used first. */
export const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ["PTRACK_WORKSPACE", "The workspace, if -w is not given"],
  ["PTRACK_SESSION", "The session, if -s is not given"],
  ["PTRACK_DIR", "The .parallel directory, if --dir is not given"],
  [
    "PTRACK_ATTEMPT",
    "The attempt that this process belongs to: once a later one has begun, " +
    "its calls are refused. It applies only to the session in " +
    "PTRACK_SESSION",
  ],
  [
    "PTRACK_HEARTBEAT_EVERY",
    "Set by run for its command: seconds between heartbeats",
  ],
  ["PTRACK_BATCH", "The batch, if --batch is not given"],
  [
    "PTRACK_OWNER_PID",
    "The owner, if --pid is not given; without it CLAUDE_PID",
  ],
  [
    "PTRACK_BEST_EFFORT",
    "If 1, errors of tracking commands (exit codes 1, 3 and 4) become a " +
    "warning and exit code 0; not those of start or complete --verify",
  ],
  [
    "CLAUDE_CODE_SESSION_ID",
    "Set by Claude Code: a tracking command without a session reports to " +
    "the one of its hooks",
  ],
  ["PTRACK_HOOK_DEBUG", "A file in which ptrack hook logs each call"],
  ["GITHUB_STEP_SUMMARY", "The file to which a github report adds its table"],
  ["PTRACK_DEBUG", "If 1, internal errors print a stack trace"],
  ["NO_COLOR", "No colour, unless --color says otherwise"],
];
