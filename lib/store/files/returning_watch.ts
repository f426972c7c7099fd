/**
 * File events of a directory that may come, go and come again: one recursive
 * watch on it and one flat watch on its parent; while it is not there, a flat
 * watch on the nearest directory above that is. Events are hints only: they
 * can be lost in silence or end, so whoever uses this also sweeps.
 */
import { basename, dirname } from "@std/path";
import type { Platform, Watch } from "../../platform/platform.ts";

/** Hears of a change at a path below the directory; null: look everywhere. */
export type OnChange = (path: string | null) => void;

/** What to watch at a moment. */
interface Plan {
  /** Tells one plan from another, a recreated directory included. */
  key: string;
  /** The directory to watch with all below it, if it is there. */
  target: string | null;
  /** The directory to watch for `name` to come or go, if there is one. */
  above: { path: string; name: string } | null;
}

const ARM_TRIES = 5;
const LONGEST_PAUSE = 8;

/** The watch; nothing is watched before `ensure` is called. */
export class ReturningWatch {
  readonly #platform: Pick<Platform, "files" | "watch">;
  readonly #path: string;
  readonly #onChange: OnChange;
  #watches: Watch[] = [];
  #armed = "";
  #broken = false;
  /** Calls of `ensure` until a broken watch is set up again. */
  #pause = 0;
  #nextPause = 1;

  constructor(
    platform: Pick<Platform, "files" | "watch">,
    path: string,
    onChange: OnChange,
  ) {
    this.#platform = platform;
    this.#path = path;
    this.#onChange = onChange;
  }

  /**
   * Sets up what should be watched now, if that is not what is watched.
   * A watch that failed is tried again, ever more seldom: setting one up
   * costs a system call for each directory below.
   */
  ensure(): void {
    if (this.#broken && this.#pause-- <= 0) {
      this.#armed = "";
      this.#pause = this.#nextPause;
      this.#nextPause = Math.min(this.#nextPause * 2, LONGEST_PAUSE);
    }
    // The directory may come or go while the watch is being set up.
    for (let tries = 0; tries < ARM_TRIES; tries++) {
      const plan = this.#plan();
      if (plan.key === this.#armed) return;
      this.#arm(plan);
    }
  }

  /** Ends all watching. */
  close(): void {
    for (const watch of this.#watches) watch.close();
    this.#watches = [];
    this.#armed = "";
  }

  #plan(): Plan {
    const own = this.#identity(this.#path);
    let name = basename(this.#path);
    let path = dirname(this.#path);
    let identity = this.#identity(path);
    while (identity === null && dirname(path) !== path) {
      name = basename(path);
      path = dirname(path);
      identity = this.#identity(path);
    }
    return {
      key: `${own} ${path} ${identity}`,
      target: own === null ? null : this.#path,
      above: identity === null ? null : { path, name },
    };
  }

  #identity(path: string): string | null {
    try {
      const info = this.#platform.files.inspectTarget(path);
      return info?.kind === "directory" ? info.identity : null;
    } catch {
      return null;
    }
  }

  #arm(plan: Plan): void {
    this.close();
    this.#armed = plan.key;
    this.#broken = false;
    if (plan.above !== null) {
      const { path, name } = plan.above;
      this.#watch(path, "flat", (changed) => {
        // A directory that is removed reports its own name, or none.
        if (
          changed !== null && changed !== name && changed !== basename(path)
        ) {
          return;
        }
        // One made anew may have the identity of the one that was removed.
        this.#armed = "";
        this.#onChange(null);
      });
    }
    if (plan.target !== null) {
      this.#watch(plan.target, "recursive", this.#onChange);
    }
  }

  #watch(path: string, depth: "flat" | "recursive", changed: OnChange): void {
    const broke = () => {
      this.#broken = true;
    };
    try {
      const watch = this.#platform.watch(path, depth === "recursive", {
        changed,
        failed: broke,
      });
      this.#watches.push(watch);
    } catch {
      broke();
    }
  }
}
