/**
 * The hooks of Claude Code (https://code.claude.com/docs/en/hooks). Other
 * agents have taken over many of its names, so their formats build on this one.
 */
import type { AgentNews, SubagentNews } from "../session/agent.ts";
import { isObject, stringOr } from "../session/event.ts";
import type { JsonObject } from "../session/types.ts";
import {
  type HookEvent,
  type HookFormat,
  type HookKind,
  NEXT_PROMPT,
  type PrivacyOptions,
} from "./hook_event.ts";
import { firstLine, toolCall } from "./tool_call.ts";

/** Claude Code. */
export const claude = {
  agent: "Claude Code",
  variables: {
    conversation: "CLAUDE_CODE_SESSION_ID",
    process: "CLAUDE_PID",
    project: "CLAUDE_PROJECT_DIR",
  },
  read(payload: JsonObject, privacy: PrivacyOptions): HookEvent {
    const name = stringOr(payload["hook_event_name"], "");
    const kind = readKind(name, payload, privacy);
    return {
      ...kind,
      name,
      conversation: stringOr(payload["session_id"], ""),
      directory: stringOr(payload["cwd"], ""),
      transcript: stringOr(payload["transcript_path"], ""),
      subagent: readSubagent(name, payload, kind),
      tasks: readTasks(name, payload),
    };
  },
} satisfies HookFormat;

function readKind(
  name: string,
  payload: JsonObject,
  privacy: PrivacyOptions,
): HookKind {
  switch (name) {
    case "UserPromptSubmit":
    case "UserPromptExpansion":
      return { kind: "prompt", message: promptOf(payload, privacy) };
    case "PreToolUse": {
      const reason = questionOf(payload, privacy);
      if (reason !== null) return { kind: "question", reason };
      return { kind: "tool call", message: toolCall(payload, privacy) };
    }
    case "PermissionRequest":
      return { kind: "question", reason: permission(payload, privacy) };
    case "PostToolUse":
    case "PermissionDenied":
      return { kind: "tool call", message: toolCall(payload, privacy) };
    case "PostToolUseFailure":
      return toolFailure(payload, privacy);
    case "PostToolBatch":
    case "PreCompact":
    case "PostCompact":
    case "ElicitationResult":
      return { kind: "working" };
    case "Elicitation":
      return { kind: "question", reason: elicitation(payload) };
    case "Notification":
      return notification(payload);
    case "Stop":
      return endOfTurn(payload);
    case "StopFailure":
      return { kind: "turn failed", error: modelError(payload) };
    case "SessionEnd":
      return endOfConversation(payload);
    default:
      return { kind: "alive" };
  }
}

function promptOf(payload: JsonObject, { keepsText }: PrivacyOptions): string {
  const text = keepsText ? firstLine(payload["prompt"]) : "";
  return text === "" ? "Prompt" : `Prompt: ${text}`;
}

function permission(payload: JsonObject, privacy: PrivacyOptions): string {
  const call = toolCall(payload, privacy);
  return questionOf(payload, privacy) ??
    (call === "" ? "permission" : `Allow ${call}?`);
}

/** What a tool asks the user; null if the tool asks nothing. */
function questionOf(
  { tool_name: tool, tool_input: input }: JsonObject,
  { keepsText }: PrivacyOptions,
): string | null {
  if (tool === "ExitPlanMode") return "approval of its plan";
  if (tool !== "AskUserQuestion") return null;
  const questions = isObject(input) ? input["questions"] : undefined;
  const first = Array.isArray(questions) ? questions[0] : input;
  const text = isObject(first) && keepsText ? firstLine(first["question"]) : "";
  return text || "an answer to its question";
}

