/**
 * Renaming over a file on Windows fails while another program, a virus scanner
 * say, has it open: then it is tried again for a while.
 */
import { errorCode } from "../errors.ts";
import { systemClock } from "./clock.ts";

const TRIES = 20;
const PAUSE_MS = 5;
const PASSING = new Set(["EPERM", "EACCES", "EBUSY"]);

/** Calls `rename` until it succeeds, or fails for a reason that stays. */
export function retryRename(rename: () => void): void {
  for (let tried = 1;; tried++) {
    try {
      return rename();
    } catch (error) {
      if (tried >= TRIES || !PASSING.has(errorCode(error))) throw error;
      systemClock.pause(PAUSE_MS);
    }
  }
}
