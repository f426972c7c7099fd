/**
 * From looks to changes: remembers the look before, and says what is different
 * now. The one piece that everything stands on which tells of changes: the
 * lines of `follow`, `wait` and `watch`, and the commands of `--on-change`.
 */
import { type Transition, transitions } from "../report/transition.ts";
import type { Snapshot } from "../session/types.ts";

/** What a look showed. */
export interface Change {
  /** The first sight of the workspace: all of its sessions are new. */
  isFirst: boolean;
  before: Snapshot | null;
  after: Snapshot;
  transitions: Transition[];
}

/** Takes one look after the other. */
export class Changes {
  #before: Snapshot | null = null;

  /** What changed; null while there has been no such workspace. */
  next(now: Snapshot | null): Change | null {
    const before = this.#before;
    if (now === null && before === null) return null;
    // A workspace that went away has no sessions, and may come back.
    const after: Snapshot = now ?? { ...before!, sessions: [] };
    this.#before = after;
    return {
      isFirst: before === null,
      before,
      after,
      transitions: transitions(before, after),
    };
  }
}
