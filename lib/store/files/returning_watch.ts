/**
 * Watching a directory that may appear and vanish: one recursive watch on it,
 * and one on the nearest existing directory above it. Events can be lost, or
 * end, without notice, so users of this class also sweep.
 */
import { basename, dirname } from "@std/path";
import type { Platform, Watch } from "../../platform/platform.ts";

/** Called with the path of a change below the directory; null: anywhere. */
export type OnChange = (path: string | null) => void;

/** The directory may appear or vanish while the watch is being set up. */
const TRIES = 5;
const LONGEST_PAUSE = 8;

/** The watch; nothing is watched before `ensure` is called. */
export class ReturningWatch {
  readonly #platform: Pick<Platform, "files" | "watch">;
  readonly #path: string;
  readonly #onChange: OnChange;
  #watches: Watch[] = [];
  /** The directories that are watched, with their identities. */
  #watched = "";
  #isBroken = false;
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
   * Watches what exists now. A watch that failed is set up again, but less and
   * less often, since that costs a system call for each directory.
   */
  ensure(): void {
    if (this.#isBroken && this.#pause-- <= 0) {
      this.#watched = "";
      this.#pause = this.#nextPause;
      this.#nextPause = Math.min(this.#nextPause * 2, LONGEST_PAUSE);
    }
    for (let tried = 0; tried < TRIES; tried++) {
      const identity = this.#identity(this.#path);
      let above = dirname(this.#path);
      let name = basename(this.#path);
      while (this.#identity(above) === null && dirname(above) !== above) {
        name = basename(above);
        above = dirname(above);
      }
      const wanted = `${identity} ${above} ${this.#identity(above)}`;
      if (wanted === this.#watched) return;
      this.close();
      this.#watched = wanted;
      this.#isBroken = false;
      this.#watchAbove(above, name);
      if (identity !== null) this.#watch(this.#path, true, this.#onChange);
    }
  }

  /** Ends all watching. */
  close(): void {
    for (const watch of this.#watches) watch.close();
    this.#watches = [];
    this.#watched = "";
  }

  #identity(path: string): string | null {
    try {
      const info = this.#platform.files.inspectTarget(path);
      return info?.kind === "directory" ? info.identity : null;
    } catch {
      return null;
    }
  }

  #watchAbove(path: string, name: string): void {
    this.#watch(path, false, (changed) => {
      // A directory that is removed reports its own name, or null.
      if (changed === null || [name, basename(path)].includes(changed)) {
        // A new directory may have the identity of the old one.
        this.#watched = "";
        this.#onChange(null);
      }
    });
  }

  #watch(path: string, isRecursive: boolean, changed: OnChange): void {
    const failed = () => void (this.#isBroken = true);
    try {
      const events = { changed, failed };
      this.#watches.push(this.#platform.watch(path, isRecursive, events));
    } catch {
      failed();
    }
  }
}
