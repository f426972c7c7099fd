/**
 * An agent's list of things to do, as its tools and events tell of it: which
 * tasks are in which state. Empty where a payload tells nothing of that.
 */
import { isObject, stringOr } from "../session/event.ts";
import type { JsonObject } from "../session/types.ts";
import type { AgentNews } from "../session/agent.ts";

type TaskNews = Pick<AgentNews, "tasks" | "all_tasks">;

const STATES = new Set(["pending", "in_progress", "completed", "deleted"]);
/** More than this of a list is not followed. */
const MOST = 200;
const LONGEST_ID = 64;

/** What a tool call that has succeeded tells of the tasks. */
export function tasksOfCall(payload: JsonObject): TaskNews {
  const input = objectOf(payload["tool_input"]);
  const output = objectOf(payload["tool_response"]);
  switch (payload["tool_name"]) {
    case "TodoWrite":
      return whole(input["todos"], (_, index) => String(index + 1));
    case "TaskList":
      return whole(output["tasks"], (task) => idOf(task["id"]));
    case "TaskCreate":
      return one(objectOf(output["task"])["id"], "pending");
    case "TaskUpdate":
      return updated(input, output);
    default:
      return {};
  }
}

/** What an event on a task tells; it comes before the change is certain. */
export function tasksOfEvent(payload: JsonObject, state: string): TaskNews {
  return one(payload["task_id"], state);
}

/** Models name the task in more ways than one; the answer is to be trusted. */
function updated(input: JsonObject, output: JsonObject): TaskNews {
  if (output["success"] === false) return {};
  const id = output["taskId"] ?? input["taskId"] ?? input["task_id"] ??
    input["id"];
  const state = objectOf(output["statusChange"])["to"] ?? input["status"];
  return one(id, stringOr(state, ""));
}

function one(id: unknown, state: string): TaskNews {
  const name = idOf(id);
  return name === "" || !STATES.has(state)
    ? {}
    : { tasks: Object.fromEntries([[name, state]]) };
}

function whole(
  list: unknown,
  nameOf: (task: JsonObject, index: number) => string,
): TaskNews {
  if (!Array.isArray(list)) return {};
  const pairs = list.slice(0, MOST).map((item, index): [string, string] => {
    const task = objectOf(item);
    return [nameOf(task, index), stringOr(task["status"], "")];
  });
  const good = pairs.filter(([id, state]) => id !== "" && STATES.has(state));
  return { tasks: Object.fromEntries(good), all_tasks: true };
}

function idOf(value: unknown): string {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && text.length <= LONGEST_ID ? text : "";
}

function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
