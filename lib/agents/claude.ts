/**
 * The hooks of Claude Code (https://code.claude.com/docs/en/hooks). Other
 * agents have taken over many of its names, so their formats build on this one.
 */
import { sanitize } from "../report/sanitize.ts";
import type { AgentNews, SubagentNews } from "../session/agent.ts";
import { isObject, stringOr, textsOf } from "../session/event.ts";
import type { JsonObject } from "../session/types.ts";
import {
  type HookEvent,
  type HookFormat,
  type HookKind,
  NEXT_PROMPT,
} from "./hook_event.ts";

/** Claude Code. */
export const claude = {
  agent: "Claude Code",
  variables: {
    conversation: "CLAUDE_CODE_SESSION_ID",
    process: "CLAUDE_PID",
    project: "CLAUDE_PROJECT_DIR",
  },
  read(payload: JsonObject, keepsText: boolean): HookEvent {
    const name = stringOr(payload["hook_event_name"], "");
    const kind: HookKind = Object.hasOwn(KINDS, name)
      ? KINDS[name]!(payload, keepsText)
      : { kind: "alive" };
    const subagent = readSubagent(name, payload, kind);
    return {
      ...kind,
      name,
      conversation: stringOr(payload["session_id"], ""),
      directory: stringOr(payload["cwd"], ""),
      transcript: stringOr(payload["transcript_path"], ""),
      subagent,
      tasks: subagent === null ? readTasks(name, payload) : {},
    };
  },
} satisfies HookFormat;

/** What each event says has happened; any other one is a sign of life. */
const KINDS: Record<string, (...call: Call) => HookKind> = {
  UserPromptSubmit: prompt,
  UserPromptExpansion: prompt,
  PreToolUse: (...call) => question(...call) ?? toolCall(...call),
  PermissionRequest: (...call) => question(...call) ?? permission(...call),
  PermissionDenied: toolCall,
  PostToolUse: toolCall,
  PostToolUseFailure: toolFailure,
  PostToolBatch: working,
  PreCompact: working,
  PostCompact: working,
  Elicitation: elicitation,
  ElicitationResult: working,
  Notification: notification,
  Stop: endOfTurn,
  StopFailure: modelFailure,
  SessionEnd: endOfConversation,
};

type Call = [payload: JsonObject, keepsText: boolean];

function working(): HookKind {
  return { kind: "working" };
}

function prompt(payload: JsonObject, keepsText: boolean): HookKind {
  const text = keepsText ? firstLine(payload["prompt"]) : "";
  const message = text === "" ? "Prompt" : `Prompt: ${text}`;
  return { kind: "prompt", message };
}

function toolCall(payload: JsonObject, keepsText: boolean): HookKind {
  return { kind: "tool call", message: describeCall(payload, keepsText) };
}

function permission(payload: JsonObject, keepsText: boolean): HookKind {
  const call = describeCall(payload, keepsText);
  const reason = call === "" ? "permission" : `Allow ${call}?`;
  return { kind: "question", reason };
}

/** What a tool asks the user; null if the tool asks nothing. */
function question(
  { tool_name: tool, tool_input: input }: JsonObject,
  keepsText: boolean,
): HookKind | null {
  const kind = "question";
  if (tool === "ExitPlanMode") return { kind, reason: "approval of its plan" };
  if (tool !== "AskUserQuestion") return null;
  const { questions } = objectOf(input);
  const first = objectOf(Array.isArray(questions) ? questions[0] : input);
  const text = keepsText ? firstLine(first["question"]) : "";
  return { kind, reason: text || "an answer to its question" };
}

