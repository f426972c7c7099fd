/**
 * What a coding agent tells by a hook, in the same words for every agent. Each
 * agent has a file that turns its payloads into these events (`claude.ts`,
 * `codex.ts`, `gemini.ts`); `state_machine.ts` decides what to record.
 */
import type { AgentNews, SubagentNews } from "../session/agent.ts";
import type { JsonObject } from "../session/types.ts";

/** What has happened in a conversation. */
export type HookKind =
  /** A prompt begins a turn. */
  | { kind: "prompt"; message: string }
  /** A tool runs, or has run. */
  | { kind: "tool call"; message: string }
  /** A tool has failed; the work goes on. */
  | { kind: "tool failed"; error: string; message: string }
  /** It works, and has nothing to tell. */
  | { kind: "working" }
  /** It asks somebody for something. */
  | { kind: "question"; reason: string }
  /** It repeats that it asks, or that its turn has ended. */
  | { kind: "reminder"; of: "question" | "end of turn"; reason: string }
  /** The turn has ended: it waits for the next prompt. */
  | { kind: "idle" }
  /** The turn has ended, and it will go on by itself. */
  | { kind: "parked"; reason: string }
  /** A model could not be reached, or refused. */
  | { kind: "turn failed"; error: string }
  /** The conversation is over; `isSuperseded`: another one takes its place. */
  | { kind: "ended"; reason: string; isSuperseded: boolean }
  /** A sign of life, as everything is that is not known. */
  | { kind: "alive" };

/** One payload, understood: what has happened, where, and what else it tells. */
export type HookEvent = HookKind & {
  /** The agent's name of the event, for the debug log. */
  name: string;
  /** The agent's id of the conversation; "" if unknown. */
  conversation: string;
  /** Where the agent works; "" if unknown. */
  directory: string;
  /** The agent's own record of the conversation; "" if unknown. */
  transcript: string;
  /** The subagent that the event is about; null for the main conversation. */
  subagent: SubagentNews | null;
  /** What it tells of the agent's list of tasks, not of a subagent's. */
  tasks: Pick<AgentNews, "tasks" | "all_tasks">;
};

/** How the hooks of one agent are understood. */
export interface HookFormat {
  /** The agent's name, for people. */
  agent: string;
  /**
   * Environment variables that the agent sets for its hooks: the ids of the
   * conversation and of its process, where it began, and where it works now.
   */
  variables: {
    conversation?: string;
    process?: string;
    project?: string;
    directory?: string;
  };
  /** Understands a payload; what it does not know is a sign of life. */
  read(payload: JsonObject, keepsText: boolean): HookEvent;
}

/** What an agent waits for whose turn has ended. */
export const NEXT_PROMPT = "the next prompt";

/** Whether an event begins a session that is not there yet. */
export function beginsSession({ kind }: HookEvent): boolean {
  return ["prompt", "tool call", "tool failed", "question"].includes(kind);
}
