/**
 * What verdicts rest on besides what the sessions say: the time, and whether
 * processes are alive. While none of it has changed, they need not be made anew.
 */
import type { SessionLiveness, SessionView } from "./types.ts";
import type { AssessContext } from "./verdict.ts";

/** Notes what verdicts rest on, while they are made. */
export class VerdictBasis {
  /** When the last of them was made. */
  #madeUs = -Infinity;
  /** The first moment at which one of them may be another one. */
  #deadlineUs = Infinity;
  /** The sessions whose processes were asked for, and the answers. */
  readonly #answers = new Map<SessionView, SessionLiveness | null>();

  /** The same context, from which verdicts are made that rest on this. */
  noting(context: AssessContext): AssessContext {
    this.#madeUs = context.nowUs;
    return {
      ...context,
      livenessOf: (view) => {
        const answer = context.livenessOf?.(view) ?? null;
        this.#answers.set(view, answer);
        return answer;
      },
      onDeadline: (atUs) => {
        this.#deadlineUs = Math.min(this.#deadlineUs, atUs);
      },
    };
  }

  /** Whether a verdict would be the same now, but for the ages in it. */
  holds({ nowUs, livenessOf }: AssessContext): boolean {
    const isTime = nowUs >= this.#deadlineUs || nowUs < this.#madeUs;
    if (isTime) return false;
    for (const [view, before] of this.#answers) {
      const answer = livenessOf?.(view) ?? null;
      const isSame = answer?.owner === before?.owner &&
        answer?.child === before?.child;
      if (!isSame) return false;
    }
    return true;
  }
}