/** How the answer of a tool begins that was refused or interrupted. */
const REFUSALS =
  /^(the user doesn't want|the user rejected|permission to use .{1,80} has been denied|permission for this .{1,80} (was|has been) denied|\[?request interrupted|interrupted by user)/i;

function toolFailure(payload: JsonObject, privacy: PrivacyOptions): HookKind {
  const message = toolCall(payload, privacy);
  const text = stringOr(payload["error"], "").trim();
  if (payload["is_interrupt"] === true || REFUSALS.test(text)) {
    return { kind: "tool call", message };
  }
  const cause = privacy.keepsText ? firstLine(text) : "";
  const error = `${message || "A tool"} failed${cause && `: ${cause}`}`;
  return { kind: "tool failed", error, message };
}

function modelError(payload: JsonObject): string {
  const type = firstLine(payload["error"], 60) || "unknown";
  const details = firstLine(
    payload["error_details"] ?? payload["last_assistant_message"],
  );
  return `API error ${type}${details && `: ${details}`}`;
}

function elicitation(payload: JsonObject): string {
  const server = firstLine(payload["mcp_server_name"], 60);
  const message = firstLine(payload["message"]);
  return [server, message].filter(Boolean).join(": ") || "an answer";
}

const QUESTIONS = new Set([
  "permission_prompt",
  "elicitation_dialog",
  "elicitation_url_dialog",
  "agent_needs_input",
]);
const ANSWERS = new Set([
  "elicitation_complete",
  "elicitation_response",
  "quota_auto_resume_fired",
]);

function notification(payload: JsonObject): HookKind {
  const type = stringOr(payload["notification_type"], "");
  const message = firstLine(payload["message"]);
  // Old versions do not name the type.
  const untyped = type === "" ? message : "";
  if (type === "idle_prompt" || /waiting for your input/i.test(untyped)) {
    return { kind: "reminder", of: "end of turn", reason: NEXT_PROMPT };
  }
  if (QUESTIONS.has(type) || /permission/i.test(untyped)) {
    const reason = message || "permission";
    return { kind: "reminder", of: "question", reason };
  }
  return { kind: ANSWERS.has(type) ? "working" : "alive" };
}

function endOfTurn(payload: JsonObject): HookKind {
  const parts = [
    counted(payload["background_tasks"], "background task"),
    counted(payload["session_crons"], "schedule"),
  ].filter(Boolean);
  return parts.length === 0
    ? { kind: "idle" }
    : { kind: "parked", reason: `Parked: ${parts.join(" and ")}` };
}

/** `2 schedules`; "" for an empty list. */
function counted(list: unknown, word: string): string {
  const count = Array.isArray(list) ? list.length : 0;
  return count === 0 ? "" : `${count} ${word}${count === 1 ? "" : "s"}`;
}

function endOfConversation(payload: JsonObject): HookKind {
  const reason = firstLine(payload["reason"], 60) || "other";
  const isSuperseded = reason === "clear" || reason === "resume";
  return { kind: "ended", reason, isSuperseded };
}

/** What a payload tells of a subagent; null if it comes from none. */
function readSubagent(
  name: string,
  payload: JsonObject,
  kind: HookKind,
): SubagentNews | null {
  const id = stringOr(payload["agent_id"], "").slice(0, 64);
  if (id === "") return null;
  const type = firstLine(payload["agent_type"], 40);
  if (name === "SubagentStart") return { id, type, event: "started" };
  if (name === "SubagentStop") return { id, type, event: "ended" };
  if (kind.kind !== "question") return { id, type, event: "works" };
  const asks = type === "" ? kind.reason : `${type}: ${kind.reason}`;
  return { id, type, event: "asks", asks };
}

/** Tasks of a list beyond these are not followed. */
const MOST_TASKS = 200;
const LONGEST_TASK_ID = 64;
const TASK_STATES = new Set(["pending", "in_progress", "completed", "deleted"]);

type TaskNews = Pick<AgentNews, "tasks" | "all_tasks">;

/** What a payload tells of the list of tasks; empty if it tells nothing. */
function readTasks(name: string, payload: JsonObject): TaskNews {
  if (name === "TaskCreated") return oneTask(payload["task_id"], "pending");
  if (name === "TaskCompleted") return oneTask(payload["task_id"], "completed");
  if (name !== "PostToolUse") return {};
  const input = objectOf(payload["tool_input"]);
  const output = objectOf(payload["tool_response"]);
  switch (payload["tool_name"]) {
    case "TodoWrite":
      return allTasks(input["todos"], (_, index) => index + 1);
    case "TaskList":
      return allTasks(output["tasks"], ({ id }) => id);
    case "TaskCreate":
      return oneTask(objectOf(output["task"])["id"], "pending");
    case "TaskUpdate":
      if (output["success"] === false) return {};
      // Models name the task in several ways; the output is dependable.
      return oneTask(
        output["taskId"] ?? input["taskId"] ?? input["task_id"] ?? input["id"],
        objectOf(output["statusChange"])["to"] ?? input["status"],
      );
    default:
      return {};
  }
}

function oneTask(id: unknown, status: unknown): TaskNews {
  const tasks = validTasks([[id, status]]);
  return Object.keys(tasks).length === 0 ? {} : { tasks };
}

function allTasks(
  list: unknown,
  idOf: (task: JsonObject, index: number) => unknown,
): TaskNews {
  if (!Array.isArray(list)) return {};
  const pairs = list.slice(0, MOST_TASKS).map(objectOf)
    .map((task, index): [unknown, unknown] => [
      idOf(task, index),
      task["status"],
    ]);
  return { tasks: validTasks(pairs), all_tasks: true };
}

function validTasks(pairs: [id: unknown, status: unknown][]) {
  const tasks: [string, string][] = [];
  for (const [id, status] of pairs) {
    const name = typeof id === "number" ? String(id) : stringOr(id, "");
    const isId = name !== "" && name.length <= LONGEST_TASK_ID;
    if (isId && typeof status === "string" && TASK_STATES.has(status)) {
      tasks.push([name, status]);
    }
  }
  return Object.fromEntries(tasks);
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
