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

const check =
  (result: Check["result"]) => (text: string, remedy = ""): Check => ({
    result,
    text,
    remedy,
  });

/** Everything is as it should be. */
export const ok = check("ok");
/** Something is wrong, and `remedy` puts it right. */
export const problem = check("problem");
/** Something that people may want to know. */
export const note = check("note");

/** A check as one line, with its remedy on a second one. */
export function checkText({ result, text, remedy }: Check): string {
  const line = `${MARKS[result]} ${sanitize(text)}\n`;
  return remedy === "" ? line : `${line}     ${sanitize(remedy)}\n`;
}
