/**
 * Claude Code's settings as text: our hooks are put in and taken out by edits
 * that leave every other byte as it stands. Strict JSON, as Claude Code reads
 * it; what is no such thing is refused and not touched. Pure.
 */
import { parse, type ParseError, printParseErrorCode } from "jsonc-parser";
import { RefusedError } from "../errors.ts";
import { isObject } from "../session/event.ts";
import type { JsonObject } from "../session/types.ts";
import {
  HOOK_TIMEOUT_S,
  type HookEntry,
  isOurCommand,
} from "./hook_entries.ts";
import { append, findKeyTwice, keysOf, remove, replace } from "./json_edits.ts";

/** Where in the settings one of our handlers stands. */
interface Place {
  event: string;
  group: number;
  handler: number;
  command: string;
}

/**
 * The settings in a text; `name` is told in errors. Throws RefusedError if it
 * is no JSON object, or its hooks are not as Claude Code has them.
 */
export function readSettings(text: string, name: string): JsonObject {
  if (text.trim() === "") return {};
  const errors: ParseError[] = [];
  const options = { disallowComments: true, allowTrailingComma: false };
  parse(text, errors, options);
  const [first] = errors;
  if (first !== undefined) {
    const before = text.slice(0, first.offset).split("\n");
    throw new RefusedError(
      `Cannot use "${name}": it is no JSON (${
        inWords(printParseErrorCode(first.error))
      } in line ${before.length}, column ${before.at(-1)!.length + 1}); ` +
        "mend it first",
    );
  }
  // That parser takes "__proto__" for a prototype; this one does not.
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw refused(name, "it is no JSON object");
  const { hooks } = value;
  if (hooks === undefined) return value;
  const twice = namedTwice(text);
  if (twice !== null) throw refused(name, `it has "${twice}" twice`);
  if (!isObject(hooks)) throw refused(name, 'its "hooks" is no object');
  for (const [event, groups] of Object.entries(hooks)) {
    if (!Array.isArray(groups)) {
      throw refused(name, `its hooks for "${event}" are no list`);
    }
  }
  return value;
}

function refused(name: string, why: string): RefusedError {
  return new RefusedError(`Cannot use "${name}": ${why}; mend it first`);
}

/** A key that edits could not tell from another; null if there is none. */
function namedTwice(text: string): string | null {
  const isTwice = keysOf(text).filter((key) => key === "hooks").length > 1;
  return isTwice ? "hooks" : findKeyTwice(text, ["hooks"]);
}

/** `PropertyNameExpected` as words. */
function inWords(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
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

/** The text with our hooks; the same text if they are all in it. */
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
    next = replace(next, path, command);
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
    const all = missing.map((one) => [one.event, [groupOf(one)]]);
    return append(next, [], { key: "hooks", value: Object.fromEntries(all) });
  }
  for (const one of missing) {
    const value = groupOf(one);
    next = Object.hasOwn(hooks, one.event)
      ? append(next, ["hooks", one.event], { value })
      : append(next, ["hooks"], { key: one.event, value: [value] });
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

/** Whether two texts are the same settings, whatever space is in them. */
export function isSame(text: string, other: string): boolean {
  return withoutSpace(text) === withoutSpace(other);
}

/** As written, not as read: numbers of any length differ. */
function withoutSpace(json: string): string {
  return json.replace(/("[^"\\]*(?:\\.[^"\\]*)*")|\s+/g, "$1") || "{}";
}

/**
 * The text of a file without our hooks: as it was before, if all that has
 * changed since is what we did. Throws RefusedError as `readSettings` does.
 */
export function restore(
  text: string,
  before: string | null,
  name: string,
): string {
  const without = removeHooks(text, name);
  if (before === null) return without;
  try {
    const wasSo = withoutEmpties(removeHooks(before, name), name);
    return isSame(withoutEmpties(without, name), wasSo) ? before : without;
  } catch {
    // A backup that has become unusable says nothing.
    return without;
  }
}

/** Events and hooks that are empty are gone when ours are taken out. */
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

/** The largest thing that holds nothing but one handler of ours. */
function pathToRemove(
  settings: JsonObject,
  { event, group, handler }: Place,
): (string | number)[] {
  const hooks = settings["hooks"] as Record<string, JsonObject[]>;
  const groups = hooks[event]!;
  if (handlersOf(groups[group]).length > 1) {
    return ["hooks", event, group, "hooks", handler];
  }
  if (groups.length > 1) return ["hooks", event, group];
  return Object.keys(hooks).length > 1 ? ["hooks", event] : ["hooks"];
}
