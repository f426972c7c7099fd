/**
 * Edits of JSON as text: one value is put in, replaced or taken out, and every
 * other byte stays as it stands. What is put in is written as the file is:
 * with its indentation and line ends, on one line where its neighbours are.
 * For texts that are known to be JSON. Pure.
 */
import { findNodeAtLocation, type Node, parseTree } from "jsonc-parser";

/** The keys and positions that lead to a value. */
export type Path = readonly (string | number)[];

/** A new last member of an object, or element of a list (without a key). */
export interface Addition {
  key?: string;
  value: unknown;
}

/** The text with a new last entry in the object or list at a path. */
export function append(text: string, path: Path, added: Addition): string {
  const { offset, length, children = [] } = nodeAt(text, path);
  const last = children.at(-1);
  if (last === undefined) {
    const inside = written(text, { ...added, base: indentOf(text, offset) });
    return splice(text, offset + 1, offset + length - 1, inside);
  }
  const end = last.offset + last.length;
  if (!text.slice(offset, last.offset).includes("\n")) {
    return splice(text, end, end, `, ${entry(added, null)}`);
  }
  const base = indentOf(text, last.offset);
  const lines = inLines(text, entry(added, styleOf(text).indent), base);
  return splice(text, end, end, `,${styleOf(text).eol}${base}${lines}`);
}

/** The text with another value at a path. */
export function replace(text: string, path: Path, value: unknown): string {
  const { offset, length } = nodeAt(text, path);
  return splice(text, offset, offset + length, JSON.stringify(value));
}

/** The text without the value at a path, its key, and one comma. */
export function remove(text: string, path: Path): string {
  const value = nodeAt(text, path);
  const entry = value.parent?.type === "property" ? value.parent : value;
  const { offset, length, children = [] } = entry.parent!;
  const at = children.indexOf(entry);
  const end = entry.offset + entry.length;
  const [before, after] = [children[at - 1], children[at + 1]];
  if (before !== undefined) {
    return splice(text, before.offset + before.length, end, "");
  }
  return after !== undefined
    ? splice(text, entry.offset, after.offset, "")
    : splice(text, offset + 1, offset + length - 1, "");
}

/** A key that an object at a path, or one below it, has twice, or null. */
export function findKeyTwice(text: string, path: Path): string | null {
  const root = parseTree(text);
  const node = root && findNodeAtLocation(root, [...path]);
  return node === undefined ? null : twiceIn(node);
}

function twiceIn({ type, children = [] }: Node): string | null {
  const keys = type === "object" ? children.map(keyOf) : [];
  const twice = keys.find((key, at) => keys.indexOf(key) !== at);
  if (twice !== undefined) return twice;
  for (const child of children) {
    const found = twiceIn(child);
    if (found !== null) return found;
  }
  return null;
}

/** The keys of the object that a text is, in their order, as often as there. */
export function keysOf(text: string): string[] {
  return parseTree(text)?.children?.map(keyOf) ?? [];
}

function keyOf({ children }: Node): string {
  return String(children?.[0]?.value);
}

function nodeAt(text: string, path: Path): Node {
  const root = parseTree(text);
  const node = root && findNodeAtLocation(root, [...path]);
  if (node === undefined) throw new TypeError(`Nothing at ${path.join(".")}`);
  return node;
}

function splice(text: string, from: number, to: number, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}

/** What stands between the brackets of what had nothing in them. */
function written(
  text: string,
  { base, ...added }: Addition & { base: string },
): string {
  const isOneLine = text.trim().length > 2 && !text.trim().includes("\n");
  if (isOneLine) return entry(added, null);
  const { indent, eol } = styleOf(text);
  const lines = inLines(text, entry(added, indent), base + indent);
  return `${eol}${base}${indent}${lines}${eol}${base}`;
}

function entry({ key, value }: Addition, indent: string | null): string {
  const text = JSON.stringify(value, null, indent ?? undefined);
  const colon = indent === null ? ":" : ": ";
  return key === undefined ? text : `${JSON.stringify(key)}${colon}${text}`;
}

function inLines(text: string, lines: string, base: string): string {
  return lines.replaceAll("\n", styleOf(text).eol + base);
}

/** The white space that the line of an offset begins with. */
function indentOf(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, offset))![0];
}

function styleOf(text: string): { indent: string; eol: string } {
  return {
    indent: /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ",
    eol: text.includes("\r\n") ? "\r\n" : "\n",
  };
}
