/**
 * What a hook's payload says, in ptrack's terms. The events are those of
 * Claude Code; `dialects.ts` brings other agents' to the same names. Unknown
 * events and values are signs of life and nothing more. Pure.
 */
import type { AgentNews, SubagentNews } from "../session/agent.ts";
import { stringOr } from "../session/event.ts";
import type { JsonObject } from "../session/types.ts";
import { tasksOfCall, tasksOfEvent } from "./tasks.ts";
import {
  type PrivacyOptions,
  questionOf,
  summary,
  toolCall,
} from "./tool_call.ts";

/** What an agent waits for whose turn has ended. */
export const NEXT_PROMPT = "the next prompt";

/** What the main conversation is at, or what has happened beside it. */
export type Happening =
  /** It works; `message` "" where there is nothing new to tell. */
  | { kind: "works"; message: string; begins: boolean }
  /** A prompt: a new turn, and where there was none yet, a new session. */
  | { kind: "prompt"; message: string }
  /** It asks somebody for something. */
  | { kind: "asks"; reason: string; begins: boolean }
  /** Somebody is told, again, that it asks, or else that its turn has ended. */
  | { kind: "reminds"; of: "question" | "end of turn"; reason: string }
  /** A tool has failed; the work goes on. */
  | { kind: "tool failed"; error: string; message: string }
  /** A model could not be reached, or would not answer. */
  | { kind: "turn failed"; error: string }
  /** The turn has ended, and it waits for the next prompt. */
  | { kind: "idle" }
  /** The turn has ended, and it will go on by itself. */
  | { kind: "parked"; reason: string }
  /** The conversation is over; `superseded`: another takes its place. */
  | { kind: "ended"; reason: string; superseded: boolean }
  /** Nothing but a sign of life. */
  | { kind: "alive" };

/** One payload, understood. */
export interface HookEvent {
  /** The event's name, for the debug log. */
  event: string;
  /** The agent's id of the session; "" if it names none. */
  session: string;
  /** Where the agent works; "" if it does not say. */
  directory: string;
  /** The agent's own record; "" if it does not say. */
  transcript: string;
  happening: Happening;
  /** The helper that it came from; null for the main conversation. */
  subagent: SubagentNews | null;
  /** What it tells of tasks. */
  tasks: Pick<AgentNews, "tasks" | "all_tasks">;
}

/** Understands a payload. */
export function readHookEvent(
  payload: JsonObject,
  discretion: PrivacyOptions,
): HookEvent {
  const event = stringOr(payload["hook_event_name"], "");
  const happening = readHappening(event, payload, discretion);
  return {
    event,
    session: stringOr(payload["session_id"], ""),
    directory: stringOr(payload["cwd"], ""),
    transcript: stringOr(payload["transcript_path"], ""),
    happening,
    subagent: readSubagent(event, payload, happening),
    tasks: readTasks(event, payload),
  };
}

function readHappening(
  event: string,
  payload: JsonObject,
  discretion: PrivacyOptions,
): Happening {
  const call = () => toolCall(payload, discretion);
  switch (event) {
    case "UserPromptSubmit":
    case "UserPromptExpansion":
      return { kind: "prompt", message: promptOf(payload, discretion) };
    case "PreToolUse":
    case "PermissionRequest":
      return beforeTool(event, payload, discretion);
    case "PostToolUse":
    case "PermissionDenied":
      return { kind: "works", message: call(), begins: true };
    case "PostToolBatch":
    case "PreCompact":
    case "PostCompact":
    case "ElicitationResult":
      return { kind: "works", message: "", begins: false };
    case "PostToolUseFailure":
      return toolFailure(payload, discretion);
    case "StopFailure":
      return { kind: "turn failed", error: modelError(payload) };
    case "Elicitation":
      return { kind: "asks", reason: elicitation(payload), begins: true };
    case "Notification":
      return notification(payload);
    case "Stop":
      return endOfTurn(payload);
    case "Interrupt":
      return {
        kind: "reminds",
        of: "end of turn",
        reason: `${NEXT_PROMPT} (interrupted)`,
      };
    case "SessionEnd":
      return endOfSession(payload);
    default:
      return { kind: "alive" };
  }
}

function promptOf(payload: JsonObject, { tellsWhat }: PrivacyOptions): string {
  const text = tellsWhat ? summary(payload["prompt"]) : "";
  return text === "" ? "Prompt" : `Prompt: ${text}`;
}

