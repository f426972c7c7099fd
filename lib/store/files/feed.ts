/**
 * Reading sessions again and again, cheaply: file events say which ones have
 * changed. Since events can be lost, a sweep now and then compares all files.
 * Directories may vanish and come back at any time.
 */
import { basename, dirname, join } from "@std/path";
import type { Platform, Watch } from "../../platform/platform.ts";
import type { SessionView } from "../../session/types.ts";
import type { Feed } from "../store.ts";
import { listWorkspaces } from "./layout.ts";
import { WorkspaceCache } from "./workspace_cache.ts";

/** What a feed needs of the machine. */
export type FeedPlatform = Pick<Platform, "files" | "clock" | "watch">;

/** Where a feed reads: a `.parallel` directory; `workspace` null for all. */
export interface FeedPlace {
  root: string;
  workspace: string | null;
}

/** Events come in bursts (a write is three): read once after a burst. */
const COLLECT_MS = 30;
const SHORTEST_SWEEP_MS = 5_000;
const SHORTEST_POLL_MS = 100;
/** Sweeps take at most one part in so many of the time. */
const SWEEP_SHARE = 400;

/** The feed of a store in files. */
export class FileFeed implements Feed {
  readonly #platform: FeedPlatform;
  readonly #place: FeedPlace;
  readonly #watch: ReturningWatch;
  readonly #pollIntervalMs: number;
  /** The workspaces that exist, by name. */
  #caches = new Map<string, WorkspaceCache>();
  /** Anything may have changed since the last sweep. */
  #mustSweep = true;
  #sweptUs: number;
  #sweepEveryMs: number;
  #hasNews = false;
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(
    platform: FeedPlatform,
    place: FeedPlace,
    pollIntervalMs: number,
  ) {
    const { root, workspace } = place;
    this.#platform = platform;
    this.#place = place;
    this.#pollIntervalMs = Math.max(SHORTEST_POLL_MS, pollIntervalMs);
    this.#watch = new ReturningWatch(
      platform,
      workspace === null ? root : join(root, workspace),
      (path) => this.#onEvent(path),
    );
    // Watch before reading, so that no change is missed in between.
    this.#watch.ensure();
    this.#sweptUs = platform.clock.nowUs();
    this.#sweepEveryMs = Math.min(this.#pollIntervalMs, SHORTEST_SWEEP_MS);
  }

  /** The sessions now; see Feed.read. */
  read(): Map<string, SessionView[]> {
    this.#hasNews = false;
    if (this.#mustSweep) this.#sweep();
    return new Map(
      [...this.#caches].map(([name, cache]) => [name, cache.read()]),
    );
  }

  /** Resolves at the next change, after `ms`, or when `signal` aborts. */
  async changed(ms: number, signal?: AbortSignal): Promise<void> {
    let leftMs = ms;
    while (!signal?.aborted && !this.#isClosed) {
      if (this.#hasNews) {
        await this.#platform.clock.sleep(Math.min(COLLECT_MS, ms), signal);
        return;
      }
      if (this.#untilSweepMs() <= 0 && this.#sweepAtTimes()) return;
      if (leftMs <= 0) return;
      const pauseMs = Math.min(leftMs, this.#untilSweepMs());
      await this.#sleep(pauseMs, signal);
      leftMs -= pauseMs;
    }
  }

  /** Ends the watching. */
  close(): void {
    this.#isClosed = true;
    this.#watch.close();
    this.#wake();
  }

  /** Notes a change at a path below the watched directory; null: anywhere. */
  #onEvent(path: string | null): void {
    const names = path?.split(/[/\\]/) ?? [];
    // Temporary files begin with a dot, and their rename is an event too.
    if (names.some((name) => name.startsWith("."))) return;
    if (path === null) this.#watch.ensure();
    const workspace = this.#place.workspace ?? names.shift() ?? "";
    const cache = this.#caches.get(workspace);
    const [sessionId] = names;
    if (sessionId === undefined || cache === undefined) this.#mustSweep = true;
    else cache.dirty.add(sessionId);
    this.#hasNews = true;
    this.#wake();
  }

  /** Sleeps until `ms` are over, an event comes, or `signal` aborts. */
  async #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const waking = new AbortController();
    const wake = () => waking.abort();
    this.#wake = wake;
    signal?.addEventListener("abort", wake);
    try {
      await this.#platform.clock.sleep(ms, waking.signal);
    } finally {
      signal?.removeEventListener("abort", wake);
      this.#wake = () => {};
    }
  }

  /** 0 if the clock was set back. */
  #untilSweepMs(): number {
    const sinceMs = (this.#platform.clock.nowUs() - this.#sweptUs) / 1000;
    return sinceMs < 0 ? 0 : Math.max(0, this.#sweepEveryMs - sinceMs);
  }

  /** Sweeps and sets the time of the next one. Returns whether there is news. */
  #sweepAtTimes(): boolean {
    const { clock } = this.#platform;
    const beganUs = clock.nowUs();
    this.#watch.ensure();
    let hasChanged = true;
    try {
      hasChanged = this.#sweep();
    } catch {
      // `read` sweeps again, and throws what is wrong.
      this.#mustSweep = true;
    }
    this.#sweptUs = clock.nowUs();
    const costMs = Math.max(0, (this.#sweptUs - beganUs) / 1000);
    this.#sweepEveryMs = Math.min(
      this.#pollIntervalMs,
      Math.max(SHORTEST_SWEEP_MS, costMs * SWEEP_SHARE),
    );
    return hasChanged;
  }

  /** Compares the stamps of all files. Returns whether any have changed. */
  #sweep(): boolean {
    const { root, workspace } = this.#place;
    const names = workspace === null
      ? listWorkspaces(this.#platform.files, root)
      : [workspace];
    const caches = new Map<string, WorkspaceCache>();
    let hasChanged = false;
    for (const name of names) {
      const known = this.#caches.get(name);
      const cache = known ?? new WorkspaceCache(this.#platform, root, name);
      const isDirty = cache.sweep();
      if (isDirty === null) continue;
      caches.set(name, cache);
      hasChanged ||= isDirty || known === undefined;
    }
    hasChanged ||= caches.size < this.#caches.size;
    this.#caches = caches;
    this.#mustSweep = false;
    return hasChanged;
  }
}

/** The directory may appear or vanish while the watch is being set up. */
const TRIES = 5;
const LONGEST_PAUSE = 8;

/**
 * Watches a directory that may appear and vanish, with all below it, and the
 * nearest existing directory above it. Nothing is watched before `ensure`.
 */
class ReturningWatch {
  readonly #platform: FeedPlatform;
  readonly #path: string;
  readonly #onChange: (path: string | null) => void;
  #watches: Watch[] = [];
  /** The directories that are watched, with their identities. */
  #watched = "";
  #failures = 0;
  /** Calls of `ensure` until a watch that failed is set up again. */
  #pause = Infinity;

  /** Calls back with the path of a change below the directory; null: anywhere. */
  constructor(
    platform: FeedPlatform,
    path: string,
    onChange: (path: string | null) => void,
  ) {
    this.#platform = platform;
    this.#path = path;
    this.#onChange = onChange;
  }

  /** Watches what exists now. */
  ensure(): void {
    if (this.#pause-- <= 0) this.close();
    for (let tried = 0; tried < TRIES; tried++) {
      const identity = this.#identityOf(this.#path);
      let above = dirname(this.#path);
      let name = basename(this.#path);
      while (this.#identityOf(above) === null && dirname(above) !== above) {
        name = basename(above);
        above = dirname(above);
      }
      const wanted = `${identity} ${above} ${this.#identityOf(above)}`;
      if (wanted === this.#watched) return;
      this.close();
      this.#watched = wanted;
      this.#begin(above, false, (path) => {
        // A directory that is removed reports its own name, or null.
        if (path !== null && ![name, basename(above)].includes(path)) return;
        // A new directory may have the identity of the old one.
        this.#watched = "";
        this.#onChange(null);
      });
      if (identity !== null) this.#begin(this.#path, true, this.#onChange);
    }
  }

  /** Ends all watching. */
  close(): void {
    for (const watch of this.#watches) watch.close();
    this.#watches = [];
    this.#watched = "";
    this.#pause = Infinity;
  }

  #identityOf(path: string): string | null {
    try {
      const info = this.#platform.files.inspectTarget(path);
      return info?.kind === "directory" ? info.identity : null;
    } catch {
      return null;
    }
  }

  #begin(
    path: string,
    isRecursive: boolean,
    changed: (path: string | null) => void,
  ): void {
    // Less and less often, since that costs a system call for each directory.
    const failed = () => {
      this.#pause = Math.min(2 ** this.#failures++, LONGEST_PAUSE);
    };
    try {
      const events = { changed, failed };
      this.#watches.push(this.#platform.watch(path, isRecursive, events));
    } catch {
      failed();
    }
  }
}
