/**
 * The hooks of Gemini CLI (docs/hooks in google-gemini/gemini-cli): they have
 * the fields of Claude Code's, under other names of events.
 */
import { stringOr } from "../session/event.ts";
import { claude } from "./claude.ts";
import type { HookFormat } from "./hook_event.ts";

/** Claude Code's names of Gemini's events and notifications. */
const NAMES: Readonly<Record<string, string>> = {
  BeforeAgent: "UserPromptSubmit",
  AfterAgent: "Stop",
  BeforeTool: "PreToolUse",
  AfterTool: "PostToolUse",
  PreCompress: "PreCompact",
  ToolPermission: "permission_prompt",
};

/** Gemini CLI. */
export const gemini: HookFormat = {
  agent: "Gemini CLI",
  variables: {
    conversation: "GEMINI_SESSION_ID",
    project: "GEMINI_PROJECT_DIR",
    directory: "GEMINI_CWD",
  },
  read(payload, keepsText) {
    const translated = { ...payload };
    for (const key of ["hook_event_name", "notification_type"]) {
      const name = stringOr(payload[key], "");
      translated[key] = Object.hasOwn(NAMES, name) ? NAMES[name] : name;
    }
    return claude.read(translated, keepsText);
  },
};
