/**
 * Live, cheap reading of the sessions in files: file events say what to read
 * again, and since events can be lost in silence, a sweep over the facts about
 * all files goes on beside them, seldom enough to cost next to nothing.
 * Directories may vanish and come back at any time.
 */
import { join } from "@std/path";
import type { Platform } from "../../platform/platform.ts";
import type { SessionView } from "../../session/types.ts";
import { ReturningWatch } from "./returning_watch.ts";
import { SessionCache } from "./workspace_cache.ts";
import type { Feed, FeedOptions } from "../store.ts";

/** What a feed needs of the machine. */
export type FeedPlatform = Pick<Platform, "files" | "clock" | "watch">;

/** Where a feed reads: a `.parallel` directory; `workspace` null for all. */
export interface FeedPlace {
  root: string;
  workspace: string | null;
}

/** Events come in bursts (a write is three): read once they are all there. */
const COLLECT_MS = 30;
const SHORTEST_SWEEP_MS = 5_000;
const SHORTEST_POLL_MS = 100;
/** A sweep may take this share of the time: one part in 400. */
const SWEEP_SHARE = 400;

/** The feed of a store in files. */
export class FileFeed implements Feed {
  readonly #platform: FeedPlatform;
  readonly #cache: SessionCache;
  readonly #watch: ReturningWatch;
  readonly #pollIntervalMs: number;
  #sweptUs: number;
  #sweepEveryMs: number;
  #news = false;
  #closed = false;
  #wake: () => void = () => {};

  constructor(platform: FeedPlatform, place: FeedPlace, options: FeedOptions) {
    const { root, workspace } = place;
    this.#platform = platform;
    this.#pollIntervalMs = Math.max(SHORTEST_POLL_MS, options.pollIntervalMs);
    this.#cache = new SessionCache(platform, root, workspace);
    this.#watch = new ReturningWatch(
      platform,
      workspace === null ? root : join(root, workspace),
      (path) => this.#hear(path),
    );
    // Watch first, read after: what changes in between is read twice.
    this.#watch.ensure();
    this.#sweptUs = platform.clock.nowUs();
    this.#sweepEveryMs = Math.min(this.#pollIntervalMs, SHORTEST_SWEEP_MS);
  }

  /** The sessions now, by workspace; an absent workspace has no entry. */
  read(): Map<string, SessionView[]> {
    this.#news = false;
    return this.#cache.read();
  }

  /** Resolves at the next change, after `ms`, or when `signal` aborts. */
  async changed(ms: number, signal?: AbortSignal): Promise<void> {
    let leftMs = ms;
    while (!signal?.aborted && !this.#closed) {
      if (this.#news) {
        await this.#platform.clock.sleep(Math.min(COLLECT_MS, ms), signal);
        return;
      }
      if (this.#untilSweepMs() <= 0 && this.#sweep()) return;
      if (leftMs <= 0) return;
      const pauseMs = Math.min(leftMs, this.#untilSweepMs());
      await this.#sleep(pauseMs, signal);
      leftMs -= pauseMs;
    }
  }

  /** Ends the watching. */
  close(): void {
    this.#closed = true;
    this.#watch.close();
    this.#wake();
  }

  #hear(path: string | null): void {
    if (!this.#cache.note(path)) return;
    if (path === null) this.#watch.ensure();
    this.#news = true;
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

  /** A clock that was set back must not put the sweep off. */
  #untilSweepMs(): number {
    const sinceMs = (this.#platform.clock.nowUs() - this.#sweptUs) / 1000;
    return sinceMs < 0 ? 0 : Math.max(0, this.#sweepEveryMs - sinceMs);
  }

  #sweep(): boolean {
    const beganUs = this.#platform.clock.nowUs();
    this.#watch.ensure();
    const found = this.#look();
    this.#sweptUs = this.#platform.clock.nowUs();
    const costMs = Math.max(0, (this.#sweptUs - beganUs) / 1000);
    this.#sweepEveryMs = Math.min(
      this.#pollIntervalMs,
      Math.max(SHORTEST_SWEEP_MS, costMs * SWEEP_SHARE),
    );
    return found;
  }

  /** What cannot be listed now is for `read` to tell. */
  #look(): boolean {
    try {
      return this.#cache.sweep();
    } catch {
      return this.#cache.note(null);
    }
  }
}
