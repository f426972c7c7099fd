/**
 * Claude Code's settings as text: our hooks are added and removed by edits that
 * keep every other byte. Only strict JSON is accepted, as Claude Code reads
 * it; a file that is anything else is refused. Pure.
 */
import {
  applyEdits,
  type Edit,
  findNodeAtLocation,
  format,
  type JSONPath,
  modify,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { RefusedError } from "../errors.ts";
import { isObject } from "../session/event.ts";
import type { JsonObject } from "../session/types.ts";
import {
  ALL_ENTRIES,
  HOOK_TIMEOUT_S,
  type HookEntry,
  isOurCommand,
} from "./hook_entries.ts";

/**
 * The settings in a text; `name` is told in errors. Throws RefusedError if it
 * is not a JSON object, or its hooks are not as Claude Code has them.
 */
export function readSettings(text: string, name: string): JsonObject {
  if (text.trim() === "") return {};
  const refused = (why: string) =>
    new RefusedError(`Cannot use "${name}": ${why}; fix it first`);
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, {
    disallowComments: true,
    allowTrailingComma: false,
  });
  const [first] = errors;
  if (first !== undefined) {
    const before = text.slice(0, first.offset).split("\n");
    const column = before.at(-1)!.length + 1;
    // `PropertyNameExpected` as words.
    const problem = printParseErrorCode(first.error)
      .replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
    const place = `${problem} in line ${before.length}, column ${column}`;
    throw refused(`it is not JSON (${place})`);
  }
  // That parser takes "__proto__" for a prototype; this one does not.
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw refused("it is not a JSON object");
  const { hooks } = value;
  if (hooks === undefined) return value;
  // Edits could not tell one from the other.
  const entries = tree!.children!.filter((entry) => keyOf(entry) === "hooks");
  const duplicate = entries.length > 1 ? "hooks" : duplicateKey(entries[0]!);
  if (duplicate !== null) throw refused(`it has "${duplicate}" twice`);
  if (!isObject(hooks)) throw refused('its "hooks" is not an object');
  for (const [event, groups] of Object.entries(hooks)) {
    if (!Array.isArray(groups)) {
      throw refused(`its hooks for "${event}" are not a list`);
    }
  }
  return value;
}

/** A handler of ours, and where in the settings it is. */
export interface OurHook {
  event: string;
  group: number;
  handler: number;
  command: string;
}

/** Our handlers in settings that `readSettings` has read. */
export function ourHooks(settings: JsonObject): OurHook[] {
  const found: OurHook[] = [];
  const events = isObject(settings["hooks"]) ? settings["hooks"] : {};
  for (const [event, groups] of Object.entries(events)) {
    for (const [group, value] of (groups as unknown[]).entries()) {
      for (const [handler, { command }] of handlersOf(value).entries()) {
        if (!isOurCommand(command)) continue;
        found.push({ event, group, handler, command });
      }
    }
  }
  return found;
}

function handlersOf(group: unknown): JsonObject[] {
  const list = isObject(group) ? group["hooks"] : null;
  return Array.isArray(list) ? list.map((one) => isObject(one) ? one : {}) : [];
}

/** The text with our hooks; the same text if it has them all. */
export function addHooks(
  text: string,
  { command, entries, name }: {
    command: string;
    entries: readonly HookEntry[];
    name: string;
  },
): string {
  let next = text.trim() === "" ? "{}\n" : text;
  const settings = readSettings(next, name);
  const present = ourHooks(settings);
  for (const { event, group, handler, command: old } of present) {
    const path = ["hooks", event, group, "hooks", handler, "command"];
    if (old === command) continue;
    next = applyEdits(next, modify(next, path, command, {}));
  }
  const known = new Set(present.map(({ event }) => event));
  const missing = entries.filter(({ event }) => !known.has(event));
  if (missing.length === 0) return next;
  const groupOf = ({ matcher }: HookEntry) => ({
    matcher,
    hooks: [{ type: "command", command, timeout: HOOK_TIMEOUT_S }],
  });
  const { hooks } = settings;
  if (!isObject(hooks)) {
    const all = missing.map((entry) => [entry.event, [groupOf(entry)]]);
    return insert(next, ["hooks"], Object.fromEntries(all));
  }
  for (const entry of missing) {
    const { event } = entry;
    next = Object.hasOwn(hooks, event)
      ? insert(next, ["hooks", event, -1], groupOf(entry))
      : insert(next, ["hooks", event], [groupOf(entry)]);
  }
  return next;
}

