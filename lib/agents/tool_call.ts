/**
 * A tool call in one short line, such as `Edit lib/store.ts` or
 * `Bash: make test`. Nothing else of a tool's input is kept.
 */
import { sanitize } from "../report/sanitize.ts";
import { isObject, stringOr } from "../session/event.ts";
import type { JsonObject } from "../session/types.ts";
import type { PrivacyOptions } from "./hook_event.ts";

/** The longest line, in characters. */
const LONGEST = 120;
/** How far to look for a line that is not blank, in characters. */
const LOOKED_AT = 4_000;

/** The first line of a text that is not blank, sanitized; "" for no text. */
export function firstLine(text: unknown, longest = LONGEST): string {
  if (typeof text !== "string") return "";
  const line = /\S[^\r\n]*/.exec(text.slice(0, LOOKED_AT))?.[0] ?? "";
  const clean = sanitize(line).trim();
  return clean.length > longest
    ? `${clean.slice(0, longest - 1).toWellFormed()}…`
    : clean;
}

/** Inputs that say what a tool works on, the most telling first. */
const FILES = ["file_path", "notebook_path", "absolute_path", "path"];
const WORDS = ["pattern", "query", "url", "skill", "subject", "description"];

/** A tool call in one line; "" if the payload names no tool. */
export function toolCall(
  payload: JsonObject,
  { keepsText }: PrivacyOptions,
): string {
  const tool = firstLine(payload["tool_name"], 60);
  const input = payload["tool_input"];
  if (tool === "" || !keepsText || !isObject(input)) return tool;
  const command = firstLine(commandOf(input["command"] ?? input["cmd"]));
  if (command !== "") return firstLine(`${tool}: ${command}`);
  const file = FILES.map((key) => stringOr(input[key], "")).find(Boolean);
  const subject = file === undefined
    ? WORDS.map((key) => firstLine(input[key])).find(Boolean) ?? ""
    : relativeTo(stringOr(payload["cwd"], ""), file);
  return firstLine(`${tool} ${subject}`);
}

/** A command line, which may be given as a list of words. */
function commandOf(value: unknown): unknown {
  return Array.isArray(value)
    ? value.filter((word) => typeof word === "string").join(" ")
    : value;
}

/** A path as seen from a directory above it; the whole path from elsewhere. */
function relativeTo(directory: string, path: string): string {
  const base = directory.replace(/[/\\]+$/, "");
  const isBelow = base !== "" && path.startsWith(base) &&
    /^[/\\]/.test(path.slice(base.length));
  return isBelow ? path.slice(base.length + 1) : path;
}
