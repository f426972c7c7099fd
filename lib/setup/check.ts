/** One check of `ptrack doctor`: what was found, and what to do about it. */
import { sanitize } from "../report/sanitize.ts";

/** What a check found. */
export interface Check {
  /** `told`: neither good nor bad. */
  finding: "good" | "bad" | "told";
  /** A sentence without its full stop. */
  text: string;
  /** What to do; "" where there is nothing to be done. */
  remedy: string;
}

const MARKS = { good: "[ok]", bad: "[!!]", told: "[--]" } as const;

/** All is as it should be. */
export function good(text: string): Check {
  return { finding: "good", text, remedy: "" };
}

/** Something is wrong, and this puts it right. */
export function bad(text: string, remedy: string): Check {
  return { finding: "bad", text, remedy };
}

/** Something that people may want to know. */
export function told(text: string, remedy = ""): Check {
  return { finding: "told", text, remedy };
}

/** A check as one line, with its remedy in another. */
export function checkText({ finding, text, remedy }: Check): string {
  const line = `${MARKS[finding]} ${sanitize(text)}\n`;
  return remedy === "" ? line : `${line}     ${sanitize(remedy)}\n`;
}
