/**
 * Reading sessions again and again, cheaply: file events say which ones have
 * changed. Since events can be lost, a sweep now and then compares all files.
 * Directories may vanish and come back at any time.
 */
import { join } from "@std/path";
import type { Platform } from "../../platform/platform.ts";
import type { SessionView } from "../../session/types.ts";
import type { Feed, FeedOptions } from "../store.ts";
import { listWorkspaces } from "./layout.ts";
import { ReturningWatch } from "./returning_watch.ts";
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
  readonly #caches = new Map<string, WorkspaceCache>();
  /** Anything may have changed since the last sweep. */
  #mustSweep = true;
  #sweptUs: number;
  #sweepEveryMs: number;
  #hasNews = false;
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(platform: FeedPlatform, place: FeedPlace, options: FeedOptions) {
    const { root, workspace } = place;
    this.#platform = platform;
    this.#place = place;
    this.#pollIntervalMs = Math.max(SHORTEST_POLL_MS, options.pollIntervalMs);
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
      [...this.#caches.keys()].sort()
        .map((name) => [name, this.#caches.get(name)!.read()]),
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
    if (path === null) {
      this.#mustSweep = true;
      this.#watch.ensure();
    } else {
      const names = path.split(/[/\\]/);
      // Temporary files begin with a dot, and their rename is an event too.
      if (names.some((name) => name.startsWith("."))) return;
      const workspace = this.#place.workspace ?? names.shift() ?? "";
      const cache = this.#caches.get(workspace);
      const [sessionId] = names;
      if (sessionId === undefined || cache === undefined) {
        this.#mustSweep = true;
      } else cache.markDirty(sessionId);
    }
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
    let hasChanged = false;
    for (const name of this.#caches.keys()) {
      if (!names.includes(name)) hasChanged = this.#caches.delete(name);
    }
    for (const name of names) {
      const known = this.#caches.get(name);
      const cache = known ?? new WorkspaceCache(this.#platform, root, name);
      const isDirty = cache.sweep();
      if (isDirty === null) {
        if (this.#caches.delete(name)) hasChanged = true;
        continue;
      }
      this.#caches.set(name, cache);
      if (isDirty || known === undefined) hasChanged = true;
    }
    this.#mustSweep = false;
    return hasChanged;
  }
}
