/** Payloads of Claude Code's hooks, as short as a test can say them. */

// deno-lint-ignore no-explicit-any
type Payload = any;

/** A prompt of the user. */
export const prompt = (text = "Draft it"): Payload => ({
  hook_event_name: "UserPromptSubmit",
  permission_mode: "default",
  prompt: text,
});

/** A shell command that the agent has run. */
export const tool = (command = "make", more: Payload = {}): Payload => ({
  hook_event_name: "PostToolUse",
  tool_name: "Bash",
  tool_input: { command },
  tool_response: { stdout: "ok" },
  tool_use_id: "toolu_x",
  ...more,
});

/** The agent asks whether it may run a shell command. */
export const permission = (command: string, more: Payload = {}): Payload => ({
  hook_event_name: "PermissionRequest",
  tool_name: "Bash",
  tool_input: { command },
  ...more,
});

/** The end of a turn. */
export const stop = (more: Payload = {}): Payload => ({
  hook_event_name: "Stop",
  stop_hook_active: false,
  background_tasks: [],
  session_crons: [],
  ...more,
});

/** A conversation begins, or goes on. */
export const start = (source = "startup"): Payload => ({
  hook_event_name: "SessionStart",
  source,
});

/** A conversation ends. */
export const end = (reason = "prompt_input_exit"): Payload => ({
  hook_event_name: "SessionEnd",
  reason,
});