function beforeTool(
  event: string,
  payload: JsonObject,
  discretion: PrivacyOptions,
): Happening {
  const question = questionOf(payload, discretion);
  if (question !== null) {
    return { kind: "asks", reason: question, begins: true };
  }
  const message = toolCall(payload, discretion);
  return event === "PermissionRequest"
    ? {
      kind: "asks",
      reason: message === "" ? "permission" : `Allow ${message}?`,
      begins: true,
    }
    : { kind: "works", message, begins: true };
}

/** How a tool that was not let run, or was stopped, begins its answer. */
const REFUSALS =
  /^(the user doesn't want|the user rejected|permission to use .{1,80} has been denied|permission for this .{1,80} (was|has been) denied|\[?request interrupted|interrupted by user)/i;

function toolFailure(
  payload: JsonObject,
  discretion: PrivacyOptions,
): Happening {
  const { error, is_interrupt: isInterrupt } = payload;
  const message = toolCall(payload, discretion);
  const text = stringOr(error, "").trim();
  if (isInterrupt === true || REFUSALS.test(text)) {
    return { kind: "works", message, begins: true };
  }
  // A tool's output is its own business; its first line says how it ended.
  const told = discretion.tellsWhat ? summary(text) : "";
  return {
    kind: "tool failed",
    error: `${message || "A tool"} failed${told === "" ? "" : `: ${told}`}`,
    message,
  };
}

function modelError(payload: JsonObject): string {
  const kind = summary(payload["error"], 60) || "unknown";
  const details = summary(
    payload["error_details"] ?? payload["last_assistant_message"],
  );
  return `API error ${kind}${details === "" ? "" : `: ${details}`}`;
}

function elicitation(payload: JsonObject): string {
  const server = summary(payload["mcp_server_name"], 60);
  const message = summary(payload["message"]);
  return [server, message].filter((text) => text !== "").join(": ") ||
    "an answer";
}

const ASKING = new Set([
  "permission_prompt",
  "ToolPermission",
  "elicitation_dialog",
  "elicitation_url_dialog",
  "agent_needs_input",
]);
const ANSWERED = new Set([
  "elicitation_complete",
  "elicitation_response",
  "quota_auto_resume_fired",
]);

function notification(payload: JsonObject): Happening {
  const type = stringOr(payload["notification_type"], "");
  const message = summary(payload["message"]);
  // Old versions do not name the type.
  const words = type === "" ? message : "";
  if (type === "idle_prompt" || /waiting for your input/i.test(words)) {
    return { kind: "reminds", of: "end of turn", reason: NEXT_PROMPT };
  }
  if (ASKING.has(type) || /permission/i.test(words)) {
    return { kind: "reminds", of: "question", reason: message || "permission" };
  }
  return ANSWERED.has(type)
    ? { kind: "works", message: "", begins: false }
    : { kind: "alive" };
}

function endOfTurn(payload: JsonObject): Happening {
  const tasks = countOf(payload["background_tasks"]);
  const crons = countOf(payload["session_crons"]);
  if (tasks + crons === 0) return { kind: "idle" };
  const parts = [
    tasks === 0 ? "" : `${tasks} background task${tasks === 1 ? "" : "s"}`,
    crons === 0 ? "" : `${crons} schedule${crons === 1 ? "" : "s"}`,
  ];
  const what = parts.filter((part) => part !== "").join(" and ");
  return { kind: "parked", reason: `Parked: ${what}` };
}

function countOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}

function endOfSession(payload: JsonObject): Happening {
  const reason = summary(payload["reason"], 60) || "other";
  const superseded = reason === "clear" || reason === "resume";
  return { kind: "ended", reason, superseded };
}

/** What a payload says of a helper; null if it says nothing of any. */
function readSubagent(
  event: string,
  payload: JsonObject,
  happening: Happening,
): SubagentNews | null {
  const id = stringOr(payload["agent_id"], "").slice(0, 64);
  if (id === "") return null;
  const type = summary(payload["agent_type"], 40);
  if (event === "SubagentStart") return { id, type, event: "started" };
  if (event === "SubagentStop") return { id, type, event: "ended" };
  return happening.kind === "asks"
    ? { id, type, event: "asks", asks: asked(type, happening.reason) }
    : { id, type, event: "works" };
}

function asked(type: string, reason: string): string {
  return type === "" ? reason : `${type}: ${reason}`;
}

function readTasks(event: string, payload: JsonObject): HookEvent["tasks"] {
  if (event === "PostToolUse") return tasksOfCall(payload);
  if (event === "TaskCreated") return tasksOfEvent(payload, "pending");
  if (event === "TaskCompleted") return tasksOfEvent(payload, "completed");
  return {};
}
