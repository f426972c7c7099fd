/** The command that coding agents call at each of their steps. */
import type { Command } from "../cli/table_types.ts";

const HOOK: Command = {
  name: "hook",
  group: "Other",
  summary: "Record a step of a coding agent, as its hook",
  operands: {
    kind: "text",
    name: "PAYLOAD",
    required: false,
    help: "The payload; without it, standard input is read",
  },
  options: [
    {
      name: "format",
      value: "AGENT",
      choices: ["claude", "codex", "gemini"],
      help: "Whose hooks these are (claude)",
    },
    {
      name: "no-prompts",
      help: "Keep no text of prompts and tool inputs",
    },
  ],
  details: [
    'Coding agents run it at each step; "ptrack init --claude-code" sets it ' +
    "up. It prints nothing and always exits 0, so that it never disturbs the " +
    "agent. It appends the result of each call to the file that " +
    "PTRACK_HOOK_DEBUG names.",
    "The session is PTRACK_SESSION. Without that, it is a session in the " +
    "workspace with the name of the agent (claude, codex or gemini), named " +
    "after the worktree or branch. It begins with the first prompt or tool " +
    "call.",
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
