/**
 * Names of workspaces and sessions: what may become a directory. The rule is
 * the same on every system, so that a workspace can move between them.
 */
import { quote, UsageError } from "../errors.ts";
import type { SessionRef } from "./types.ts";

const RULE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const PLAIN = /^[\x20-\x7e]*$/;
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/** The workspace of a writer that names none. */
export const DEFAULT_WORKSPACE = "default";

/** The longest name, in bytes. */
export const NAME_LIMIT = 128;

/** The longest name, in bytes, that a file system takes. */
const FILE_NAME_LIMIT = 255;

/** Whether `name` may name a workspace or a session. */
export function isName(name: string): boolean {
  return RULE.test(name) && !name.endsWith(".") && !isReserved(name);
}

/** Device names have three letters or four, whatever follows a dot. */
function isReserved(name: string): boolean {
  const dot = name.indexOf(".");
  const length = dot < 0 ? name.length : dot;
  return (length === 3 || length === 4) && RESERVED.test(name);
}

/** Returns `name`, or throws a UsageError that says what a name is. */
export function checkName(name: string, kind: "workspace" | "session"): string {
  if (isName(name)) return name;
  throw new UsageError(
    `Cannot use ${quote(name)} as a ${kind} name: ${whyNot(name)}`,
  );
}

/**
 * Returns a name that may break the rule, since others may have made it, or
 * throws a UsageError if it leads out of its directory or cannot be one.
 */
export function checkExistingName(
  name: string,
  kind: "workspace" | "session",
): string {
  const isPossible = name !== "" && !/^\.|[/\\\0]/.test(name) &&
    new TextEncoder().encode(name).length <= FILE_NAME_LIMIT;
  return isPossible ? name : checkName(name, kind);
}

/** A session's name in messages. */
export function sessionName({ workspace, sessionId }: SessionRef): string {
  return `session "${sessionId}" in workspace "${workspace}"`;
}

/** Makes a name from a description: lower case, dashes, at most 40 long. */
export function nameFrom(description: string): string {
  const lower = description.toLowerCase();
  // The tables of Unicode take a while to load, and most have no use for them.
  const plain = PLAIN.test(lower) ? lower : lower.normalize("NFKD");
  const words = plain
    .replace(/[^a-z0-9]+/g, "-").slice(0, 40).replace(/^-+|-+$/g, "");
  return isName(words) ? words : "session";
}

function whyNot(name: string): string {
  if (name === "") return "it is empty";
  if (isReserved(name)) return "Windows reserves it for a device";
  if (name.endsWith(".")) return "it ends with a dot";
  if (/^[A-Za-z0-9._-]+$/.test(name) && name.length > NAME_LIMIT) {
    return `it is longer than ${NAME_LIMIT} characters`;
  }
  return "a name has letters, digits, dots, dashes and underscores, " +
    "and begins with a letter or digit";
}
