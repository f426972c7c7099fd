/**
 * A tool call of an agent in one short line, such as `Edit lib/store.ts` or
 * `Bash: make test`. Nothing else of what went into a tool is kept.
 */
import { isObject, stringOr } from "../session/event.ts";
import type { JsonObject } from "../session/types.ts";
import { sanitize } from "../report/sanitize.ts";

/** The longest summary, in characters. */
const LONGEST = 120;

/** What of a payload may be told. */
export interface PrivacyOptions {
  /** False: not even a line of a prompt or a tool's input. */
  tellsWhat: boolean;
}

/** The first line of a text that has something in it, harmless and short. */
export function summary(text: unknown, longest = LONGEST): string {
  if (typeof text !== "string") return "";
  const line = /\S[^\r\n]*/.exec(text.slice(0, 4_000))?.[0] ?? "";
  const clean = sanitize(line).trim();
  return clean.length > longest
    ? `${clean.slice(0, longest - 1).toWellFormed()}…`
    : clean;
}

/** A tool call in one line; "" if the payload names no tool. */
export function toolCall(
  payload: JsonObject,
  { tellsWhat }: PrivacyOptions,
): string {
  const tool = summary(payload["tool_name"], 60);
  if (tool === "" || !tellsWhat) return tool;
  const input = isObject(payload["tool_input"]) ? payload["tool_input"] : {};
  const command = commandOf(input["command"] ?? input["cmd"]);
  if (command !== "") return summary(`${tool}: ${command}`);
  const subject = fileOf(input, stringOr(payload["cwd"], "")) || wordOf(input);
  return summary(subject === "" ? tool : `${tool} ${subject}`);
}

/** A shell command, or the words of one. */
function commandOf(value: unknown): string {
  const text = Array.isArray(value)
    ? value.filter((word) => typeof word === "string").join(" ")
    : value;
  return summary(text);
}

const FILES = ["file_path", "notebook_path", "absolute_path", "path"];

function fileOf(input: JsonObject, directory: string): string {
  for (const key of FILES) {
    const path = input[key];
    if (typeof path !== "string" || path === "") continue;
    const base = directory.replace(/[/\\]+$/, "");
    const isBelow = base !== "" && path.startsWith(base) &&
      /^[/\\]/.test(path.slice(base.length));
    return isBelow ? path.slice(base.length + 1) : path;
  }
  return "";
}

const WORDS = ["pattern", "query", "url", "skill", "subject", "description"];

function wordOf(input: JsonObject): string {
  for (const key of WORDS) {
    const word = summary(input[key]);
    if (word !== "") return word;
  }
  return "";
}

/** What an agent asks its user, where a tool call is a question. */
export function questionOf(
  payload: JsonObject,
  { tellsWhat }: PrivacyOptions,
): string | null {
  const { tool_name: tool, tool_input: input } = payload;
  if (tool === "ExitPlanMode") return "approval of its plan";
  if (tool !== "AskUserQuestion") return null;
  const questions = isObject(input) ? input["questions"] : undefined;
  const first = Array.isArray(questions) ? questions[0] : input;
  const text = isObject(first) && tellsWhat ? summary(first["question"]) : "";
  return text || "an answer to its question";
}
