/**
 * Other agents' hooks in the words of Claude Code's: the same payload with
 * other names. Lenient and best effort, as docs/claude-code.md says.
 */
import { stringOr } from "../session/event.ts";
import type { JsonObject } from "../session/types.ts";

/** The formats of `ptrack hook --format`, the usual one first. */
export const FORMATS = ["claude", "codex", "gemini"] as const;

/** Whose hooks call. */
export type Format = typeof FORMATS[number];

/** Environment variables in which an agent tells its hooks more. */
export interface AgentVariables {
  session: string | null;
  /** The process id of the agent. */
  process: string | null;
  /** Where the session began. */
  project: string | null;
  directory: string | null;
}

/** An agent, as it is called and as it calls things. */
export interface HookFormat {
  /** For people. */
  name: string;
  variables: AgentVariables;
  /** The payload with the keys and events of Claude Code. */
  translate(payload: JsonObject): JsonObject;
}

/** What each format is. */
export const HOOK_FORMATS: Record<Format, HookFormat> = {
  claude: {
    name: "Claude Code",
    variables: {
      session: "CLAUDE_CODE_SESSION_ID",
      process: "CLAUDE_PID",
      project: "CLAUDE_PROJECT_DIR",
      directory: null,
    },
    translate: (payload) => payload,
  },
  codex: {
    name: "Codex CLI",
    variables: { session: null, process: null, project: null, directory: null },
    translate: translateCodex,
  },
  gemini: {
    name: "Gemini CLI",
    variables: {
      session: "GEMINI_SESSION_ID",
      process: null,
      project: "GEMINI_PROJECT_DIR",
      directory: "GEMINI_CWD",
    },
    translate: translateGemini,
  },
};

/** Hooks have Claude's names; `notify` says only that a turn has ended. */
function translateCodex(payload: JsonObject): JsonObject {
  if (payload["type"] !== "agent-turn-complete") return payload;
  return {
    hook_event_name: "Stop",
    session_id: payload["thread-id"],
    cwd: payload["cwd"],
  };
}

const GEMINI_EVENTS = new Map([
  ["BeforeAgent", "UserPromptSubmit"],
  ["AfterAgent", "Stop"],
  ["BeforeTool", "PreToolUse"],
  ["AfterTool", "PostToolUse"],
  ["PreCompress", "PreCompact"],
]);

function translateGemini(payload: JsonObject): JsonObject {
  const event = stringOr(payload["hook_event_name"], "");
  return { ...payload, hook_event_name: GEMINI_EVENTS.get(event) ?? event };
}
