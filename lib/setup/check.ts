/** One check of `ptrack doctor`: what was found, and what to do about it. */
import { sanitize } from "../report/sanitize.ts";

/** What a check found. */
export interface Check {
  /** `note`: neither good nor bad. */
  result: "ok" | "problem" | "note";
  /** A sentence without its full stop. */
  text: string;
  /** What to do; "" if there is nothing to do. */
  remedy: string;
}

const MARKS = { ok: "[ok]", problem: "[!!]", note: "[--]" } as const;

/** Everything is as it should be. */
export function ok(text: string): Check {
  return { result: "ok", text, remedy: "" };
}

/** Something is wrong, and `remedy` puts it right. */
export function problem(text: string, remedy: string): Check {
  return { result: "problem", text, remedy };
}

/** Something that people may want to know. */
export function note(text: string, remedy: string): Check {
  return { result: "note", text, remedy };
}

/** A check as one line, with its remedy on a second one. */
export function checkText({ result, text, remedy }: Check): string {
  const line = `${MARKS[result]} ${sanitize(text)}\n`;
  return remedy === "" ? line : `${line}     ${sanitize(remedy)}\n`;
}
