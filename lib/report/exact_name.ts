/**
 * Names for programs: one that follows the rule as it is, any other as a JSON
 * text in which nothing hides. Two names never become the same.
 */
import { isName } from "../session/names.ts";
import { jsonLine } from "./json.ts";

/** A workspace's or session's name; harmless, on one line, and unambiguous. */
export function exactName(name: string): string {
  return isName(name) ? name : jsonLine(name);
}
