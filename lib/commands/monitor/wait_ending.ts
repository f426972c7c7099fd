/** How a wait ended, for whoever has something to do after it. */
import type { PtrackError } from "../../errors.ts";
import type { WaitOutcome } from "../../monitor.ts";
import type { Selection } from "../../session/selection.ts";

/** What a wait looks at, as soon as that is known. */
export interface WaitScope {
  workspace: string;
  selection: Selection;
}

/** The end of a wait. */
export interface WaitEnding {
  exitCode: number;
  /** What is to be said of it; it has the same exit code. */
  error: PtrackError | null;
  /** Null if it could not be carried out. */
  outcome: WaitOutcome | null;
}
