/** The command that coding agents call at each of their steps. */
import type { Command } from "../cli/table_types.ts";

const HOOK: Command = {
  name: "hook",
  group: "Other",
  summary: "Take note of a coding agent's hook, from standard input",
  operands: {
    kind: "text",
    name: "PAYLOAD",
    required: false,
    help: "The payload, for agents that do not write it to standard input",
  },
  options: [
    {
      name: "format",
      value: "AGENT",
      choices: ["claude", "codex", "gemini"],
      help: "Whose hooks call (claude); the others are best effort",
    },
    {
      name: "no-prompts",
      help: "Keep not even one line of prompts and tools' inputs",
    },
  ],
  details: [
    'For the settings of coding agents; "ptrack init --claude-code" writes ' +
    "them. It prints nothing, waits for nobody, and always exits 0, so that " +
    "it can never disturb the agent. PTRACK_HOOK_DEBUG names a file that " +
    "tells what became of each call.",
    "The session is PTRACK_SESSION, else one in the workspace named like " +
    "the agent, named after the worktree or branch. It begins with the first " +
    "prompt or tool call.",
  ],
  examples: [
    ["ptrack hook --no-prompts", "as a hook of Claude Code"],
    ["ptrack hook --format gemini", "as a hook of Gemini CLI"],
  ],
  exitCodes: [[0, "always"]],
  usageExitCode: 0,
  load: async () => (await import("./hook.ts")).runHook,
};

/** What coding agents call. */
export const HOOKS: readonly Command[] = [HOOK];