function toolFailure(payload: JsonObject, keepsText: boolean): HookKind {
  const message = describeCall(payload, keepsText);
  const text = stringOr(payload["error"], "").trim();
  // How the answer of a tool begins that was refused or interrupted.
  const refusal =
    /^(the user doesn't want|the user rejected|permission to use .{1,80} has been denied|permission for this .{1,80} (was|has been) denied|\[?request interrupted|interrupted by user)/i;
  if (payload["is_interrupt"] === true || refusal.test(text)) {
    return { kind: "tool call", message };
  }
  const cause = keepsText ? firstLine(text) : "";
  const error = `${message || "A tool"} failed${cause && `: ${cause}`}`;
  return { kind: "tool failed", error, message };
}

function modelFailure(payload: JsonObject, keepsText: boolean): HookKind {
  const type = wordOf(payload["error"], keepsText) || "unknown";
  const details = keepsText
    ? firstLine(payload["error_details"] ?? payload["last_assistant_message"])
    : "";
  const error = `API error ${type}${details && `: ${details}`}`;
  return { kind: "turn failed", error };
}

function elicitation(payload: JsonObject, keepsText: boolean): HookKind {
  const server = firstLine(payload["mcp_server_name"], 60);
  const message = keepsText ? firstLine(payload["message"]) : "";
  const reason = [server, message].filter(Boolean).join(": ") || "an answer";
  return { kind: "question", reason };
}

/** Types of notifications: those that ask something, and those after an answer. */
const QUESTIONS = [
  "permission_prompt",
  "elicitation_dialog",
  "elicitation_url_dialog",
  "agent_needs_input",
];
const ANSWERS = [
  "elicitation_complete",
  "elicitation_response",
  "quota_auto_resume_fired",
];

function notification(payload: JsonObject, keepsText: boolean): HookKind {
  const type = stringOr(payload["notification_type"], "");
  const message = firstLine(payload["message"]);
  // Old versions do not name the type.
  const untyped = type === "" ? message.toLowerCase() : "";
  const isIdle = type === "idle_prompt" ||
    untyped.includes("waiting for your input");
  if (isIdle) {
    return { kind: "reminder", of: "end of turn", reason: NEXT_PROMPT };
  }
  if (QUESTIONS.includes(type) || untyped.includes("permission")) {
    const reason = keepsText && message || "permission";
    return { kind: "reminder", of: "question", reason };
  }
  return { kind: ANSWERS.includes(type) ? "working" : "alive" };
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

function endOfConversation(
  payload: JsonObject,
  keepsText: boolean,
): HookKind {
  const reason = wordOf(payload["reason"], keepsText) || "other";
  const isSuperseded = reason === "clear" || reason === "resume";
  return { kind: "ended", reason, isSuperseded };
}

/** A word for programs; any text only where texts are kept. */
function wordOf(text: unknown, keepsText: boolean): string {
  const line = firstLine(text, 60);
  return keepsText || /^[a-z_]+$/.test(line) ? line : "";
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
const TASK_STATES = ["pending", "in_progress", "completed", "deleted"];

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
  const tasks = validTasks([{ id, status }]);
  return Object.keys(tasks).length === 0 ? {} : { tasks };
}

function allTasks(
  list: unknown,
  idOf: (task: JsonObject, index: number) => unknown,
): TaskNews {
  if (!Array.isArray(list)) return {};
  const tasks = list.slice(0, MOST_TASKS).map(objectOf)
    .map((task, index) => ({ id: idOf(task, index), status: task["status"] }));
  return { tasks: validTasks(tasks), all_tasks: true };
}

function validTasks(tasks: { id: unknown; status: unknown }[]) {
  const valid: [string, string][] = [];
  for (const { id, status } of tasks) {
    const name = typeof id === "number" ? String(id) : stringOr(id, "");
    const isId = name !== "" && name.length <= LONGEST_TASK_ID;
    if (isId && typeof status === "string" && TASK_STATES.includes(status)) {
      valid.push([name, status]);
    }
  }
  return Object.fromEntries(valid);
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** The longest line, in characters. */
const LONGEST = 120;
/** How far to look for a line that is not blank, in characters. */
const LOOKED_AT = 4_000;

/*
 * The first use of a regular expression, or of `find`, takes as long as all of
 * this does without: the commonest events, which are tool calls, have none.
 */

/** The first line of a text that is not blank, sanitized; "" for no text. */
function firstLine(text: unknown, longest = LONGEST): string {
  if (typeof text !== "string") return "";
  let line = text.slice(0, LOOKED_AT).trimStart();
  for (const end of ["\n", "\r"]) {
    const at = line.indexOf(end);
    if (at >= 0) line = line.slice(0, at);
  }
  const clean = sanitize(line).trim();
  return clean.length > longest
    ? `${clean.slice(0, longest - 1).toWellFormed()}…`
    : clean;
}

/** Inputs that say what a tool works on, the most telling first. */
const FILES = ["file_path", "notebook_path", "absolute_path", "path"];
const WORDS = ["pattern", "query", "url", "skill", "subject", "description"];

/**
 * A tool call in one short line, such as `Edit lib/store.ts` or
 * `Bash: make test`; "" if the payload names no tool.
 */
function describeCall(payload: JsonObject, keepsText: boolean): string {
  const tool = firstLine(payload["tool_name"], 60);
  const input = payload["tool_input"];
  if (tool === "" || !keepsText || !isObject(input)) return tool;
  // A command line may be a list of words.
  const line = input["command"] ?? input["cmd"];
  const command = firstLine(textsOf(line)?.join(" ") ?? line);
  if (command !== "") return firstLine(`${tool}: ${command}`);
  const file = firstOf(FILES, (key) => stringOr(input[key], ""));
  const subject = file === ""
    ? firstOf(WORDS, (key) => firstLine(input[key]))
    : relativeTo(stringOr(payload["cwd"], ""), file);
  return firstLine(`${tool} ${subject}`);
}

/** The first text that is not empty; "" if all are. */
function firstOf(
  keys: readonly string[],
  read: (key: string) => string,
): string {
  for (const key of keys) {
    const text = read(key);
    if (text !== "") return text;
  }
  return "";
}

/** A path as seen from a directory above it; the whole path from elsewhere. */
function relativeTo(directory: string, path: string): string {
  let end = directory.length;
  while (end > 0 && isSeparator(directory[end - 1])) end--;
  const isBelow = end > 0 && path.startsWith(directory.slice(0, end)) &&
    isSeparator(path[end]);
  return isBelow ? path.slice(end + 1) : path;
}

function isSeparator(character: string | undefined): boolean {
  return character === "/" || character === "\\";
}
