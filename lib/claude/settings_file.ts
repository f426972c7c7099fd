/**
 * Claude Code's settings as text: our hooks are put in and taken out by edits
 * that leave every other byte as it stands. Strict JSON, as Claude Code reads
 * it; what is no such thing is refused and not touched. Pure.
 */
import {
  applyEdits,
  type FormattingOptions,
  modify,
  parse,
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
  const value: unknown = parse(text, errors, options);
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
  const root = parseTree(text);
  const hooks = root?.children?.find(({ children: [key] = [] }) =>
    key?.value === "hooks"
  )?.children?.[1];
  const isHooks = (key: unknown) => key === "hooks";
  const names = (node: typeof root) =>
    (node?.children ?? []).map(({ children: [key] = [] }) => key?.value);
  for (const keys of [names(root).filter(isHooks), names(hooks)]) {
    const twice = keys.find((key, at) => keys.indexOf(key) !== at);
    if (twice !== undefined) return String(twice);
  }
  return null;
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
  const present = ourPlaces(readSettings(next, name));
  for (const place of present) {
    if (place.command === command) continue;
    const { event, group, handler } = place;
    const path = ["hooks", event, group, "hooks", handler, "command"];
    next = edit(next, path, command);
  }
  const known = new Set(present.map(({ event }) => event));
  for (const { event, matcher } of entries) {
    if (known.has(event)) continue;
    const group = {
      ...(matcher === undefined ? {} : { matcher }),
      hooks: [{ type: "command", command, timeout: HOOK_TIMEOUT_S }],
    };
    const { hooks } = readSettings(next, name);
    const isListed = isObject(hooks) && Object.hasOwn(hooks, event);
    next = isListed
      ? edit(next, ["hooks", event, -1], group, "insert")
      : edit(next, ["hooks", event], [group]);
  }
  const isSame = known.size > 0 && next === text;
  return isSame ? text : next;
}

/** The text without our hooks, and without what they leave empty. */
export function removeHooks(text: string, name: string): string {
  let next = text;
  for (;;) {
    const settings = readSettings(next, name);
    const place = ourPlaces(settings).at(-1);
    if (place === undefined) return next;
    next = edit(next, pathToRemove(settings, place), undefined);
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

function edit(
  text: string,
  path: (string | number)[],
  value: unknown,
  how: "replace" | "insert" = "replace",
): string {
  const edits = modify(text, path, value, {
    formattingOptions: formattingOf(text),
    isArrayInsertion: how === "insert",
  });
  return applyEdits(text, edits);
}

/** As the file has it. */
function formattingOf(text: string): FormattingOptions {
  const indentation = /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ";
  const insertSpaces = !indentation.startsWith("\t");
  return {
    insertSpaces,
    tabSize: insertSpaces ? indentation.length : 4,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
  };
}