/** The text without our hooks, and without what they leave empty. */
export function removeHooks(text: string, name: string): string {
  let next = text;
  for (;;) {
    const settings = readSettings(next, name);
    const hook = ourHooks(settings).at(-1);
    if (hook === undefined) return next;
    next = remove(next, pathToRemove(settings, hook));
  }
}

/** The largest value that holds nothing but one handler of ours. */
function pathToRemove(
  settings: JsonObject,
  { event, group, handler }: OurHook,
): JSONPath {
  const hooks = settings["hooks"] as Record<string, JsonObject[]>;
  const groups = hooks[event]!;
  if (handlersOf(groups[group]).length > 1) {
    return ["hooks", event, group, "hooks", handler];
  }
  if (groups.length > 1) return ["hooks", event, group];
  return Object.keys(hooks).length > 1 ? ["hooks", event] : ["hooks"];
}

/**
 * The text of a file without our hooks: the text before we added them, if
 * nothing else has changed since; null if there was none, and nothing is left.
 * Throws RefusedError as `readSettings` does.
 */
export function restore(
  text: string,
  before: string | null,
  name: string,
): string | null {
  const without = removeHooks(text, name);
  if (before === null) {
    return without !== text && isSame(without, "{}") ? null : without;
  }
  const hooks = ourHooks(readSettings(text, name));
  const events = new Set(hooks.map(({ event }) => event));
  const entries = ALL_ENTRIES.filter(({ event }) => events.has(event));
  const command = hooks[0]?.command ?? "";
  try {
    const added = addHooks(before, { command, entries, name });
    return isSame(added, text) ? before : without;
  } catch {
    // A backup that has become unusable says nothing.
    return without;
  }
}

/**
 * Whether two texts are the same JSON, whatever white space is in them: as
 * written, not as read, since numbers that only read the same differ.
 */
function isSame(text: string, other: string): boolean {
  const withoutSpace = (json: string) =>
    json.replace(/("[^"\\]*(?:\\.[^"\\]*)*")|\s+/g, "$1") || "{}";
  return withoutSpace(text) === withoutSpace(other);
}

/**
 * The text with a new value at a path, which ends in a new key, or in -1 for
 * the end of a list. It is written on one line if its neighbours are, else
 * with the file's indentation and line ends.
 */
function insert(text: string, path: JSONPath, value: unknown): string {
  const [edit] = modify(text, path, value, {}) as [Edit];
  const next = applyEdits(text, [edit]);
  const { offset, length, children = [] } = nodeAt(text, path.slice(0, -1));
  const isEmpty = children.length === 0;
  const isOneLine = !text.slice(offset, offset + length).includes("\n");
  if (!isEmpty && isOneLine) return next;
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ";
  // Only edits within the range are made: what is around it keeps its bytes.
  // The brackets around what was empty are a part of it.
  const around = isEmpty ? 1 : 0;
  const range = {
    offset: edit.offset - around,
    length: edit.content.length + 2 * around,
  };
  const insertSpaces = !indent.startsWith("\t");
  const tabSize = insertSpaces ? indent.length : 4;
  return applyEdits(next, format(next, range, { insertSpaces, tabSize }));
}

/**
 * The text without the value at a path, its key, and one comma. jsonc-parser's
 * own removal breaks lists that are written on one line.
 */
function remove(text: string, path: JSONPath): string {
  const value = nodeAt(text, path);
  const entry = value.parent?.type === "property" ? value.parent : value;
  const { offset, length, children = [] } = entry.parent!;
  const at = children.indexOf(entry);
  const [before, after] = [children[at - 1], children[at + 1]];
  const [start, end] = before !== undefined
    ? [before.offset + before.length, entry.offset + entry.length]
    : after !== undefined
    ? [entry.offset, after.offset]
    : [offset + 1, offset + length - 1];
  return text.slice(0, start) + text.slice(end);
}

function nodeAt(text: string, path: JSONPath): Node {
  return findNodeAtLocation(parseTree(text)!, path)!;
}

/** A key that an object, or one in it, has twice; null if there is none. */
function duplicateKey({ type, children = [] }: Node): string | null {
  const keys = type === "object" ? children.map(keyOf) : [];
  return keys.find((key, at) => keys.indexOf(key) !== at) ??
    children.map(duplicateKey).find((key) => key !== null) ?? null;
}

function keyOf({ children }: Node): string {
  return String(children?.[0]?.value);
}
