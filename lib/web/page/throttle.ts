/**
 * A task that is asked for often and done now and then: at once, and then after
 * a pause if it was asked for meanwhile. The last time asked is never forgotten.
 */

/** A throttled task. */
export interface Throttled {
  /** Asks for the task. */
  ask(): void;
  /** Ends it: nothing is done from now on. */
  stop(): void;
}

/** Throttles a task; `pause` begins a pause, and returns what cancels it. */
export function throttle(
  task: () => void,
  pause: (over: () => void) => () => void,
): Throttled {
  let cancel: (() => void) | null = null;
  let isAsked = false;
  const run = () => {
    isAsked = false;
    cancel = pause(() => {
      cancel = null;
      if (isAsked) run();
    });
    task();
  };
  return {
    ask() {
      if (cancel === null) run();
      else isAsked = true;
    },
    stop() {
      cancel?.();
      // It stays as if paused for ever.
      cancel = () => {};
    },
  };
}
