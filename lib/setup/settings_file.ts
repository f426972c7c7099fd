/**
 * Claude Code's settings as text: our hooks are added and removed by edits that
 * keep every other byte. Only strict JSON is accepted, as Claude Code reads
 * it; a file that is anything else is refused. Pure.
 */
import {
  applyEdits,
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
  const keys = tree?.children?.map(keyOf) ?? [];
  const duplicate = keys.indexOf("hooks") === keys.lastIndexOf("hooks")
    ? duplicateKey(findNodeAtLocation(tree!, ["hooks"])!)
    : "hooks";
  if (duplicate !== null) throw refused(`it has "${duplicate}" twice`);
  if (!isObject(hooks)) throw refused('its "hooks" is not an object');
  for (const [event, groups] of Object.entries(hooks)) {
    if (!Array.isArray(groups)) {
      throw refused(`its hooks for "${event}" are not a list`);
    }
  }
  return value;
}

/** Where in the settings a handler of ours is. */
interface Place {
  event: string;
  group: number;
  handler: number;
  command: string;
}

/** Our handlers in settings that `readSettings` has read. */
function ourPlaces(settings: JsonObject): Place[] {
  const found: Place[] = [];
  const events = isObject(settings["hooks"]) ? settings["hooks"] : {};
  for (const [event, groups] of Object.entries(events)) {
    for (const [group, value] of (groups as unknown[]).entries()) {
      for (const [handler, { command }] of handlersOf(value).entries()) {
        if (!isOurCommand(command)) continue;
        found.push({ event, group, handler, command: command as string });
      }
    }
  }
  return found;
}

function handlersOf(group: unknown): JsonObject[] {
  const list = isObject(group) ? group["hooks"] : null;
  return Array.isArray(list) ? list.map((one) => isObject(one) ? one : {}) : [];
}

/** Our commands in the settings, each with its events. */
export function ourCommands(settings: JsonObject): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { event, command } of ourPlaces(settings)) {
    found.set(command, [...(found.get(command) ?? []), event]);
  }
  return found;
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
  const present = ourPlaces(settings);
  for (const place of present) {
    if (place.command === command) continue;
    const { event, group, handler } = place;
    const path = ["hooks", event, group, "hooks", handler, "command"];
    next = applyEdits(next, modify(next, path, command, {}));
  }
  const known = new Set(present.map(({ event }) => event));
  const missing = entries.filter(({ event }) => !known.has(event));
  if (missing.length === 0) return next;
  const groupOf = ({ matcher }: HookEntry) => ({
    ...(matcher === undefined ? {} : { matcher }),
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
    const place = ourPlaces(settings).at(-1);
    if (place === undefined) return next;
    next = remove(next, pathToRemove(settings, place));
  }
}

/** The largest value that holds nothing but one handler of ours. */
function pathToRemove(
  settings: JsonObject,
  { event, group, handler }: Place,
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
 * nothing else has changed since. Throws RefusedError as `readSettings` does.
 */
export function restore(
  text: string,
  before: string | null,
  name: string,
): string {
  const without = removeHooks(text, name);
  if (before === null) return without;
  try {
    const original = withoutEmpties(removeHooks(before, name), name);
    return isSame(withoutEmpties(without, name), original) ? before : without;
  } catch {
    // A backup that has become unusable says nothing.
    return without;
  }
}

/** Removing our hooks also removes events, and hooks, that were empty. */
function withoutEmpties(text: string, name: string): string {
  let next = text;
  for (;;) {
    const { hooks } = readSettings(next, name);
    if (!isObject(hooks)) return next;
    const events = Object.entries(hooks);
    if (events.length === 0) return remove(next, ["hooks"]);
    const [empty] = events.find(([, groups]) =>
      (groups as unknown[]).length === 0
    ) ?? [];
    if (empty === undefined) return next;
    next = remove(next, ["hooks", empty]);
  }
}

/** Whether two texts are the same JSON, whatever white space is in them. */
export function isSame(text: string, other: string): boolean {
  return withoutSpace(text) === withoutSpace(other);
}

/** As written, not as read: numbers that only read the same differ. */
function withoutSpace(json: string): string {
  return json.replace(/("[^"\\]*(?:\\.[^"\\]*)*")|\s+/g, "$1") || "{}";
}

/**
 * The text with a new value at a path, which ends in a new key, or in -1 for
 * the end of a list. It is written on one line if its neighbours are, else
 * with the file's indentation and line ends.
 */
function insert(text: string, path: JSONPath, value: unknown): string {
  const [edit] = modify(text, path, value, {}) as [{
    offset: number;
    length: number;
    content: string;
  }];
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
