/** The environment variables, as data for help and reference. */

/** Each variable with what it does, in the order of use. */
export const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ["PTRACK_WORKSPACE", "The workspace, where -w is not given"],
  ["PTRACK_SESSION", "The session, where -s is not given"],
  ["PTRACK_DIR", "The .parallel directory, where --dir is not given"],
  [
    "PTRACK_ATTEMPT",
    "The attempt that this process belongs to: once a later one has begun, " +
    "its calls are refused. Counts only for the session of the environment",
  ],
  ["PTRACK_BATCH", "The batch, where --batch is not given"],
  [
    "PTRACK_OWNER_PID",
    "The owner, where --pid is not given; before CLAUDE_PID",
  ],
  [
    "PTRACK_BEST_EFFORT",
    "1: exits 1, 3 and 4 of tracking commands become a warning and exit 0; " +
    "never of start or complete --verify",
  ],
  [
    "CLAUDE_CODE_SESSION_ID",
    "Claude Code's own: the session of its hooks, for tracking verbs that " +
    "nothing else names one",
  ],
  ["PTRACK_HOOK_DEBUG", "A file that is told what became of each hook"],
  ["GITHUB_STEP_SUMMARY", "Where a report for github appends its table"],
  ["PTRACK_DEBUG", "1: an internal error prints its stack"],
  ["NO_COLOR", "No colour, unless --color says otherwise"],
];
