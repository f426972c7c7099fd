/**
 * The hooks of Codex CLI (https://developers.openai.com/codex/hooks): Claude
 * Code's, and one for an interrupt. Its older `notify` tells only the end of a
 * turn.
 */
import { claude } from "./claude.ts";
import { type HookFormat, NEXT_PROMPT } from "./hook_event.ts";

/** Codex CLI. */
export const codex: HookFormat = {
  agent: "Codex CLI",
  variables: {},
  read(payload, keepsText) {
    if (payload["type"] === "agent-turn-complete") {
      const { "thread-id": session_id, cwd } = payload;
      return claude.read(
        { hook_event_name: "Stop", session_id, cwd },
        keepsText,
      );
    }
    const event = claude.read(payload, keepsText);
    if (event.name !== "Interrupt") return event;
    const reason = `${NEXT_PROMPT} (interrupted)`;
    return { ...event, kind: "reminder", of: "end of turn", reason };
  },
};
